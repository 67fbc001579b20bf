using System.Globalization;
using SsMfar.Models;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Export;

/// <summary>
/// A <see cref="ResNet"/> as ONNX nodes. Each batch normalisation is fused into the convolution before it, in float64: w' = w·γ/√(σ² + ε),
/// b' = β - μ·γ/√(σ² + ε). That is what an inference engine does on loading anyway, in float32.
/// </summary>
internal sealed class ResNetGraph
{
    // TorchSharp's and torchvision's default, which ResNet uses.
    private const double Epsilon = 1e-5;

    private readonly OnnxGraph _graph;
    private readonly Dictionary<string, torch.Tensor> _state;

    private ResNetGraph(OnnxGraph graph, ResNet network)
    {
        _graph = graph;
        _state = network.state_dict();
    }

    public static OnnxValue AddTo(OnnxGraph graph, ResNet network, OnnxValue input) => new ResNetGraph(graph, network).Add(input);

    private OnnxValue Add(OnnxValue input)
    {
        OnnxValue stem = Relu(Convolution("conv1", "bn1", input, stride: 2));
        OnnxValue map = _graph.Node(
            "MaxPool", [stem], OnnxAttribute.Of("kernel_shape", [3, 3]), OnnxAttribute.Of("strides", [2, 2]), OnnxAttribute.Of(
                "pads",
                [1, 1, 1, 1]));
        for (int stage = 1; stage <= 4; stage++)
        {
            for (int block = 0; Has($"layer{stage}.{block}.conv1.weight"); block++)
            {
                map = Block($"layer{stage}.{block}.", map, stride: stage > 1 && block == 0 ? 2 : 1);
            }
        }

        return map;
    }

    private OnnxValue Block(string prefix, OnnxValue input, int stride)
    {
        bool bottleneck = Has($"{prefix}conv3.weight");
        OnnxValue map = Relu(Convolution($"{prefix}conv1", $"{prefix}bn1", input, bottleneck ? 1 : stride));
        map = Convolution($"{prefix}conv2", $"{prefix}bn2", map, bottleneck ? stride : 1);
        if (bottleneck)
        {
            map = Convolution($"{prefix}conv3", $"{prefix}bn3", Relu(map), 1);
        }

        OnnxValue shortcut = Has($"{prefix}downsample.0.weight")
            ? Convolution($"{prefix}downsample.0", $"{prefix}downsample.1", input, stride)
            : input;
        return Relu(_graph.Node("Add", [map, shortcut]));
    }

    private OnnxValue Convolution(string convolution, string norm, OnnxValue input, int stride)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor weight = Get($"{convolution}.weight");
        torch.Tensor scale = Get($"{norm}.weight") / Get($"{norm}.running_var").Plus(Epsilon).sqrt();
        torch.Tensor shift = Get($"{norm}.bias") - (Get($"{norm}.running_mean") * scale);
        long kernel = weight.shape[2];
        long padding = kernel / 2;
        return _graph.Node(
            "Conv",
            [
                input,
                _graph.Initializer($"{convolution}.weight", weight * scale.view(-1, 1, 1, 1)),
                _graph.Initializer($"{convolution}.bias", shift),
            ],
            OnnxAttribute.Of("kernel_shape", [kernel, kernel]),
            OnnxAttribute.Of("strides", [stride, stride]),
            OnnxAttribute.Of("pads", [padding, padding, padding, padding]));
    }

    private OnnxValue Relu(OnnxValue input) => _graph.Node("Relu", input);

    private bool Has(FormattableString name) => _state.ContainsKey(name.ToString(CultureInfo.InvariantCulture));

    private torch.Tensor Get(FormattableString name) =>
        Transfers.ToHost(_state[name.ToString(CultureInfo.InvariantCulture)]).to(torch.ScalarType.Float64);
}
