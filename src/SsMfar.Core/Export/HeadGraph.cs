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
            PerOutputMlpHead => graph.Node(
                "Add", [Scores(keepDimension: false), graph.Initializer("output.bias", state["output.bias"])]),
            OrdinalMlpHead => Ordinal(Scores(keepDimension: true)),
            _ => null,
        };

        OnnxValue Layer(string name, OnnxValue input) => graph.Linear(name, input, state[$"{name}.weight"], state[$"{name}.bias"]);

        // As the head does: [N, outputs·hidden] → [N, outputs, hidden] · weights, summed over the hidden units.
        OnnxValue Scores(bool keepDimension)
        {
            OnnxValue hidden = graph.Node("Relu", Layer("hidden", features));
            torch.Tensor weight = state["output.weight"];
            OnnxValue shape = graph.Initializer("hidden.shape", [-1, weight.shape[0], weight.shape[1]], 3);
            OnnxValue products = graph.Node("Mul", [graph.Node("Reshape", [hidden, shape]), graph.Initializer("output.weight", weight)]);
            return graph.Node(
                "ReduceSum",
                [products, graph.Initializer("output.axes", [2L], 1)],
                OnnxAttribute.Of("keepdims", keepDimension ? 1 : 0));
        }

        // [N, labels, 1] plus a bias a step.
        OnnxValue Ordinal(OnnxValue scores)
        {
            using torch.Tensor biases = state["biases"].view(state["output.weight"].shape[0], -1);
            return graph.Node("Flatten", graph.Node("Add", [scores, graph.Initializer("biases", biases)]));
        }
    }
}
