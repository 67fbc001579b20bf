using System.Collections.Immutable;
using TorchSharp;

namespace SsMfar.Models;

/// <summary>One tensor of a safetensors file.</summary>
/// <param name="Name">Its key.</param>
/// <param name="DataType">Its element type.</param>
/// <param name="Shape">Its shape; empty for a scalar.</param>
/// <param name="Offset">Where its bytes start, from the start of the data section.</param>
/// <param name="ByteCount">How many bytes it has: the elements, little-endian, row-major, times their size.</param>
public sealed record SafetensorsEntry(string Name, torch.ScalarType DataType, ImmutableArray<long> Shape, long Offset, long ByteCount);
