using System.Globalization;
using SsMfar.Weights;

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
    private const int BottleneckDepth = 50;

    // Where weights are, if there is a choice: not the average beside them, nor the teacher.
    private static readonly string[] Sections = ["state_dict", "model_state_dict", "model_state", "model", "network", "net", "weights"];

    private static readonly (string Layer, string Number)[] Numbers =
        [("conv1", "0"), ("bn1", "1"), ("layer1", "4"), ("layer2", "5"), ("layer3", "6"), ("layer4", "7")];

    // Blocks in each stage, by depth. Of the last two there is no network here, but they are told by their names.
    private static readonly (int Depth, int[] Blocks)[] Depths =
        [(18, [2, 2, 2, 2]), (34, [3, 4, 6, 3]), (50, [3, 4, 6, 3]), (101, [3, 4, 23, 3]), (152, [3, 8, 36, 3])];

    // What a classifier's layers are called, wherever in the name; what others call them only matters where they are convolutions.
    private static readonly string[] HeadWords = ["fc", "head", "classif", "linear", "logit"];

    // What batch norms and profilers (thop) count; no number that a network computes with.
    private static readonly string[] Counters = ["num_batches_tracked", "total_ops", "total_params"];

    private static readonly string[] NormParts = ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"];

    private readonly bool _byNumber;

    private ResNetNames(string prefix, bool byNumber)
    {
        Prefix = prefix;
        _byNumber = byNumber;
    }

    /// <summary>Gets what every name starts with in the file.</summary>
    public string Prefix { get; }

    /// <summary>Finds the network, or takes the prefix that the caller names.</summary>
    /// <exception cref="ModelFileException">There is no such network in the file, or more than one.</exception>
    public static ResNetNames Find(WeightFile file, string? prefix)
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
            ([], _) => throw new ModelFileException(
                file.Path,
                null,
                $"no ResNet is in it: no tensors are called {FirstConvolution} and {FirstBlock}, with or without a prefix. Its " +
                    $"{file.Entries.Count} tensors are {TensorNames.Some(file.Keys)}",
                "Give the weights of a ResNet with torchvision's names, or the prefix of its names"),
            _ => throw new ModelFileException(
                file.Path, null, $"it holds more than one network: the names start with " +
                    $"'{string.Join("', '", found.Select(names => names.Prefix))}'",
                $"Say which with {nameof(PretrainedOptions)}.{nameof(PretrainedOptions.Prefix)}"),
        };
    }

    /// <summary>Whether something in the file looks like a ResNet's first convolution.</summary>
    public static bool HasAny(WeightFile file) => file.Keys.Any(key => Candidate(file, key) is not null);

    /// <summary>What a tensor of the network is called in the file.</summary>
    /// <param name="name">Its name in the network, which is torchvision's.</param>
    public string InFile(string name)
    {
        if (!_byNumber)
        {
            return Prefix + name;
        }

        int dot = name.IndexOf('.', StringComparison.Ordinal);
        return Prefix + Numbers.First(pair => pair.Layer == name[..dot]).Number + name[dot..];
    }

    /// <summary>The depth of the network in the file: 18, 34, 50, 101 or 152; 0 where it is none of them.</summary>
    public int Depth(WeightFile file)
    {
        foreach ((int depth, int[] blocks) in Depths)
        {
            // The first and third stage suffice, so that a file that lacks something of the others is told as what it lacks that of.
            if (Has("layer1.0.conv3") == depth >= BottleneckDepth && HasStage(1, blocks[0]) && HasStage(3, blocks[2]))
            {
                return depth;
            }
        }

        return 0;

        bool HasStage(int stage, int count) => Has(Block(stage, count - 1)) && !Has(Block(stage, count));

        bool Has(string layer) => file.Entries.ContainsKey(InFile(layer + ".weight"));

        static string Block(int stage, int index) => string.Create(CultureInfo.InvariantCulture, $"layer{stage}.{index}.conv1");
    }

    /// <summary>
    /// Whether a tensor of the file that a network of these names has no place for makes the file's network another one: it is inside of
    /// the network's own layers (the gate of a squeeze-and-excitation block, a convolution's bias, a further block), or a layer beyond
    /// them. Heads, counters and what belongs to another network beside this one do not.
    /// </summary>
    public bool IsForeign(WeightEntry entry, WeightFile file)
    {
        if (!entry.Name.StartsWith(Prefix, StringComparison.Ordinal) || Counters.Any(counter => IsCalled(entry.Name, counter)))
        {
            return false;
        }

        string name = entry.Name[Prefix.Length..];
        string layer = name.Split('.')[0];
        if (Numbers.Any(own => layer == (_byNumber ? own.Number : own.Layer)))
        {
            return true;
        }

        bool isStage = !_byNumber && layer.StartsWith("layer", StringComparison.Ordinal)
            && int.TryParse(layer.AsSpan("layer".Length), out _);
        bool isConvolution = entry.Shape.Length > 2 && !HeadWords.Any(word => layer.Contains(word, StringComparison.OrdinalIgnoreCase));
        return (isStage || isConvolution) && !Others(file).Any(other => entry.Name.StartsWith(other, StringComparison.Ordinal))
            && !IsOptimizer(layer);
    }

    /// <summary>Whether a tensor is one of those that count batches or operations.</summary>
    public static bool IsCounter(string name) => Counters.Any(counter => IsCalled(name, counter));

    /// <summary>The names of a network's tensors, counters included, in no order.</summary>
    /// <param name="depth">18, 34 or 50.</param>
    public static IEnumerable<string> Of(int depth)
    {
        int[] blocks = Depths.First(known => known.Depth == depth).Blocks;
        int convolutions = depth >= BottleneckDepth ? 3 : 2;
        return Pair("conv1", "bn1").Concat(
            from stage in Enumerable.Range(1, blocks.Length)
            from block in Enumerable.Range(0, blocks[stage - 1])
            let start = string.Create(CultureInfo.InvariantCulture, $"layer{stage}.{block}.")
            let hasShortcut = block == 0 && (stage > 1 || depth >= BottleneckDepth)
            from name in Enumerable.Range(1, convolutions).SelectMany(i => Pair($"{start}conv{i}", $"{start}bn{i}"))
                .Concat(hasShortcut ? Pair($"{start}downsample.0", $"{start}downsample.1") : [])
            select name);

        static IEnumerable<string> Pair(string convolution, string norm) =>
            [$"{convolution}.weight", .. NormParts.Select(part => $"{norm}.{part}")];
    }

    private static ResNetNames Behind(WeightFile file, string prefix) => new(
        prefix, !file.Entries.ContainsKey(prefix + FirstConvolution) && file.Entries.ContainsKey(prefix + FirstBlockByNumber));

    private static bool IsOptimizer(string layer) => layer.StartsWith("optim", StringComparison.OrdinalIgnoreCase);

    private static bool IsCalled(string name, string last) =>
        name.EndsWith(last, StringComparison.Ordinal) && (name.Length == last.Length || name[^(last.Length + 1)] == '.');

    // The networks beside this one, such as a teacher, that its prefix (often empty) does not tell from it.
    private IEnumerable<string> Others(WeightFile file) =>
        file.Keys.Select(key => Candidate(file, key)?.Prefix).Where(other => other is not null
            && other.Length > Prefix.Length).Select(other => other!);

    // A block has a conv1 too, but no layers beside it.
    private static ResNetNames? Candidate(WeightFile file, string key) =>
        Before(key, FirstConvolution) is { } prefix && file.Entries.ContainsKey(prefix + FirstBlock) ? new(prefix, byNumber: false)
        : Before(key, FirstConvolutionByNumber) is { } numbered && file.Entries.ContainsKey(numbered + FirstBlockByNumber) ?
            new(numbered, byNumber: true)
        :
            null;

    private static string? Before(string key, string name) =>
        key.EndsWith(name, StringComparison.Ordinal) && (key.Length == name.Length || key[^(name.Length + 1)] == '.') ?
            key[..^name.Length] :
            null;
}
