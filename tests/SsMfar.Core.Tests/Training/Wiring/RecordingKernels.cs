using SsMfar.Kernels.TensorLists;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Tests.Training.Wiring;

/// <summary>Plain kernels that keep with which numbers they were called.</summary>
internal sealed class RecordingKernels : ITensorListKernels
{
    private double? _clipNorm;

    /// <summary>Every call of Adam, in order; one optimizer step makes one for each group of parameters.</summary>
    public List<AdamCall> Calls { get; } = [];

    /// <summary>The weights of the new values in the moving average.</summary>
    public List<double> AverageWeights { get; } = [];

    public void Adam(AdamTensors tensors, in AdamRates rates)
    {
        Calls.Add(new(tensors.Parameters.Select(parameter => parameter.Handle).ToHashSet(), tensors.Step, rates, _clipNorm));
        PlainKernels.Instance.Adam(tensors, rates);
    }

    public void Lerp(torch.Tensor[] averages, torch.Tensor[] values, double weight)
    {
        AverageWeights.Add(weight);
        PlainKernels.Instance.Lerp(averages, values, weight);
    }

    public void ClipNorm(torch.Tensor[] tensors, double limit)
    {
        _clipNorm = limit;
        PlainKernels.Instance.ClipNorm(tensors, limit);
    }

    /// <param name="Parameters">The handles of the group's parameters.</param>
    /// <param name="Step">From 1, that of the group.</param>
    /// <param name="Rates">The numbers of the step.</param>
    /// <param name="ClipNorm">To which norm the gradients were clipped before it, or null.</param>
    public sealed record AdamCall(IReadOnlySet<nint> Parameters, long Step, AdamRates Rates, double? ClipNorm);
}
