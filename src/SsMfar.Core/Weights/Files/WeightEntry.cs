using System.Collections.Immutable;
using TorchSharp;

namespace SsMfar.Weights;

/// <summary>One tensor of a weight file.</summary>
public sealed class WeightEntry
{
    internal WeightEntry(string name, torch.ScalarType dataType, ImmutableArray<long> shape)
    {
        Name = name;
        DataType = dataType;
        Shape = shape;
    }

    /// <summary>
    /// Gets its key. In a PyTorch file the keys of the dictionaries that lead to it, joined by dots, such as
    /// <c>state_dict.conv1.weight</c>.
    /// </summary>
    public string Name { get; }

    /// <summary>Gets its element type.</summary>
    public torch.ScalarType DataType { get; }

    /// <summary>Gets its shape; empty for a scalar.</summary>
    public ImmutableArray<long> Shape { get; }

    /// <summary>Gets how many elements it has.</summary>
    public long Elements => Shape.Aggregate(1L, (product, dimension) => product * dimension);

    /// <summary>The shape as messages show it, such as <c>[64, 3, 7, 7]</c>.</summary>
    internal string ShapeText => Text(Shape.AsSpan());

    /// <summary>A shape as messages show it.</summary>
    internal static string Text(ReadOnlySpan<long> shape) => $"[{string.Join(", ", shape.ToArray())}]";
}
