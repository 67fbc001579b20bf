using System.Globalization;
using SsMfar.Models;
using TorchSharp;
using TorchSharp.Modules;

namespace SsMfar.Export;

/// <summary>A backbone's copy for inference as ONNX nodes; in it, batch normalisations are part of the convolutions before them.</summary>
internal sealed class FusedGraph
{
    private readonly OnnxGraph _graph;
    private int _parts;

    private FusedGraph(OnnxGraph graph) => _graph = graph;

    public static OnnxValue AddTo(OnnxGraph graph, IFusedInParts network, OnnxValue input)
    {
        using FusedNetwork fused = network.FuseParts();
        return new FusedGraph(graph).Add(fused.Parts, input);
    }

    private OnnxValue Add(torch.nn.Module part, OnnxValue input) => part switch
    {
        Sequential sequence => sequence.children().Aggregate(input, (value, child) => Add(child, value)),
        FusedSum sum => _graph.Node("Add", [Add(sum.Body, input), sum.Shortcut is null ? input : Add(sum.Shortcut, input)]),
        FusedUnit unit => Unit(unit, input),
        FusedGate gate => Gate(gate, input),
        FusedScaling scaling => Scaling(scaling, input),
        _ => throw new InvalidOperationException($"{part.GetType().Name} has no ONNX nodes."),
    };

    private OnnxValue Unit(FusedUnit unit, OnnxValue input)
    {
        string name = NextName();
        FusedConvolution convolution = unit.Convolution;
        ConvolutionEdges edges = convolution.Edges;
        OnnxValue map = _graph.Node(
            "Conv",
            [input, _graph.Initializer($"{name}.weight", convolution.Weight), _graph.Initializer($"{name}.bias", convolution.Bias)],
            OnnxAttribute.Of("kernel_shape", [edges.Kernel, edges.Kernel]),
            OnnxAttribute.Of("strides", [edges.Stride, edges.Stride]),
            OnnxAttribute.Of("group", convolution.Groups),
            Padding(edges));
        return unit.Activation switch
        {
            Activation.Silu => Silu(map),
            Activation.PRelu => _graph.Node(
                "PRelu", [map, _graph.Initializer($"{name}.slopes", unit.Slopes!.view(-1, 1, 1))]),
            _ => map,
        };
    }

    private static OnnxAttribute Padding(ConvolutionEdges edges)
    {
        long half = edges.Kernel / 2;
        return edges.Padding == EdgePadding.AsNeeded
            ? OnnxAttribute.Of("auto_pad", "SAME_UPPER")
            : OnnxAttribute.Of("pads", [half, half, half, half]);
    }

    private OnnxValue Gate(FusedGate gate, OnnxValue input)
    {
        string name = NextName();
        OnnxValue squeezed = Silu(Layer($"{name}.squeeze", _graph.Node("GlobalAveragePool", input), gate.Squeeze));
        return _graph.Node("Mul", [input, _graph.Node("Sigmoid", Layer($"{name}.excitation", squeezed, gate.Excitation))]);
    }

    private OnnxValue Layer(string name, OnnxValue input, (Parameter Weight, Parameter Bias) layer) => _graph.Node(
        "Conv",
        [input, _graph.Initializer($"{name}.weight", layer.Weight), _graph.Initializer($"{name}.bias", layer.Bias)],
        OnnxAttribute.Of("kernel_shape", [1, 1]));

    private OnnxValue Scaling(FusedScaling scaling, OnnxValue input)
    {
        string name = NextName();
        OnnxValue scaled = _graph.Node("Mul", [input, _graph.Initializer($"{name}.scale", scaling.Scale)]);
        return _graph.Node("Add", [scaled, _graph.Initializer($"{name}.shift", scaling.Shift)]);
    }

    private OnnxValue Silu(OnnxValue input) => _graph.Node("Mul", [input, _graph.Node("Sigmoid", input)]);

    private string NextName() => string.Create(CultureInfo.InvariantCulture, $"part{_parts++}");
}
