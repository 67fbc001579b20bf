using System.Collections.Immutable;
using SsMfar.Imaging;
using SsMfar.Runtime;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Models;

/// <summary>
/// Weights to start training from: a safetensors file or one that PyTorch's <c>torch.save</c> wrote, with torchvision's names (which timm's
/// ResNets have too), alone or among a checkpoint's dictionaries, behind any prefix such as <c>state_dict.module.</c>, with or without
/// <c>fc.*</c>. The published SS-MFAR checkpoint's backbone, whose layers have numbers, is understood as well;
/// <see cref="PublishedCheckpoint"/> reads the whole of it.
/// <para>
/// The network that they are loaded into always takes RGB. For weights trained on BGR images the first convolution's input channels are
/// flipped while loading; <see cref="AdaptPreprocessing"/> gives the normalisation that goes with it. The two together compute what the
/// unchanged weights compute on BGR images.
/// </para>
/// </summary>
public sealed class PretrainedWeights
{
    private const string FirstConvolution = "conv1.weight";

    private readonly PretrainedFormat _format;

    // Whether the numbers of the input were named; if not, they are ImageNet's, plane by plane.
    private readonly bool _isInputNamed;

    private PretrainedWeights(string path, ChannelOrder channelOrder, PretrainedOptions? options, PretrainedFormat format)
        : this(path, PretrainedInput.ByPlane(channelOrder, new()), options, format) => _isInputNamed = false;

    private PretrainedWeights(string path, PretrainedInput input, PretrainedOptions? options, PretrainedFormat format)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(input);
        input.Validate(nameof(input));
        Path = path;
        Input = input;
        Options = options ?? new();
        _format = format;
        _isInputNamed = true;
    }

    /// <summary>Gets the file.</summary>
    public string Path { get; }

    /// <summary>Gets the order of the images that the weights were trained on.</summary>
    public ChannelOrder ChannelOrder => Input.ChannelOrder;

    /// <summary>
    /// Gets the images that the weights were trained on. Where only their order was named, they are ImageNet's, plane by plane.
    /// </summary>
    public PretrainedInput Input { get; }

    /// <summary>Gets how the file's tensors are put onto a network.</summary>
    public PretrainedOptions Options { get; }

    /// <summary>
    /// Names a safetensors or PyTorch file as the source of weights; its content tells which. It is opened when the weights are loaded.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="channelOrder">
    /// The order of the images that the weights were trained on; a property of the weights, not of the data.
    /// </param>
    /// <param name="options">Prefix, and whether part of the network suffices; the defaults when null.</param>
    /// <exception cref="ArgumentOutOfRangeException">The order is none of the enumeration.</exception>
    public static PretrainedWeights FromFile(string path, ChannelOrder channelOrder, PretrainedOptions? options = null) =>
        new(path, channelOrder, options, PretrainedFormat.Any);

    /// <summary>
    /// As <see cref="FromFile(string, ChannelOrder, PretrainedOptions?)"/>, and a file of another format than safetensors is refused.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="channelOrder">The order of the images that the weights were trained on.</param>
    /// <param name="options">Prefix, and whether part of the network suffices; the defaults when null.</param>
    /// <exception cref="ArgumentOutOfRangeException">The order is none of the enumeration.</exception>
    public static PretrainedWeights FromSafetensors(string path, ChannelOrder channelOrder, PretrainedOptions? options = null) =>
        new(path, channelOrder, options, PretrainedFormat.Safetensors);

    /// <summary>
    /// As <see cref="FromFile(string, ChannelOrder, PretrainedOptions?)"/>, and a file that <c>torch.save</c> did not write is
    /// refused. PyTorch is not needed, and nothing in the file is executed.
    /// </summary>
    /// <param name="path">The file, often named <c>.pth</c>, <c>.pt</c>, <c>.tar</c> or <c>.bin</c>.</param>
    /// <param name="channelOrder">The order of the images that the weights were trained on.</param>
    /// <param name="options">Prefix, and whether part of the network suffices; the defaults when null.</param>
    /// <exception cref="ArgumentOutOfRangeException">The order is none of the enumeration.</exception>
    public static PretrainedWeights FromPyTorch(string path, ChannelOrder channelOrder, PretrainedOptions? options = null) =>
        new(path, channelOrder, options, PretrainedFormat.PyTorch);

    /// <summary>
    /// As <see cref="FromFile(string, ChannelOrder, PretrainedOptions?)"/>, for weights that were trained on images of another scale,
    /// or with other numbers.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="input">The images that the weights were trained on.</param>
    /// <param name="options">Prefix, and whether part of the network suffices; the defaults when null.</param>
    /// <exception cref="ArgumentException">A number of the input cannot be.</exception>
    public static PretrainedWeights FromFile(string path, PretrainedInput input, PretrainedOptions? options = null) =>
        new(path, input, options, PretrainedFormat.Any);

    /// <summary>
    /// Names an ONNX model as the source of weights. The network is found by the form of its graph, whatever the names: a ResNet as
    /// torchvision has it, with batch norms of their own, folded into the convolutions, or taken apart, in either layout, with or without a
    /// classifier, which is left out. A folded norm becomes one of mean 0 and deviation 1: the network computes the same, but a training
    /// that normalises by its batches starts from a changed one. What the graph itself does to the images (to subtract, to divide) becomes
    /// part of the model's normalisation. The file is opened when the weights are loaded, and when a training asks for their normalisation.
    /// </summary>
    /// <param name="path">The model. Tensors that lie in other files are read from its own folder alone.</param>
    /// <param name="input">The images that enter the graph, such as <see cref="PretrainedInput.ImageNet"/>.</param>
    /// <param name="options">Whether part of the network suffices; the defaults when null. A prefix is of no use.</param>
    /// <exception cref="ArgumentException">A number of the input cannot be.</exception>
    public static PretrainedWeights FromOnnx(string path, PretrainedInput input, PretrainedOptions? options = null) =>
        new(path, input, options, PretrainedFormat.Onnx);

    /// <summary>
    /// The preprocessing for a network that these weights were loaded into: RGB planes; for BGR weights with the means and deviations
    /// of red and blue exchanged.
    /// </summary>
    /// <param name="positional">
    /// The preprocessing as the weights were trained with it: <c>Red</c>, <c>Green</c> and <c>Blue</c> hold the numbers applied to their
    /// first, second and third input plane. (Many BGR weights were trained with ImageNet's RGB numbers in that order, on BGR planes.)
    /// </param>
    internal ImagePreprocessing AdaptPreprocessing(ImagePreprocessing positional)
    {
        ArgumentNullException.ThrowIfNull(positional);
        PretrainedInput input = _isInputNamed ? Input : PretrainedInput.ByPlane(ChannelOrder, positional);
        (ChannelValues mean, ChannelValues deviation, _) = input.Normalization(PretrainedFile.ReadImages(Path, _format, _isInputNamed));
        return positional with { ChannelOrder = ChannelOrder.Rgb, Mean = mean, StandardDeviation = deviation };
    }

    /// <summary>What a run says of these weights: the file, and what they were trained on.</summary>
    internal string Describe() =>
        $"{System.IO.Path.GetFileName(Path)} ({(_isInputNamed ? Input.ToString() : ChannelOrder.ToString())})";

    /// <summary>
    /// The built-in backbone that the file holds, told by its tensors' names; null where it holds none, a deeper one, or one with other
    /// layers besides. Shapes are not looked at: <see cref="Compare(ResNet)"/> does.
    /// </summary>
    /// <exception cref="ModelFileException">The file is damaged, or has several networks and no prefix was named.</exception>
    public BackboneFactory? DetectBackbone()
    {
        using var file = PretrainedFile.Open(Path, _format, orAsItIs: true);
        if (!ResNetNames.HasAny(file) && Options.Prefix is null)
        {
            return null;
        }

        ResNetNames names = ResNetNames.Find(file, Options.Prefix);
        int depth = names.Depth(file);
        BackboneFactory? backbone = depth switch
        {
            18 => BackboneFactory.ResNet18,
            34 => BackboneFactory.ResNet34,
            50 => BackboneFactory.ResNet50,
            _ => null,
        };
        return backbone is null || !Foreign(file, names, ResNetNames.Of(depth)).IsEmpty ? null : backbone;
    }

    /// <summary>Says how the file fits a network, and changes nothing.</summary>
    /// <param name="network">The network.</param>
    /// <exception cref="ModelFileException">The file is damaged, or no prefix was named and it has no ResNet or several.</exception>
    public PretrainedReport Compare(ResNet network)
    {
        ArgumentNullException.ThrowIfNull(network);
        using var file = PretrainedFile.Open(Path, _format);
        return Compare(file, ResNetNames.Find(file, Options.Prefix), network.state_dict());
    }

    /// <summary>Loads the weights; device, memory layout and identity of the network's parameters stay.</summary>
    /// <param name="network">The network.</param>
    /// <returns>Which tensors were used and which were not.</returns>
    /// <exception cref="ModelFileException">
    /// The file is damaged, lacks a tensor (named), has one of another shape (named, with both shapes), or holds another network, which
    /// has more in its layers or more layers (named); the latter three unless <see cref="PretrainedOptions.AllowPartial"/>. Or a tensor
    /// that would be loaded holds NaN or infinity (named). All of it is checked before the network is changed.
    /// </exception>
    public PretrainedReport LoadInto(ResNet network)
    {
        ArgumentNullException.ThrowIfNull(network);
        using var file = PretrainedFile.Open(Path, _format);
        OnnxImages? images = PretrainedFile.Images(file, _isInputNamed);
        return LoadInto(network, file, Options, Input.OrderAfter(images), Input.Normalization(images).Factor);
    }

    /// <summary>Loads a backbone from a file that is open.</summary>
    internal static PretrainedReport LoadInto(
        ResNet network, WeightFile file, PretrainedOptions options, ChannelOrder channelOrder, ChannelValues? factor = null)
    {
        var names = ResNetNames.Find(file, options.Prefix);
        var state = network.state_dict();
        var report = Compare(file, names, state);
        if (!options.AllowPartial)
        {
            RequireSame(file, names, network.Depth, report, state);
        }
        else if (!report.Matched.Contains(FirstConvolution)
            && (channelOrder == ChannelOrder.Bgr || factor is not null || report.Matched.IsEmpty))
        {
            throw new ModelFileException(
                file.Path, names.InFile(
                    FirstConvolution), $"the file has no such tensor that fits a ResNet-{network.Depth}, and the channel order depends " +
                        "on it",
                "Use weights that have the first convolution, or check the prefix");
        }

        foreach (string name in report.Matched)
        {
            file.CheckFinite(names.InFile(name), state[name].dtype);
        }

        foreach (string name in report.Matched)
        {
            file.ReadInto(names.InFile(name), state[name]);
        }

        Turn(state[FirstConvolution], channelOrder, factor);
        return report;
    }

    // The first convolution, from the planes that it was trained on to normalised RGB.
    private static void Turn(torch.Tensor weight, ChannelOrder channelOrder, ChannelValues? factor)
    {
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        if (channelOrder == ChannelOrder.Bgr)
        {
            weight.copy_(weight.flip(1));
        }

        if (factor is { } values)
        {
            double[] factors = [values.Red, values.Green, values.Blue];
            weight.mul_(Transfers.ToDevice(factors, [1, OnnxImages.Planes, 1, 1], weight.dtype, weight.device));
        }
    }

    private static void RequireSame(WeightFile file, ResNetNames names, int depth, PretrainedReport report, Dictionary<string,
        torch.Tensor> state)
    {
        string foreign = report.Foreign.IsEmpty
            ? "" : $"{TensorNames.Some(report.Foreign)} {(report.Foreign.Length == 1 ? "has" : "have")} no place in it";
        if (names.Depth(file) is not 0 and var held && held != depth)
        {
            throw new ModelFileException(
                file.Path, null, $"it holds a ResNet-{held}, but a ResNet-{depth} is needed{(foreign.Length > 0 ? $": {foreign}" : "")}",
                "Choose the other backbone, or other weights");
        }

        StateReader.RequireNone(file, [.. report.Missing], $"for a ResNet-{depth} the file lacks");
        foreach (var tensor in report.Mismatched)
        {
            file.CheckFits(tensor.InFile.Name, state[tensor.Name]);
        }

        if (foreign.Length > 0)
        {
            throw new ModelFileException(
                file.Path, report.Foreign[0], $"it holds another network than a ResNet-{depth}: {foreign}",
                    "Give the weights of the plain network");
        }
    }

    private static ImmutableArray<string> Foreign(WeightFile file, ResNetNames names, IEnumerable<string> own)
    {
        var expected = own.Select(names.InFile).ToHashSet(StringComparer.Ordinal);
        return [.. file.Entries.Values.Where(entry => !expected.Contains(entry.Name) && names.IsForeign(entry, file)).Select(entry =>
            entry.Name).Order(StringComparer.Ordinal)];
    }

    private static PretrainedReport Compare(WeightFile file, ResNetNames names, Dictionary<string, torch.Tensor> state)
    {
        var pairs = state.Keys.Order(StringComparer.Ordinal)
            .Select(name => (Name: name, InFile: file.Entries.GetValueOrDefault(names.InFile(name))))
            .ToList();
        var expected = pairs.Select(pair => names.InFile(pair.Name)).ToHashSet(StringComparer.Ordinal);
        ImmutableArray<string> foreign = Foreign(file, names, state.Keys);
        foreach (var (name, _) in pairs.Where(pair => !ResNetNames.IsCounter(pair.Name)))
        {
            file.RequireSupported(names.InFile(name));
        }

        return new PretrainedReport
        {
            Prefix = names.Prefix,
            Matched = [.. pairs.Where(pair => pair.InFile is { } entry && WeightFile.Fits(entry, state[pair.Name]))
                .Select(pair => pair.Name)],
            Missing = [.. pairs.Where(pair => pair.InFile is null && !ResNetNames.IsCounter(pair.Name)).Select(pair => pair.Name)],
            Unexpected = [.. file.Keys.Concat(file.Unsupported.Keys).Where(key => !expected.Contains(key)).Except(foreign)
                .Order(StringComparer.Ordinal)],
            Foreign = foreign,
            Mismatched =
            [
                .. pairs.Where(pair => pair.InFile is { } entry && !WeightFile.Fits(entry, state[pair.Name]))
                    .Select(pair => new MismatchedTensor(pair.Name, pair.InFile!, [.. state[pair.Name].shape])),
            ],
        };
    }
}
