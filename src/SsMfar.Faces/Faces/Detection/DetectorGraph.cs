using System.Collections.Immutable;
using Microsoft.ML.OnnxRuntime;

namespace SsMfar.Faces;

/// <summary>What a graph says of itself, from which the kind of a detector is told.</summary>
/// <param name="Inputs">Inputs in order, each with its shape; -1 is a side that only a run knows.</param>
/// <param name="Outputs">Outputs in order, likewise.</param>
internal sealed record DetectorGraph(ImmutableArray<GraphValue> Inputs, ImmutableArray<GraphValue> Outputs)
{
    /// <summary>The graph of a session; values that are no float32 tensors have an empty shape.</summary>
    public static DetectorGraph Of(InferenceSession session) => new(
        [.. session.InputNames.Select(name => Value(name, session.InputMetadata[name]))],
        [.. session.OutputNames.Select(name => Value(name, session.OutputMetadata[name]))]);

    /// <summary>Inputs and outputs in one line.</summary>
    public override string ToString() => $"inputs {string.Join(", ", Inputs)}; outputs {string.Join(", ", Outputs)}";

    private static GraphValue Value(string name, NodeMetadata value) => new(
        name, value.OnnxValueType == OnnxValueType.ONNX_TYPE_TENSOR && value.ElementType == typeof(float) ? [.. value.Dimensions] : []);
}

/// <summary>An input or output of a graph.</summary>
internal readonly record struct GraphValue(string Name, ImmutableArray<int> Shape)
{
    /// <summary>The last side, or 0.</summary>
    public int Last => Shape.IsEmpty ? 0 : Shape[^1];

    public override string ToString() => $"{Name} [{string.Join(", ", Shape.Select(side => side < 0 ? "?" : $"{side}"))}]";
}
