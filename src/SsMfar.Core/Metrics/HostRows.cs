using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Metrics;

/// <summary>A batch of outputs and labels copied to the host in float64, row by row.</summary>
internal readonly ref struct HostRows
{
    private HostRows(double[] outputs, double[] values, double[] mask)
    {
        Outputs = outputs;
        Values = values;
        Mask = mask;
    }

    public double[] Outputs { get; }

    public double[] Values { get; }

    public double[] Mask { get; }

    /// <summary>Copies a batch; waits for the device.</summary>
    /// <param name="outputs">floating point [N, <paramref name="outputWidth"/>].</param>
    /// <param name="values">floating point [N, <paramref name="labelWidth"/>].</param>
    /// <param name="mask">floating point [N, <paramref name="labelWidth"/>].</param>
    /// <param name="outputWidth">The outputs a row.</param>
    /// <param name="labelWidth">The label values a row.</param>
    /// <exception cref="ArgumentException">A shape is another.</exception>
    public static HostRows Copy(torch.Tensor outputs, torch.Tensor values, torch.Tensor mask, int outputWidth, int labelWidth)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(mask);
        long rows = outputs.size(0);
        return new(
            Copy(outputs, rows, outputWidth, nameof(outputs)),
            Copy(values, rows, labelWidth, nameof(values)),
            Copy(mask, rows, labelWidth, nameof(mask)));
    }

    private static double[] Copy(torch.Tensor tensor, long rows, int width, string name)
    {
        if (tensor.dim() != 2 || tensor.size(0) != rows || tensor.size(1) != width)
        {
            throw new ArgumentException($"Expected [{rows}, {width}], got [{string.Join(", ", tensor.shape)}].", name);
        }

        if (tensor.numel() == 0)
        {
            return [];
        }

        using DisposeScope scope = torch.NewDisposeScope();
        return Transfers.ToHost(tensor.to(torch.ScalarType.Float64)).contiguous().data<double>().ToArray();
    }
}
