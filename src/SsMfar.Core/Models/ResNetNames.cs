using System.Globalization;

namespace SsMfar.Models;

/// <summary>
/// Where in a file a ResNet's tensors are, and what they are called there: torchvision's names (which timm's are too), or the numbers that
/// <c>nn.Sequential(*resnet.children())</c> gives the same layers; behind any prefix.
/// </summary>
internal sealed class ResNetNames
{
    private const string FirstConvolution = "conv1.weight";
    private const string FirstBlock = "layer1.0.conv1.weight";
    private const string FirstConvolutionByNumber = "0.weight";
    private const string FirstBlockByNumber = "4.0.conv1.weight";
    private const int NamesShown = 5;

    // Where weights are, if there is a choice: not the average beside them, nor the teacher.
    private static readonly string[] Sections = ["state_dict", "model_state_dict", "model_state", "model", "network", "net", "weights"];

    private static readonly (string Layer, string Number)[] Numbers =
        [("conv1", "0"), ("bn1", "1"), ("layer1", "4"), ("layer2", "5"), ("layer3", "6"), ("layer4", "7")];

    private readonly bool _byNumber;

    private ResNetNames(string prefix, bool byNumber)
    {
        Prefix = prefix;
        _byNumber = byNumber;
    }

    /// <summary>What every name starts with in the file.</summary>
    internal string Prefix { get; }

    /// <summary>Finds the network, or takes the prefix that the caller names.</summary>
    /// <exception cref="WeightFileException">There is no such network in the file, or more than one.</exception>
    internal static ResNetNames Find(WeightFile file, string? prefix)
    {
        if (prefix is not null)
        {
            return Behind(file, prefix.Length == 0 || prefix.EndsWith('.') ? prefix : prefix + ".");
        }

        var found = file.Keys.Select(key => Candidate(file, key)).OfType<ResNetNames>().ToList();
        var preferred = found.GroupBy(names => Array.IndexOf(Sections, names.Prefix.Split('.')[0])).Where(group => group.Key >= 0)
            .MinBy(group => group.Key)?.ToList();
        if (found.Count == 0 && file.Unsupported.Keys.Order(StringComparer.Ordinal).FirstOrDefault() is { } unreadable)
        {
            file.RequireSupported(unreadable);
        }

        return (found, preferred) switch
        {
            ([var only], _) => only,
            (_, [var only]) => only,
            ([], _) => throw new WeightFileException(
                file.Path,
                null,
                $"no ResNet is in it: no tensors are called {FirstConvolution} and {FirstBlock}, with or without a prefix. Its {file.Entries.Count} tensors are {Some(file.Keys)}",
                "Give the weights of a ResNet with torchvision's names, or the prefix of its names"),
            _ => throw new WeightFileException(
                file.Path, null, $"it holds more than one network: the names start with '{string.Join("', '", found.Select(names => names.Prefix))}'",
                $"Say which with {nameof(PretrainedOptions)}.{nameof(PretrainedOptions.Prefix)}"),
        };
    }

    /// <summary>Whether something in the file looks like a ResNet's first convolution.</summary>
    internal static bool HasAny(WeightFile file) => file.Keys.Any(key => Candidate(file, key) is not null);

    /// <summary>What a tensor of the network is called in the file.</summary>
    /// <param name="name">Its name in the network, which is torchvision's.</param>
    internal string InFile(string name)
    {
        if (!_byNumber)
        {
            return Prefix + name;
        }

        int dot = name.IndexOf('.', StringComparison.Ordinal);
        return Prefix + Numbers.First(pair => pair.Layer == name[..dot]).Number + name[dot..];
    }

    /// <summary>The depth of the network in the file: 18, 34 or 50; 0 where it is none of them.</summary>
    internal int Depth(WeightFile file)
    {
        return (Has("layer1.0.conv3"), Has("layer1.2.conv1"), Has("layer3.5.conv1"), Has("layer3.6.conv1"), Has("layer1.1.conv1")) switch
        {
            (true, true, true, false, _) => 50,
            (false, true, true, false, _) => 34,
            (false, false, false, false, true) => 18,
            _ => 0,
        };

        bool Has(string layer) => file.Entries.ContainsKey(InFile(layer + ".weight"));
    }

    /// <summary>The first few of many names.</summary>
    internal static string Some(IEnumerable<string> names)
    {
        var all = names.ToList();
        string more = all.Count > NamesShown ? string.Create(CultureInfo.InvariantCulture, $" and {all.Count - NamesShown} more") : "";
        return all.Count == 0 ? "none" : string.Join(", ", all.Take(NamesShown)) + more;
    }

    private static ResNetNames Behind(WeightFile file, string prefix) => new(
        prefix, !file.Entries.ContainsKey(prefix + FirstConvolution) && file.Entries.ContainsKey(prefix + FirstBlockByNumber));

    // A block has a conv1 too, but no layers beside it.
    private static ResNetNames? Candidate(WeightFile file, string key) =>
        Before(key, FirstConvolution) is { } prefix && file.Entries.ContainsKey(prefix + FirstBlock) ? new(prefix, byNumber: false)
        : Before(key, FirstConvolutionByNumber) is { } numbered && file.Entries.ContainsKey(numbered + FirstBlockByNumber) ? new(numbered, byNumber: true)
        : null;

    private static string? Before(string key, string name) =>
        key.EndsWith(name, StringComparison.Ordinal) && (key.Length == name.Length || key[^(name.Length + 1)] == '.') ? key[..^name.Length] : null;
}
