using System.Runtime.InteropServices;
using SsMfar.Weights;

namespace SsMfar.Export;

/// <summary>
/// Stores large constants in float16, each with a node that makes float32 of it, which ONNX Runtime computes once, when it loads the file.
/// Everything is computed in float32. The steps of quantised values stay: what is counted in them is lost where they become 0.
/// </summary>
internal static class Float16Storage
{
    // Biases and the like stay: they are few.
    private const int LeastElements = 1024;

    // Below it, float16 has fewer than its 11 bits.
    private const float LeastNormal = 1f / (1 << 14);

    public static void Apply(GraphContent content)
    {
        ILookup<string, GraphNode> consumers = content.Consumers();
        List<GraphNode> casts = [];
        for (int i = 0; i < content.Constants.Count; i++)
        {
            GraphConstant constant = content.Constants[i];
            if (constant.ElementType != OnnxSchema.ElementType.Float32 || constant.Count < LeastElements
                || consumers[constant.Name].Any(node => node.Operator is "QuantizeLinear" or "DequantizeLinear")
                || Halves(MemoryMarshal.Cast<byte, float>(constant.Data.Span)) is not { } halves)
            {
                continue;
            }

            GraphConstant stored = new(
                $"{constant.Name}.float16", OnnxSchema.ElementType.Float16, constant.Shape, MemoryMarshal.AsBytes<Half>(halves).ToArray());
            content.Constants[i] = stored;
            casts.Add(new(
                "Cast", [stored.Name], [OnnxAttribute.Of("to", OnnxSchema.ElementType.Float32)], constant.Name));
        }

        content.Nodes.InsertRange(0, casts);
    }

    // Null where a value is too large for float16, or even the largest too small.
    private static Half[]? Halves(ReadOnlySpan<float> values)
    {
        Half[] halves = new Half[values.Length];
        float largest = 0;
        for (int i = 0; i < halves.Length; i++)
        {
            halves[i] = (Half)values[i];
            if (!Half.IsFinite(halves[i]))
            {
                return null;
            }

            largest = Math.Max(largest, Math.Abs(values[i]));
        }

        return largest is > 0 and < LeastNormal ? null : halves;
    }
}
