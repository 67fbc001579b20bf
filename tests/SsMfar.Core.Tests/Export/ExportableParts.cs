using SsMfar.Export;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;

namespace SsMfar.Tests.Export;

/// <summary>A backbone of the user's own that writes itself: a convolution with batch norm, pooled or not.</summary>
internal sealed class ExportableBackbone : torch.nn.Module<torch.Tensor, torch.Tensor>, IBackbone, IOnnxExportable
{
    [ComponentName(Name = "weight")]
    private readonly Parameter _weight;
    [ComponentName(Name = "norm")]
    private readonly BatchNorm2d _norm;

    private readonly bool _pooled;

    public ExportableBackbone(RandomKey key, bool pooled)
        : base(nameof(ExportableBackbone))
    {
        using var initializer = new WeightInitializer(key);
        _weight = initializer.KaimingNormal(6, 3, 3);
        _norm = torch.nn.BatchNorm2d(6);
        _pooled = pooled;
        RegisterComponents();
        OnnxModels.Disturb(this, 8);
    }

    public int FeatureWidth => 6;

    public PartDescription Description => new("exportable");

    public override torch.Tensor forward(torch.Tensor input)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor map = _norm.call(torch.nn.functional.conv2d(input, _weight, strides: [2, 2])).relu();
        return (_pooled ? map.amax([2, 3]) : map).MoveToOuterDisposeScope();
    }

    public OnnxValue AddTo(OnnxGraph graph, OnnxValue input)
    {
        OnnxValue map = graph.Node("Conv", [input, graph.Initializer("weight", _weight)], OnnxAttribute.Of("strides", [2, 2]));
        OnnxValue normalised = graph.Node(
            "BatchNormalization",
            [
                map, graph.Initializer("norm.weight", _norm.weight!), graph.Initializer("norm.bias", _norm.bias!),
                graph.Initializer("norm.mean", _norm.running_mean!), graph.Initializer("norm.variance", _norm.running_var!),
            ],
            OnnxAttribute.Of("epsilon", 1e-5f));
        OnnxValue positive = graph.Node("Relu", normalised);
        return _pooled ? graph.Node("ReduceMax", [positive], OnnxAttribute.Of("axes", [2, 3]), OnnxAttribute.Of("keepdims", 0)) : positive;
    }
}

/// <summary>A head of the user's own that writes itself.</summary>
internal sealed class ExportableHead : torch.nn.Module<torch.Tensor, torch.Tensor>, ITaskHead, IOnnxExportable
{
    [ComponentName(Name = "output")]
    private readonly Linear _output;

    public ExportableHead(int inputs, int outputs, RandomKey key)
        : base(nameof(ExportableHead))
    {
        using var initializer = new WeightInitializer(key);
        _output = initializer.Linear(inputs, outputs);
        OutputWidth = outputs;
        RegisterComponents();
    }

    public int OutputWidth { get; }

    public PartDescription Description => new("exportable");

    public override torch.Tensor forward(torch.Tensor input)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return (_output.call(input).tanh() * Scalars.Of(2)).MoveToOuterDisposeScope();
    }

    public OnnxValue AddTo(OnnxGraph graph, OnnxValue input) =>
        graph.Node("Mul", [graph.Node("Tanh", graph.Linear("output", input, _output)), graph.Initializer("gain", [2f])]);
}

/// <summary>A head that begins with a node without inputs, and gives the features and one.</summary>
internal sealed class ConstantHead(int width)
    : torch.nn.Module<torch.Tensor, torch.Tensor>(nameof(ConstantHead)), ITaskHead, IOnnxExportable
{
    public int OutputWidth => width;

    public PartDescription Description => new("constant");

    public override torch.Tensor forward(torch.Tensor input) => input.Plus(1);

    public OnnxValue AddTo(OnnxGraph graph, OnnxValue input)
    {
        OnnxValue one = graph.Node("Constant", [], OnnxAttribute.Of("value_float", 1f));
        return graph.Node("Add", [input, one]);
    }
}

/// <summary>A head that cannot.</summary>
internal sealed class UnexportableHead(int outputs) : torch.nn.Module<torch.Tensor, torch.Tensor>(nameof(UnexportableHead)), ITaskHead
{
    public int OutputWidth => outputs;

    public PartDescription Description => new("unexportable");

    public override torch.Tensor forward(torch.Tensor input) => input.alias();
}
