using SsMfar.Imaging;
using TorchSharp;

namespace SsMfar.Models;

/// <summary>
/// Weights to start training from: a safetensors file with torchvision's names, with or without <c>fc.*</c> and
/// <c>num_batches_tracked</c>, and with or without the prefixes <c>module.</c> and <c>backbone.</c>.
/// <para>
/// The network that they are loaded into always takes RGB. For weights trained on BGR images the first convolution's input channels are
/// flipped while loading; <see cref="AdaptPreprocessing"/> gives the normalisation that goes with it. The two together compute what the
/// unchanged weights compute on BGR images.
/// </para>
/// </summary>
public sealed class PretrainedWeights
{
    private const string FirstConvolution = "conv1.weight";
    private const string BatchCounter = "num_batches_tracked";
    private static readonly string[] Prefixes = ["module.", "backbone."];

    private PretrainedWeights(string path, ChannelOrder channelOrder)
    {
        Path = path;
        ChannelOrder = channelOrder;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The order of the images that the weights were trained on.</summary>
    public ChannelOrder ChannelOrder { get; }

    /// <summary>Names a safetensors file as the source of weights. It is opened when the weights are loaded.</summary>
    /// <param name="path">The file.</param>
    /// <param name="channelOrder">The order of the images that the weights were trained on; a property of the weights, not of the data.</param>
    /// <exception cref="ArgumentOutOfRangeException">The order is none of the enumeration.</exception>
    public static PretrainedWeights FromSafetensors(string path, ChannelOrder channelOrder)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Enum.IsDefined(channelOrder)
            ? new PretrainedWeights(path, channelOrder)
            : throw new ArgumentOutOfRangeException(nameof(channelOrder), channelOrder, "The channel order is Rgb or Bgr.");
    }

    /// <summary>
    /// The preprocessing for a network that these weights were loaded into: RGB planes; for BGR weights with the means and deviations
    /// of red and blue exchanged.
    /// </summary>
    /// <param name="positional">
    /// The preprocessing as the weights were trained with it: <c>Red</c>, <c>Green</c> and <c>Blue</c> hold the numbers applied to their
    /// first, second and third input plane. (Many BGR weights were trained with ImageNet's RGB numbers in that order, on BGR planes.)
    /// </param>
    public ImagePreprocessing AdaptPreprocessing(ImagePreprocessing positional)
    {
        ArgumentNullException.ThrowIfNull(positional);
        return ChannelOrder == ChannelOrder.Rgb
            ? positional with { ChannelOrder = ChannelOrder.Rgb }
            : positional with
            {
                ChannelOrder = ChannelOrder.Rgb,
                Mean = Reverse(positional.Mean),
                StandardDeviation = Reverse(positional.StandardDeviation),
            };
    }

    /// <summary>Loads the weights; device, memory layout and identity of the network's parameters stay.</summary>
    /// <param name="network">The network.</param>
    /// <returns>Which tensors were used and which were not.</returns>
    /// <exception cref="WeightFileException">
    /// The file is damaged, lacks a tensor (named), or has one of another shape (named, with both shapes). Names, shapes and types are
    /// checked before the network is changed.
    /// </exception>
    public PretrainedReport LoadInto(ResNet network)
    {
        ArgumentNullException.ThrowIfNull(network);
        using var reader = SafetensorsReader.Open(Path);
        var state = network.state_dict();
        var (sources, unexpected) = Match(reader, state);
        StateReader.RequireNone(
            reader, [.. state.Keys.Where(name => !sources.ContainsKey(name) && !IsCounter(name))], $"for a ResNet-{network.Depth} the file lacks");
        foreach (var (name, key) in sources)
        {
            reader.CheckFits(key, state[name]);
        }

        foreach (var (name, key) in sources)
        {
            reader.ReadInto(key, state[name]);
        }

        if (ChannelOrder == ChannelOrder.Bgr)
        {
            using var noGradient = torch.no_grad();
            using var scope = torch.NewDisposeScope();
            state[FirstConvolution].copy_(state[FirstConvolution].flip(1));
        }

        return new PretrainedReport([.. sources.Keys.Order(StringComparer.Ordinal)], [.. unexpected.Order(StringComparer.Ordinal)]);
    }

    private static (Dictionary<string, string> Sources, List<string> Unexpected) Match(
        SafetensorsReader reader, Dictionary<string, torch.Tensor> state)
    {
        var sources = new Dictionary<string, string>(StringComparer.Ordinal);
        var unexpected = new List<string>();
        foreach (string key in reader.Keys)
        {
            string name = WithoutPrefixes(key);
            if (!state.ContainsKey(name))
            {
                unexpected.Add(key);
            }
            else if (!sources.TryAdd(name, key))
            {
                throw new WeightFileException(
                    reader.Path, key, $"the file also has '{sources[name]}', and both mean {name}", "Keep one of the two in the file");
            }
        }

        return (sources, unexpected);
    }

    private static string WithoutPrefixes(string key)
    {
        while (Array.Find(Prefixes, prefix => key.StartsWith(prefix, StringComparison.Ordinal)) is { } found)
        {
            key = key[found.Length..];
        }

        return key;
    }

    private static bool IsCounter(string name) => name.EndsWith(BatchCounter, StringComparison.Ordinal);

    private static ChannelValues Reverse(ChannelValues values) => new(values.Blue, values.Green, values.Red);
}
