using System.Collections.Immutable;
using SsMfar.Weights;

namespace SsMfar.Models;

/// <summary>Where in a file a network's tensors are, and what they are called: one of its family's layouts behind any prefix.</summary>
internal sealed class WeightNames
{
    // Where weights are, if there is a choice: not the average beside them, nor the teacher.
    private static readonly string[] Sections = ["state_dict", "model_state_dict", "model_state", "model", "network", "net", "weights"];

    // What batch norms and profilers (thop) count; no number that a network computes with.
    private static readonly string[] Counters = ["num_batches_tracked", "total_ops", "total_params"];

    private WeightNames(string prefix, NetworkFamily family, WeightLayout layout)
    {
        Prefix = prefix;
        Family = family;
        Layout = layout;
    }

    /// <summary>Gets what every name starts with in the file.</summary>
    public string Prefix { get; }

    public NetworkFamily Family { get; }

    public WeightLayout Layout { get; }

    /// <summary>Finds a network, or takes the prefix that the caller names.</summary>
    /// <param name="file">The file.</param>
    /// <param name="prefix">The prefix; null to look for it.</param>
    /// <param name="family">The network's family.</param>
    /// <param name="wanted">The network.</param>
    /// <exception cref="ModelFileException">There is no network of the family in the file, or more than one.</exception>
    public static WeightNames Find(WeightFile file, string? prefix, NetworkFamily family, KnownNetwork wanted)
    {
        if (prefix is not null)
        {
            string start = WithDot(prefix);
            WeightNames? there = At(file, start);
            return there is not null && there.Family != family
                ? throw OtherFamily(file, there, wanted)
                : there ?? Behind(file, start, family);
        }

        List<WeightNames> all = All(file), found = [.. all.Where(names => names.Family == family)];
        if (found.Count == 0 && file.Unsupported.Keys.Order(StringComparer.Ordinal).FirstOrDefault() is { } unreadable)
        {
            file.RequireSupported(unreadable);
        }

        return Choose(file, found) ?? throw (all.Count > 0
            ? OtherFamily(file, all[0], wanted)
            : new ModelFileException(
                file.Path,
                null,
                $"no {family.Name} is in it: no tensors are called " +
                    $"{string.Join(", nor ", family.Layouts.Select(layout => layout.Signature))}, " +
                    $"with or without a prefix. Its {file.Entries.Count} tensors are {TensorNames.Some(file.Keys)}",
                $"Give the weights of {NetworkFamily.WithArticle(family.Name)} with {family.NamedBy} names, or the prefix of its names"));
    }

    /// <summary>The names of a family behind a prefix, whether all or some of them are in the file.</summary>
    public static WeightNames Behind(WeightFile file, string prefix, NetworkFamily family) => new(
        prefix, family, family.Layouts.FirstOrDefault(layout => layout.HasMarks(file.Entries.ContainsKey, prefix)) ?? family.Layouts[0]);

    /// <summary>The network in a file, of whatever family; null where there is none.</summary>
    /// <exception cref="ModelFileException">There is more than one, and no prefix was named.</exception>
    public static WeightNames? Detect(WeightFile file, string? prefix) =>
        prefix is null ? Choose(file, All(file)) : At(file, WithDot(prefix));

    /// <summary>What a tensor of the network is called in the file.</summary>
    /// <param name="name">Its name in the network.</param>
    public string InFile(string name) => Prefix + Layout.InFile(name);

    /// <summary>The network that the file holds; null where it is none that has a name.</summary>
    public KnownNetwork? Held(WeightFile file) => Family.Held(name => file.Entries.GetValueOrDefault(InFile(name)));

    /// <summary>
    /// The tensors of the file that a network of these names has no place for and that make the file's network another one: inside of the
    /// network's own layers (the gate of a squeeze-and-excitation block, a convolution's bias, a further block), or layers beyond them.
    /// Heads, counters and what belongs to another network beside this one do not.
    /// </summary>
    /// <param name="file">The file.</param>
    /// <param name="own">The network's tensors, by their names in it.</param>
    public ImmutableArray<string> Foreign(WeightFile file, IEnumerable<string> own)
    {
        var expected = own.Select(InFile).ToHashSet(StringComparer.Ordinal);

        // The networks beside this one, such as a teacher, that its prefix (often empty) does not tell from it.
        List<string> others = [.. All(file).Select(names => names.Prefix).Where(other => other.Length > Prefix.Length)];
        return
        [
            .. file.Entries.Values.Where(entry => !expected.Contains(entry.Name) && IsForeign(entry, others)).Select(entry => entry.Name)
                .Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>Whether a tensor is one of those that count batches or operations.</summary>
    public static bool IsCounter(string name) => Counters.Any(counter => IsCalled(name, counter));

    private bool IsForeign(WeightEntry entry, List<string> others)
    {
        if (!entry.Name.StartsWith(Prefix, StringComparison.Ordinal) || IsCounter(entry.Name))
        {
            return false;
        }

        string layer = entry.Name[Prefix.Length..].Split('.')[0];
        if (Layout.IsOwn(layer))
        {
            return true;
        }

        bool isConvolution = entry.Shape.Length > 2 && !Layout.IsHead(layer);
        return (Layout.IsStage(layer) || isConvolution)
            && !others.Any(other => entry.Name.StartsWith(other, StringComparison.Ordinal))
            && !layer.StartsWith("optim", StringComparison.OrdinalIgnoreCase);
    }

    private static ModelFileException OtherFamily(WeightFile file, WeightNames there, KnownNetwork wanted) => new(
        file.Path, null, $"it holds {there.Held(file)?.WithArticle ?? NetworkFamily.WithArticle(there.Family.Name)}, but " +
            $"{wanted.WithArticle} is needed",
        "Choose the other backbone, or other weights");

    // Null where there is none.
    private static WeightNames? Choose(WeightFile file, List<WeightNames> found)
    {
        var preferred = found.GroupBy(names => Array.IndexOf(Sections, names.Prefix.Split('.')[0])).Where(group => group.Key >= 0)
            .MinBy(group => group.Key)?.ToList();
        return (found, preferred) switch
        {
            ([], _) => null,
            ([var only], _) => only,
            (_, [var only]) => only,
            _ => throw new ModelFileException(
                file.Path, null, $"it holds more than one network: the names start with " +
                    $"'{string.Join("', '", found.Select(names => names.Prefix))}'",
                $"Say which with {nameof(PretrainedOptions)}.{nameof(PretrainedOptions.Prefix)}"),
        };
    }

    // Every network in the file, in the order of its first convolution; one for each prefix.
    private static List<WeightNames> All(WeightFile file) =>
        [.. file.Keys.SelectMany(key => Prefixes(key)).Distinct().Select(prefix => At(file, prefix)).OfType<WeightNames>()];

    private static IEnumerable<string> Prefixes(string key) =>
        from family in NetworkFamily.All
        from layout in family.Layouts
        where IsCalled(key, layout.FirstConvolution)
        select key[..^layout.FirstConvolution.Length];

    // The network whose names have just this prefix.
    private static WeightNames? At(WeightFile file, string prefix) =>
        (from family in NetworkFamily.All
         from layout in family.Layouts
         where file.Entries.ContainsKey(prefix + layout.FirstConvolution) && layout.HasMarks(file.Entries.ContainsKey, prefix)
         select new WeightNames(prefix, family, layout)).FirstOrDefault();

    private static string WithDot(string prefix) => prefix.Length == 0 || prefix.EndsWith('.') ? prefix : prefix + ".";

    private static bool IsCalled(string name, string last) =>
        name.EndsWith(last, StringComparison.Ordinal) && (name.Length == last.Length || name[^(last.Length + 1)] == '.');
}
