using System.Globalization;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.Tests.Weights.Onnx;
using TorchSharp;

namespace SsMfar.Tests.Models;

/// <summary>How a batch normalisation is written.</summary>
internal enum NormStyle
{
    /// <summary>As a node of its own.</summary>
    Node,

    /// <summary>Folded into the convolution before it, which gets a bias.</summary>
    Folded,

    /// <summary>As a node of its own, behind a convolution that has a bias nevertheless.</summary>
    NodeAfterBias,

    /// <summary>As a multiplication and an addition.</summary>
    Arithmetic,
}

/// <summary>How the zeros around a map are written.</summary>
internal enum PadStyle
{
    /// <summary>On all sides alike, as PyTorch has it.</summary>
    Even,

    /// <summary>Fewer below and right where the stride is 2, as CNTK has it.</summary>
    Fewer,

    /// <summary>As nodes of their own.</summary>
    Nodes,

    /// <summary>By a rule that comes to the same on even maps.</summary>
    SameLower,

    /// <summary>By TensorFlow's rule, which is another one where the stride is 2.</summary>
    SameUpper,
}

/// <summary>The ways in which programs write the same residual network.</summary>
internal sealed record OnnxResNetStyle
{
    public NormStyle Norms { get; init; }

    public PadStyle Pads { get; init; }

    public float Epsilon { get; init; } = 1e-5f;

    /// <summary>Gets whether images come with their planes last, and sums and pools' results are turned back and forth.</summary>
    public bool ChannelsLast { get; init; }

    public bool ReluAsClip { get; init; }

    public bool PoolBeforeRelu { get; init; }

    /// <summary>Gets whether Identity, Cast and Dropout stand wherever they may.</summary>
    public bool HasIdleNodes { get; init; }

    /// <summary>Gets whether the shortcut is the sum's first side, and written before the branch.</summary>
    public bool ShortcutFirst { get; init; }

    /// <summary>Gets whether names are those of PyTorch, or say nothing.</summary>
    public bool HasNames { get; init; }

    public OnnxEncoding Encoding { get; init; }

    public torch.ScalarType Type { get; init; } = torch.ScalarType.Float32;

    /// <summary>Gets what the graph does to the images: each plane times the first number, plus the second.</summary>
    public (float Factor, float Summand)[]? Images { get; init; }

    public string Head { get; init; } = "GlobalAveragePool";

    /// <summary>Gets what is done to the nodes, by name, on the way: for networks that are no ResNets.</summary>
    public Func<OnnxBuilder, string, string, string>? Change { get; init; }

    /// <summary>Gets what a convolution's attributes are instead, by its name: for networks that are no ResNets.</summary>
    public Func<string, (string Name, object Value)[]?>? Attributes { get; init; }
}

/// <summary>Writes a network in one of those ways.</summary>
internal sealed class OnnxResNetWriter
{
    private readonly OnnxBuilder _file;
    private readonly OnnxResNetStyle _style;
    private readonly Dictionary<string, torch.Tensor> _state;
    private readonly torch.Tensor _epsilonHere = torch.tensor(1e-5);

    private OnnxResNetWriter(ResNet network, OnnxResNetStyle style)
    {
        _style = style;
        _state = network.state_dict();
        _file = new OnnxBuilder { Encoding = style.Encoding, Type = style.Type };
    }

    public static OnnxBuilder Write(ResNet network, OnnxResNetStyle style)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var writer = new OnnxResNetWriter(network, style);
        writer.Write();
        return writer._file;
    }

    private void Write()
    {
        string map = Idle(Images(_file.Input("images")));
        map = Convolution("conv1", "bn1", map, 2);
        map = _style.PoolBeforeRelu ? Relu(Pool(map)) : Pool(Relu(map));
        map = Changed("pool", map);
        for (int stage = 1; stage <= 4; stage++)
        {
            for (int block = 0; Has($"layer{stage}.{block}.conv1.weight"); block++)
            {
                map = Block($"layer{stage}.{block}.", map, stage > 1 && block == 0 ? 2 : 1);
            }
        }

        map = Changed("end", map);
        Head(map);
    }

    private string Images(string images)
    {
        string map = Changed("images", images);
        if (_style.Images is { } planes)
        {
            long[] shape = _style.ChannelsLast ? [3] : [1, 3, 1, 1];
            map = _file.Node("Mul", [map, _file.Tensor(torch.tensor(planes.Select(plane => plane.Factor).ToArray()).view(shape))]);
            map = _file.Node("Add", [_file.Tensor(torch.tensor(planes.Select(plane => plane.Summand).ToArray()).view(shape)), map]);
        }

        return _style.ChannelsLast ? ToPlanesFirst(map) : map;
    }

    private string Block(string prefix, string input, int stride)
    {
        string Shortcut() => Has($"{prefix}downsample.0.weight")
            ? Convolution($"{prefix}downsample.0", $"{prefix}downsample.1", input, stride) : input;
        string first = _style.ShortcutFirst ? Shortcut() : "";
        bool isBottleneck = Has($"{prefix}conv3.weight");
        string map = Relu(Convolution($"{prefix}conv1", $"{prefix}bn1", input, isBottleneck ? 1 : stride));
        map = Convolution($"{prefix}conv2", $"{prefix}bn2", map, isBottleneck ? stride : 1);
        if (isBottleneck)
        {
            map = Convolution($"{prefix}conv3", $"{prefix}bn3", Relu(map), 1);
        }

        map = Changed($"{prefix}branch", map);
        string[] sides = _style.ShortcutFirst ? [first, map] : [map, Shortcut()];
        if (_style.ChannelsLast)
        {
            return ToPlanesFirst(Relu(_file.Node("Add", [.. sides.Select(ToPlanesLast)])));
        }

        return Idle(Relu(_file.Node("Add", sides)));
    }

    private string Convolution(string convolution, string norm, string input, int stride)
    {
        torch.Tensor weight = Get($"{convolution}.weight");
        torch.Tensor scale = Get($"{norm}.weight") / (Get($"{norm}.running_var").Plus(_epsilonHere)).sqrt();
        torch.Tensor shift = Get($"{norm}.bias") - (Get($"{norm}.running_mean") * scale);
        bool isFolded = _style.Norms == NormStyle.Folded;
        torch.Tensor? bias = isFolded ? shift : _style.Norms == NormStyle.NodeAfterBias ? shift.Plus(0.25) : null;
        string[] inputs =
        [
            .. Padded(input, weight.shape[2]),
            Tensor($"{convolution}.weight", isFolded ? weight * scale.view(-1, 1, 1, 1) : weight),
        ];
        string map = _file.Node(
            "Conv", bias is null ? inputs : [.. inputs, Tensor($"{convolution}.bias", bias)],
            _style.Attributes?.Invoke(convolution)
                ?? [("strides", new long[] { stride, stride }), ("group", 1L), .. Pads(weight.shape[2], stride)]);
        switch (_style.Norms)
        {
            case NormStyle.Arithmetic:
                map = _file.Node("Mul", [map, Tensor($"{norm}.scale", scale.view(-1, 1, 1))]);
                map = _file.Node("Sub", [map, Tensor($"{norm}.shift", -shift.view(1, -1, 1, 1))]);
                break;
            case NormStyle.Node or NormStyle.NodeAfterBias:
                // Another epsilon, and a bias before, leave what the norm computes as it is.
                torch.Tensor variance = Get($"{norm}.running_var").Plus(_epsilonHere) - torch.tensor((double)_style.Epsilon);
                torch.Tensor mean = Get($"{norm}.running_mean").Plus(bias ?? torch.zeros_like(scale));
                map = _file.Node(
                    "BatchNormalization",
                    [
                        map, Tensor($"{norm}.weight", Get($"{norm}.weight")), Tensor($"{norm}.bias", Get($"{norm}.bias")),
                        Tensor($"{norm}.running_mean", mean), Tensor($"{norm}.running_var", variance),
                    ],
                    ("epsilon", _style.Epsilon), ("momentum", 0.9f));
                break;
            default:
                break;
        }

        return Changed(convolution, map);
    }

    private string Pool(string map) =>
        _file.Node("MaxPool", Padded(map, 3), [("kernel_shape", new long[] { 3, 3 }), ("strides", new long[] { 2, 2 }), .. Pads(3, 2)]);

    private string Relu(string map) => !_style.ReluAsClip ? _file.Node("Relu", [map])
        : _style.HasIdleNodes ? _file.Node("Clip", [map, _file.Tensor(torch.tensor(0f))])
        : _file.Node("Clip", [map], ("min", 0f), ("max", float.MaxValue));

    private string[] Padded(string map, long kernel)
    {
        long pad = kernel / 2;
        return _style.Pads != PadStyle.Nodes || pad == 0 ? [map]
            : [_file.Node("Pad", [map, _file.Numbers(0, 0, pad, pad, 0, 0, pad, pad)], ("mode", "constant"))];
    }

    private (string Name, object Value)[] Pads(long kernel, int stride)
    {
        long pad = kernel / 2;
        long after = _style.Pads == PadStyle.Fewer && stride > 1 && pad > 0 ? pad - 1 : pad;
        return _style.Pads switch
        {
            PadStyle.Nodes => [("auto_pad", "VALID")],
            PadStyle.SameLower => [("auto_pad", "SAME_LOWER")],
            PadStyle.SameUpper => [("auto_pad", "SAME_UPPER")],
            _ => [("pads", new[] { pad, pad, after, after })],
        };
    }

    private void Head(string map)
    {
        long width = _state["layer4.0.bn1.weight"].shape[0];
        string features = _style.Head switch
        {
            "ReduceMean" => _file.Node("ReduceMean", [map], ("axes", new long[] { 2, 3 }), ("keepdims", 0L)),
            "none" => map,
            _ => _file.Node("Flatten", [_file.Node("GlobalAveragePool", [map])]),
        };
        string output = _style.Head == "none" ? features
            : _file.Node(
                "Gemm", [features, _file.Tensor(torch.ones(7, width), "fc.weight"), _file.Tensor(torch.ones(7), "fc.bias")],
                ("transB", 1L));
        _file.Output(output);
    }

    private string Idle(string map) => !_style.HasIdleNodes ? map
        : _file.Node("Dropout", [_file.Node("Cast", [_file.Node("Identity", [map])], ("to", 1L))]);

    private string ToPlanesFirst(string map) => _file.Node("Transpose", [map], ("perm", new long[] { 0, 3, 1, 2 }));

    private string ToPlanesLast(string map) => _file.Node("Transpose", [map], ("perm", new long[] { 0, 2, 3, 1 }));

    private string Changed(string place, string map) => _style.Change?.Invoke(_file, place, map) ?? map;

    private string Tensor(string name, torch.Tensor tensor) => _file.Tensor(tensor, _style.HasNames ? name : null);

    private bool Has(FormattableString name) => _state.ContainsKey(name.ToString(CultureInfo.InvariantCulture));

    private torch.Tensor Get(string name) => _state[name].to(torch.ScalarType.Float64);
}
