using System.Collections.Immutable;
using TorchSharp;

namespace SsMfar.Weights;

/// <summary>One tensor of a weight file.</summary>
/// <param name="Name">
/// Its key. In a PyTorch file the keys of the dictionaries that lead to it, joined by dots, such as <c>state_dict.conv1.weight</c>.
/// </param>
/// <param name="DataType">Its element type.</param>
/// <param name="Shape">Its shape; empty for a scalar.</param>
public sealed record WeightEntry(string Name, torch.ScalarType DataType, ImmutableArray<long> Shape)
{
    /// <summary>How many elements it has.</summary>
    public long Elements => Shape.Aggregate(1L, (product, dimension) => product * dimension);

    /// <summary>The shape as messages show it, such as <c>[64, 3, 7, 7]</c>.</summary>
    internal string ShapeText => Text(Shape.AsSpan());

    /// <summary>A shape as messages show it.</summary>
    internal static string Text(ReadOnlySpan<long> shape) => $"[{string.Join(", ", shape.ToArray())}]";
}
