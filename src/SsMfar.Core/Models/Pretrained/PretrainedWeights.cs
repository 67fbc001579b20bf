using SsMfar.Imaging;
using SsMfar.Weights;

namespace SsMfar.Models;

/// <summary>
/// Weights to start training from: a safetensors file or one that PyTorch's <c>torch.save</c> wrote, for any built-in backbone, with
/// torchvision's, timm's or insightface's names, alone or among a checkpoint's dictionaries, behind any prefix such as
/// <c>state_dict.module.</c>, with or without classifiers and identity layers. The published SS-MFAR checkpoint's backbone, whose layers
/// have numbers, is understood as well; <see cref="PublishedCheckpoint"/> reads the whole of it.
/// <para>
/// The network that they are loaded into always takes RGB. For weights trained on BGR images the first convolution's input channels are
/// flipped while loading; <see cref="AdaptPreprocessing"/> gives the normalisation that goes with it. The two together compute what the
/// unchanged weights compute on BGR images.
/// </para>
/// </summary>
public sealed class PretrainedWeights
{
    private readonly PretrainedFormat _format;

    // Whether the numbers of the input were named; if not, training takes the backbone's own, plane by plane.
    private readonly bool _isInputNamed;

    private PretrainedWeights(string path, ChannelOrder channelOrder, PretrainedOptions? options, PretrainedFormat format)
        : this(path, PretrainedInput.ByPlane(Known(channelOrder), new()), options, format) => _isInputNamed = false;

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
    /// Gets the images that the weights were trained on. Where only their order was named, these are ImageNet's, plane by plane; a training
    /// then takes those that its backbone is trained with, or that a model file of this library says.
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
    /// <param name="options">Whether part of the network suffices; the defaults when null. A prefix is refused when loading.</param>
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
        using WeightFile? file = File.Exists(Path) ? Open() : null;
        PretrainedInput? own = file is null ? null : OwnInput(file);
        PretrainedInput input = _isInputNamed ? Input : own ?? PretrainedInput.ByPlane(ChannelOrder, positional);
        OnnxImages? images = file is null ? null : PretrainedFile.Images(file, _isInputNamed);
        (ChannelValues mean, ChannelValues deviation, _) = input.Normalization(images);
        return positional with { ChannelOrder = ChannelOrder.Rgb, Mean = mean, StandardDeviation = deviation };
    }

    /// <summary>What a run says of these weights: the file, and what they were trained on.</summary>
    internal string Describe() => $"{System.IO.Path.GetFileName(Path)} ({DescribeInput()})";

    /// <summary>What a run says of the images that they were trained on.</summary>
    internal string DescribeInput() => _isInputNamed ? Input.ToString() : ChannelOrder.ToString();

    /// <summary>
    /// The built-in backbone that the file holds, told by its tensors' names; null where it holds none, a deeper one, or one with other
    /// layers besides. Shapes are not looked at, but for the last width of an EfficientNet: <see cref="Compare(IBackbone)"/> does.
    /// <see cref="BackboneFactory.TfEfficientNetB0"/> and B2 are told as those without <c>tf_</c>, their files being alike, but for model
    /// files of this library, which say it.
    /// </summary>
    /// <exception cref="ModelFileException">The file is damaged, or has several networks and no prefix was named.</exception>
    public BackboneFactory? DetectBackbone()
    {
        using var file = PretrainedFile.Open(Path, _format, orAsItIs: true);
        return WeightNames.Detect(file, Options.Prefix) is { } names && names.Held(file) is { Backbone: { } backbone } network
            && names.Foreign(file, network.Tensors).IsEmpty
            ? OwnModel.KindOf(file, names.Prefix) is { } kind ? BackboneFactory.All.FirstOrDefault(known => known.Name == kind) : backbone
            : null;
    }

    /// <summary>Says how the file fits a network, and changes nothing.</summary>
    /// <param name="network">The network, a built-in backbone.</param>
    /// <exception cref="ArgumentException">The network is a custom backbone, whose names are not known.</exception>
    /// <exception cref="ModelFileException">
    /// The file is damaged, or holds a network of another family; or no prefix was named and it has none of this family, or several.
    /// </exception>
    public PretrainedReport Compare(IBackbone network)
    {
        PretrainedFit fit = PretrainedFit.For(network);
        using WeightFile file = Open();
        return fit.Compare(file, Options.Prefix);
    }

    /// <summary>Loads the weights; device, memory layout and identity of the network's parameters stay.</summary>
    /// <param name="network">The network, a built-in backbone.</param>
    /// <returns>Which tensors were used and which were not.</returns>
    /// <exception cref="ArgumentException">The network is a custom backbone, whose names are not known.</exception>
    /// <exception cref="ModelFileException">
    /// The file is damaged, lacks a tensor (named), has one of another shape (named, with both shapes), or holds another network, which
    /// has more in its layers or more layers (named); the latter three unless <see cref="PretrainedOptions.AllowPartial"/>. Or it holds a
    /// network of another family. Or a tensor that would be loaded holds NaN or infinity (named). All of it is checked before the network
    /// is changed.
    /// </exception>
    public PretrainedReport LoadInto(IBackbone network)
    {
        PretrainedFit fit = PretrainedFit.For(network);
        using WeightFile file = Open();
        PretrainedInput? own = OwnInput(file);
        PretrainedInput input = _isInputNamed ? Input : own ?? Input;
        OnnxImages? images = PretrainedFile.Images(file, _isInputNamed);
        return fit.Load(file, Options, input.OrderAfter(images), input.Normalization(images).Factor);
    }

    /// <summary>Whether a backbone is one that weights can be loaded into.</summary>
    internal static bool CanLoadInto(IBackbone network) => NetworkFamily.Of(network) is not null;

    /// <summary>Loads a backbone from a file that is open.</summary>
    internal static PretrainedReport LoadInto(IBackbone network, WeightFile file, PretrainedOptions options, ChannelOrder channelOrder) =>
        PretrainedFit.For(network).Load(file, options, channelOrder);

    private WeightFile Open()
    {
        WeightFile file = PretrainedFile.Open(Path, _format);
        if (file is not OnnxBackboneFile || Options.Prefix is null)
        {
            return file;
        }

        file.Dispose();
        throw new ModelFileException(
            Path, null, $"the network of an ONNX model is found by its graph, and no names start with '{Options.Prefix}'",
            $"Leave {nameof(PretrainedOptions)}.{nameof(PretrainedOptions.Prefix)} out");
    }

    // A model file knows better than the order that a caller names, or the default.
    private PretrainedInput? OwnInput(WeightFile file) => OwnModel.InputOf(file) is not { } own ? null
        : own.ChannelOrder == ChannelOrder ? own
        : throw new ModelFileException(
            Path, null, $"it is a model that takes {own.ChannelOrder} images, as it says, not {ChannelOrder}",
            $"Give the order {own.ChannelOrder}");

    private static ChannelOrder Known(ChannelOrder channelOrder) => Enum.IsDefined(channelOrder)
        ? channelOrder
        : throw new ArgumentOutOfRangeException(nameof(channelOrder), channelOrder, "The channel order is Rgb or Bgr.");
}
