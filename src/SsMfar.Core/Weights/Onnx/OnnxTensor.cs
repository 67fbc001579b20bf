using System.Collections.Immutable;
using TorchSharp;

namespace SsMfar.Weights;

/// <summary>A tensor of an ONNX file: what it is and where its numbers lie.</summary>
/// <param name="Name">Its name in the graph.</param>
/// <param name="ElementType">ONNX's number of its element type.</param>
/// <param name="Shape">Its shape; empty for a scalar.</param>
/// <param name="Data">Where its numbers lie, in order.</param>
/// <param name="IsVarints">Whether they are varints; else they lie as in memory, little-endian.</param>
/// <param name="ExternalPath">The file that holds them, or null for the model file itself.</param>
internal sealed record OnnxTensor(
    string Name, int ElementType, ImmutableArray<long> Shape, ImmutableArray<ByteRange> Data, bool IsVarints, string? ExternalPath)
{
    /// <summary>Gets how many elements it has.</summary>
    public long Elements { get; } = Shape.Aggregate(1L, (product, dimension) => product * dimension);

    /// <summary>Gets its shape as messages show it.</summary>
    public string ShapeText => WeightEntry.Text(Shape.AsSpan());

    /// <summary>Gets the bytes of an element and its type, or null where such tensors cannot be read.</summary>
    public (torch.ScalarType Type, int Size)? Element => Describe(ElementType);

    /// <summary>What messages call an element type.</summary>
    public static string TypeName(int elementType) => elementType switch
    {
        4 => "uint16",
        8 => "string",
        12 => "uint32",
        13 => "uint64",
        14 or 15 => "complex",
        >= 17 and <= 20 => "float8",
        21 or 22 => "int4",
        _ => FormattableString.Invariant($"ONNX element type {elementType}"),
    };

    private static (torch.ScalarType Type, int Size)? Describe(int elementType) => elementType switch
    {
        OnnxSchema.ElementType.Float32 => (torch.ScalarType.Float32, 4),
        OnnxSchema.ElementType.UInt8 => (torch.ScalarType.Byte, 1),
        OnnxSchema.ElementType.Int8 => (torch.ScalarType.Int8, 1),
        OnnxSchema.ElementType.Int16 => (torch.ScalarType.Int16, 2),
        OnnxSchema.ElementType.Int32 => (torch.ScalarType.Int32, 4),
        OnnxSchema.ElementType.Int64 => (torch.ScalarType.Int64, 8),
        OnnxSchema.ElementType.Bool => (torch.ScalarType.Bool, 1),
        OnnxSchema.ElementType.Float16 => (torch.ScalarType.Float16, 2),
        OnnxSchema.ElementType.Float64 => (torch.ScalarType.Float64, 8),
        OnnxSchema.ElementType.BFloat16 => (torch.ScalarType.BFloat16, 2),
        _ => null,
    };
}
