using SsMfar.Models;
using TorchSharp;

namespace SsMfar.Export;

/// <summary>The built-in heads as ONNX nodes.</summary>
internal static class HeadGraph
{
    /// <summary>Adds a built-in head; null when the head is none.</summary>
    public static OnnxValue? AddTo(OnnxGraph graph, ITaskHead head, OnnxValue features)
    {
        Dictionary<string, torch.Tensor> state = head.Module.state_dict();
        return head switch
        {
            LinearHead => Layer("output", features),
            MlpHead => Layer("output", graph.Node("Relu", Layer("hidden", features))),
            PerOutputMlpHead => PerOutput(graph.Node("Relu", Layer("hidden", features))),
            _ => null,
        };

        OnnxValue Layer(string name, OnnxValue input) => graph.Linear(name, input, state[$"{name}.weight"], state[$"{name}.bias"]);

        // As the head does: [N, outputs·hidden] → [N, outputs, hidden] · weights, summed over the hidden units, plus bias.
        OnnxValue PerOutput(OnnxValue hidden)
        {
            torch.Tensor weight = state["output.weight"];
            OnnxValue shape = graph.Initializer("hidden.shape", [-1, weight.shape[0], weight.shape[1]], 3);
            OnnxValue products = graph.Node("Mul", [graph.Node("Reshape", [hidden, shape]), graph.Initializer("output.weight", weight)]);
            OnnxValue sums = graph.Node(
                "ReduceSum",
                [products, graph.Initializer("output.axes", [2L], 1)],
                OnnxAttribute.Of("keepdims", 0));
            return graph.Node("Add", [sums, graph.Initializer("output.bias", state["output.bias"])]);
        }
    }
}
