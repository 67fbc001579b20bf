using System.Collections.Immutable;
using System.Runtime.InteropServices;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Models;

/// <summary>
/// The residual network of an ONNX model as a file of weights with torchvision's names, and the small tensors of what follows it (a
/// classifier) with their own. Convolutions are the file's bits; norms are what follows each of them.
/// </summary>
internal sealed class OnnxBackboneFile : WeightFile
{
    private const int MostDimensionsBeside = 2;

    private readonly OnnxReader _file;
    private readonly Dictionary<string, WeightEntry> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _tensors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (OnnxConvolution Convolution, Func<OnnxAffine, double[]> Part)> _norms =
        new(StringComparer.Ordinal);

    private OnnxBackboneFile(OnnxReader file, OnnxResNet network)
        : base(file.Path, WeightFileFormat.Onnx)
    {
        _file = file;
        Images = network.Images;
        foreach (OnnxLayer layer in network.Layers)
        {
            AddTensor($"{layer.Convolution}.weight", layer.Map.Weight);
            AddNorm($"{layer.Norm}.weight", layer.Map, norm => norm.Weight);
            AddNorm($"{layer.Norm}.bias", layer.Map, norm => norm.Bias);
            AddNorm($"{layer.Norm}.running_mean", layer.Map, norm => norm.Mean);
            AddNorm($"{layer.Norm}.running_var", layer.Map, norm => norm.Variance);
        }

        HashSet<string> used = [.. network.Layers.SelectMany(layer => Used(layer.Map))];
        HashSet<string> layers = [.. _entries.Keys.Select(FirstPart)];
        foreach (WeightEntry entry in file.Entries.Values.Where(entry => entry.Shape.Length is > 0 and <= MostDimensionsBeside
            && IsFloating(entry.DataType)
            && !used.Contains(entry.Name) && !layers.Contains(FirstPart(entry.Name))))
        {
            AddTensor(entry.Name, entry.Name);
        }
    }

    /// <summary>Gets what the graph does to the images before the first convolution.</summary>
    public OnnxImages Images { get; }

    public override IReadOnlyDictionary<string, WeightEntry> Entries => _entries;

    public override ImmutableSortedDictionary<string, string> Metadata => _file.Metadata;

    /// <summary>Finds the network; the result owns the file from then on, unless there is none.</summary>
    /// <exception cref="ModelFileException">Another network is in it; the message says where it differs.</exception>
    public static OnnxBackboneFile Of(OnnxReader file) => Find(file, out ModelFileException? fault) ?? throw fault!;

    /// <summary>As <see cref="Of"/>, with null for another network.</summary>
    public static OnnxBackboneFile? Find(OnnxReader file, out ModelFileException? fault) =>
        OnnxResNet.Find(file, out fault) is { } network ? new(file, network) : null;

    private protected override void Fill(WeightEntry entry, torch.Tensor tensor)
    {
        if (_tensors.TryGetValue(entry.Name, out string? name))
        {
            _file.ReadInto(name, tensor);
            return;
        }

        (OnnxConvolution convolution, Func<OnnxAffine, double[]> part) = _norms[entry.Name];
        double[] numbers = part(OnnxAffine.Of(_file, convolution));
        using DisposeScope scope = torch.NewDisposeScope();
        Span<float> target = MemoryMarshal.Cast<byte, float>(tensor.detach().bytes);
        for (int i = 0; i < numbers.Length; i++)
        {
            target[i] = (float)numbers[i];
        }
    }

    private protected override void Dispose(bool disposing) => _file.Dispose();

    private static bool IsFloating(torch.ScalarType type) =>
        type is torch.ScalarType.Float64 or torch.ScalarType.Float32 or torch.ScalarType.Float16 or torch.ScalarType.BFloat16;

    private static string FirstPart(string name) => name.Split('.')[0];

    private static IEnumerable<string> Used(OnnxConvolution convolution)
    {
        yield return convolution.Weight;
        if (convolution.Bias is { } bias)
        {
            yield return bias;
        }

        foreach (OnnxStep step in convolution.Steps)
        {
            foreach (string name in step switch
            {
                OnnxNorm norm => (string[])[norm.Scale, norm.Shift, norm.Mean, norm.Variance],
                OnnxArithmetic arithmetic => [arithmetic.Constant],
                _ => [],
            })
            {
                yield return name;
            }
        }
    }

    private void AddTensor(string name, string inFile)
    {
        WeightEntry entry = _file.Entries[inFile];
        _entries.TryAdd(name, new WeightEntry(name, entry.DataType, entry.Shape));
        _tensors.TryAdd(name, inFile);
    }

    private void AddNorm(string name, OnnxConvolution convolution, Func<OnnxAffine, double[]> part)
    {
        _entries.Add(name, new WeightEntry(name, torch.ScalarType.Float32, [convolution.Outputs]));
        _norms.Add(name, (convolution, part));
    }
}
