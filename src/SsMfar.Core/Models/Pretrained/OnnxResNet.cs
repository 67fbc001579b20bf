using System.Globalization;
using SsMfar.Weights;

namespace SsMfar.Models;

/// <summary>A convolution of a residual network with its norm, by torchvision's names.</summary>
/// <param name="Convolution">The convolution's name, such as <c>layer2.0.conv1</c>.</param>
/// <param name="Norm">Its norm's name, such as <c>layer2.0.bn1</c>.</param>
/// <param name="Map">Where it is in the graph.</param>
internal sealed record OnnxLayer(string Convolution, string Norm, OnnxConvolution Map);

/// <summary>
/// A residual network found in an ONNX graph by its form: the stem, then blocks from the last one back to the first, each a sum of a branch
/// of two or three convolutions and of a shortcut with one or none. Names play no part.
/// </summary>
internal sealed class OnnxResNet
{
    private const int Stages = 4;
    private const int BasicConvolutions = 2;
    private const int BottleneckConvolutions = 3;

    private readonly OnnxTrace _trace;
    private readonly List<OnnxLayer> _layers = [];
    private readonly HashSet<OnnxMap> _own = [];
    private string? _fault;

    private OnnxResNet(OnnxTrace trace) => _trace = trace;

    /// <summary>Gets the images as the first convolution takes them.</summary>
    public OnnxImages Images { get; private set; } = null!;

    /// <summary>Gets the layers, from the images on.</summary>
    public IReadOnlyList<OnnxLayer> Layers => _layers;

    /// <summary>Finds the network.</summary>
    /// <param name="file">The model.</param>
    /// <param name="fault">What else the file holds, where it is none.</param>
    public static OnnxResNet? Find(OnnxReader file, out ModelFileException? fault)
    {
        var network = new OnnxResNet(OnnxTrace.Of(file));
        if (network.Match())
        {
            fault = null;
            return network;
        }

        string problem = network._trace.Stranger is { } stranger
            ? $"{stranger.Place} has no place in one{(stranger.Reason is { } reason ? $": {reason}" : "")}"
            : network._fault!;
        fault = new(
            file.Path, null, $"no ResNet of torchvision's form is in it: {problem}",
            "Give the ONNX model of a ResNet-18, 34 or 50 whose layers are torchvision's, or weights by name");
        return null;
    }

    private static string Text((long Down, long Across) pair) => FormattableString.Invariant($"{pair.Down}x{pair.Across}");

    private bool Fail(string problem)
    {
        _fault ??= problem;
        return false;
    }

    private bool Match()
    {
        if (_trace.Maps.LastOrDefault(map => map is OnnxRectified { Of: OnnxSum }) is not { } end)
        {
            return Fail("it has no residual block, which is a sum of two maps followed by ReLU");
        }

        List<Block> blocks = [];
        OnnxMap map = end;
        while (map is OnnxRectified { Of: OnnxSum sum })
        {
            if (ReadBlock(sum) is not { } block)
            {
                return false;
            }

            _own.Add(map);
            _own.Add(sum);
            blocks.Add(block);
            map = block.Input;
        }

        blocks.Reverse();
        return ReadStem(map) && Name(blocks) && CheckRest(end);
    }

    private bool ReadStem(OnnxMap map)
    {
        OnnxPooled? pool = map as OnnxPooled ?? (map as OnnxRectified)?.Of as OnnxPooled;
        OnnxConvolution? convolution = (pool?.Of as OnnxRectified)?.Of as OnnxConvolution ?? pool?.Of as OnnxConvolution;
        if (pool is null || convolution?.Input is not OnnxImages images || !(map is OnnxRectified || pool.Of is OnnxRectified))
        {
            return Fail($"before its first block there are not one convolution of the images, ReLU and one max pool, but {map.Place}");
        }

        if (images.Scale.Any(scale => !(scale > 0) || !double.IsFinite(scale)) || !images.Shift.All(double.IsFinite))
        {
            return Fail("what it does to the images before the first convolution is no positive factor and a summand");
        }

        Images = images;
        _own.UnionWith([map, pool, pool.Of, convolution]);
        _layers.Add(new("conv1", "bn1", convolution));
        return Check(convolution, convolution.Window, 7, 2) && Check(pool, pool.Window, 3, 2);
    }

    // A sum's two sides: the branch is the one with more convolutions.
    private Block? ReadBlock(OnnxSum sum)
    {
        (List<OnnxConvolution> Chain, OnnxMap Start) first = ReadChain(sum.First);
        (List<OnnxConvolution> Chain, OnnxMap Start) second = ReadChain(sum.Second);
        (List<OnnxConvolution> branch, List<OnnxConvolution> shortcut) = first.Chain.Count > second.Chain.Count
            ? (first.Chain, second.Chain) : (second.Chain, first.Chain);
        if (first.Start != second.Start || shortcut.Count > 1 || branch.Count is not (BasicConvolutions or BottleneckConvolutions))
        {
            Fail($"the block that ends at {sum.Place} is no branch of two or three convolutions beside a shortcut of one or none: its " +
                $"sides have {first.Chain.Count} and {second.Chain.Count}, from {first.Start.Place} and {second.Start.Place}");
            return null;
        }

        _own.UnionWith(branch);
        _own.UnionWith(shortcut);
        _own.UnionWith(branch.Select(convolution => convolution.Input));
        return new(sum, first.Start, branch, shortcut.FirstOrDefault());
    }

    // Convolutions with ReLU between them, back to what they start from; in the graph's order.
    private static (List<OnnxConvolution> Chain, OnnxMap Start) ReadChain(OnnxMap end)
    {
        List<OnnxConvolution> chain = [];
        OnnxMap map = end;
        while ((chain.Count == 0 ? map : (map as OnnxRectified)?.Of) is OnnxConvolution convolution)
        {
            chain.Add(convolution);
            map = convolution.Input;
        }

        chain.Reverse();
        return (chain, map);
    }

    // A stage is a row of blocks of one width.
    private bool Name(List<Block> blocks)
    {
        int stage = 0;
        int index = 0;
        for (int i = 0; i < blocks.Count; i++, index++)
        {
            if (i == 0 || blocks[i].Width != blocks[i - 1].Width)
            {
                stage++;
                index = 0;
            }

            if (!Name(blocks[i], stage, index))
            {
                return false;
            }
        }

        return stage == Stages || Fail(
            $"its {blocks.Count} residual blocks are of {stage} widths " +
            $"({string.Join(", ", blocks.Select(block => block.Width).Distinct())}), not of {Stages}");
    }

    private bool Name(Block block, int stage, int index)
    {
        string start = string.Create(CultureInfo.InvariantCulture, $"layer{stage}.{index}.");
        int stride = index == 0 && stage > 1 ? 2 : 1;
        bool isBottleneck = block.Branch.Count == BottleneckConvolutions;
        for (int i = 0; i < block.Branch.Count; i++)
        {
            OnnxConvolution convolution = block.Branch[i];
            bool isStrided = i == (isBottleneck ? 1 : 0);
            if (!Check(convolution, convolution.Window, isBottleneck && i != 1 ? 1 : 3, isStrided ? stride : 1))
            {
                return false;
            }

            _layers.Add(new($"{start}conv{i + 1}", $"{start}bn{i + 1}", convolution));
        }

        if (block.Shortcut is { } shortcut)
        {
            _layers.Add(new($"{start}downsample.0", $"{start}downsample.1", shortcut));
            return Check(shortcut, shortcut.Window, 1, stride);
        }

        return true;
    }

    // On a map whose sides are multiples of the stride, a window that starts one pixel later never comes to the last row of pads.
    private bool Check(OnnxMap map, OnnxWindow window, long kernel, long stride)
    {
        (long, long) expected = (kernel / 2, kernel / 2);
        (long, long) shorter = stride > 1 && kernel > 1 ? ((kernel / 2) - 1, (kernel / 2) - 1) : expected;
        string? difference = window.Kernel != (kernel, kernel) ? $"a kernel of {Text(window.Kernel)} instead of {Text((kernel, kernel))}"
            : window.Stride != (stride, stride) ? $"strides of {Text(window.Stride)} instead of {Text((stride, stride))}"
            : window.Dilation != (1, 1) ? $"a dilation of {Text(window.Dilation)}"
            : window.Groups != 1 ? $"{window.Groups} groups"
            : window.PadsBefore != expected
                ? $"{Text(window.PadsBefore)} pads above and left instead of {Text(expected)}, as TensorFlow's SAME has"
            : window.PadsAfter != expected && window.PadsAfter != shorter || (window.RoundsUp && window.PadsAfter != shorter)
                ? $"{Text(window.PadsAfter)} pads below and right instead of {Text(expected)}"
            : null;
        return difference is null || Fail($"{map.Place} has {difference}");
    }

    // What is not a layer must be a classifier on the last map.
    private bool CheckRest(OnnxMap end)
    {
        OnnxMap? other = _trace.Stranger ?? _trace.Maps.FirstOrDefault(map =>
            !_own.Contains(map) && map is not (OnnxImages or OnnxNumbers) && !(map is OnnxHead head && head.Of == end));
        return other is null || Fail($"{other.Place} is none of its layers, nor of a classifier behind the last of them");
    }

    private sealed record Block(OnnxSum Sum, OnnxMap Input, List<OnnxConvolution> Branch, OnnxConvolution? Shortcut)
    {
        public int Width => Branch[^1].Outputs;
    }
}
