using SsMfar.Imaging;
using SsMfar.Runtime;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Models;

/// <summary>A built-in backbone, and how files of weights fit it.</summary>
internal sealed class PretrainedFit
{
    private readonly NetworkFamily _family;
    private readonly KnownNetwork _network;
    private readonly string _kind;
    private readonly Dictionary<string, torch.Tensor> _state;

    private PretrainedFit(NetworkFamily family, KnownNetwork network, string kind, Dictionary<string, torch.Tensor> state)
    {
        _family = family;
        _network = network;
        _kind = kind;
        _state = state;
    }

    /// <exception cref="ArgumentException">The network is a custom backbone.</exception>
    public static PretrainedFit For(IBackbone network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return NetworkFamily.Of(network) is var (family, known)
            ? new(family, known, network.Description.Kind, network.Module.state_dict())
            : throw new ArgumentException(
                $"'{network.Description.Kind}' is no built-in backbone, and the names of its weights are not known: read them with " +
                    $"{nameof(WeightFile)}.",
                nameof(network));
    }

    /// <summary>How a file fits.</summary>
    public PretrainedReport Compare(WeightFile file, string? prefix) => Compare(file, WeightNames.Find(file, prefix, _family, _network));

    /// <summary>Loads a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="options">Prefix, and whether part of the network suffices.</param>
    /// <param name="channelOrder">The order of the planes that the first convolution was trained on.</param>
    /// <param name="factor">What the planes of normalised RGB are multiplied by to have its scale, or null where it is the same.</param>
    public PretrainedReport Load(WeightFile file, PretrainedOptions options, ChannelOrder channelOrder, ChannelValues? factor = null)
    {
        WeightNames names = WeightNames.Find(file, options.Prefix, _family, _network);
        PretrainedReport report = Compare(file, names);
        string first = _family.FirstConvolution;

        // What the file says of itself holds for a part of it too.
        if (OwnModel.KindOf(file, names.Prefix) is { } kind && kind != _kind)
        {
            throw new ModelFileException(
                file.Path, null, $"it is a model on {kind}, but {_kind} is needed", "Choose the other backbone, or other weights");
        }

        if (!options.AllowPartial)
        {
            RequireSame(file, names, report, options);
        }
        else if (!report.Matched.Contains(first) && (channelOrder == ChannelOrder.Bgr || factor is not null || report.Matched.IsEmpty))
        {
            throw new ModelFileException(
                file.Path, names.InFile(first),
                $"the file has no such tensor that fits {_network.WithArticle}, and the channel order depends on it",
                "Use weights that have the first convolution, or check the prefix");
        }

        foreach (string name in report.Matched)
        {
            file.CheckFinite(names.InFile(name), _state[name].dtype);
        }

        foreach (string name in report.Matched)
        {
            file.ReadInto(names.InFile(name), _state[name]);
        }

        Turn(_state[first], channelOrder, factor);
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

    private void RequireSame(WeightFile file, WeightNames names, PretrainedReport report, PretrainedOptions options)
    {
        if (options.Prefix is { Length: > 0 } && !file.Keys.Any(key => key.StartsWith(names.Prefix, StringComparison.Ordinal)))
        {
            throw new ModelFileException(
                file.Path, names.Prefix, "no tensor's name starts with it", "Use weights that have it, or check the prefix");
        }

        string foreign = options.AllowForeign || report.Foreign.IsEmpty
            ? "" : $"{TensorNames.Some(report.Foreign)} {(report.Foreign.Length == 1 ? "has" : "have")} no place in it";
        if (!options.AllowForeign && names.Held(file) is { } held && held.Title != _network.Title)
        {
            throw new ModelFileException(
                file.Path,
                null,
                $"it holds {held.WithArticle}, but {_network.WithArticle} is needed{(foreign.Length > 0 ? $": {foreign}" : "")}",
                "Choose the other backbone, or other weights");
        }

        StateReader.RequireNone(file, [.. report.Missing.Select(names.InFile)], $"for {_network.WithArticle} the file lacks");
        foreach (var tensor in report.Mismatched)
        {
            file.CheckFits(tensor.InFile.Name, _state[tensor.Name]);
        }

        if (foreign.Length > 0)
        {
            throw new ModelFileException(
                file.Path, report.Foreign[0], $"it holds another network than {_network.WithArticle}: {foreign}",
                    "Give the weights of the plain network");
        }
    }

    private PretrainedReport Compare(WeightFile file, WeightNames names)
    {
        var pairs = _state.Keys.Order(StringComparer.Ordinal)
            .Select(name => (Name: name, InFile: file.Entries.GetValueOrDefault(names.InFile(name))))
            .ToList();
        var expected = pairs.Select(pair => names.InFile(pair.Name)).ToHashSet(StringComparer.Ordinal);
        var foreign = names.Foreign(file, _state.Keys);
        foreach (var (name, _) in pairs.Where(pair => !WeightNames.IsCounter(pair.Name)))
        {
            file.RequireSupported(names.InFile(name));
        }

        return new PretrainedReport
        {
            Prefix = names.Prefix,
            Matched = [.. pairs.Where(pair => pair.InFile is { } entry && WeightFile.Fits(entry, _state[pair.Name]))
                .Select(pair => pair.Name)],
            Missing = [.. pairs.Where(pair => pair.InFile is null && !WeightNames.IsCounter(pair.Name)).Select(pair => pair.Name)],
            Unexpected = [.. file.Keys.Concat(file.Unsupported.Keys).Where(key => !expected.Contains(key)).Except(foreign)
                .Order(StringComparer.Ordinal)],
            Foreign = foreign,
            Mismatched =
            [
                .. pairs.Where(pair => pair.InFile is { } entry && !WeightFile.Fits(entry, _state[pair.Name])
                        && !WeightNames.IsCounter(pair.Name))
                    .Select(pair => new MismatchedTensor(pair.Name, pair.InFile!, [.. _state[pair.Name].shape])),
            ],
        };
    }
}
