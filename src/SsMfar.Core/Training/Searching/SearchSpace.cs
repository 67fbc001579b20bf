using System.Collections.Immutable;
using SsMfar.Randomness;
using SsMfar.Shared;

namespace SsMfar.Training;

/// <summary>
/// What a search varies. A text describes it, a setting a line: <c>Optimizer.HeadLearningRate = log 1e-4..1e-2</c>,
/// <c>Heads.HiddenWidth = 16, 64, 128</c>, <c>Schedule.WarmUpFraction = 0..0.3</c>, <c>log whole 16..256</c>; what follows a <c>#</c> is
/// a remark, unless it stands in double quotes. What the names mean is up to whoever runs the candidates.
/// </summary>
public sealed class SearchSpace
{
    // How often a candidate is drawn anew that was there before, until it is looked for one by one.
    private const int Attempts = 100;

    private SearchSpace(ImmutableArray<SearchDimension> dimensions) => Dimensions = dimensions;

    /// <summary>Gets what is varied, in the order of the lines.</summary>
    public ImmutableArray<SearchDimension> Dimensions { get; }

    /// <summary>
    /// Gets how many candidates there are, the unchanged one included; null where a range makes them countless, or they are more than a
    /// million.
    /// </summary>
    public int? Count
    {
        get
        {
            long product = 1;
            foreach (SearchDimension dimension in Dimensions)
            {
                if (dimension.Count is not { } values || (product *= values) > 1_000_000)
                {
                    return null;
                }
            }

            return (int)product + 1;
        }
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file, UTF-8.</param>
    /// <exception cref="SearchSpaceException">A line cannot be read, or there is none.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static SearchSpace Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Parse(File.ReadAllText(path), path);
    }

    /// <summary>Reads a text.</summary>
    /// <param name="text">The lines.</param>
    /// <param name="name">What the text is called in messages.</param>
    /// <exception cref="SearchSpaceException">A line cannot be read, or there is none.</exception>
    public static SearchSpace Parse(string text, string name = "space")
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new(SearchSpaceReader.Read(text, name));
    }

    /// <summary>
    /// Returns candidates: the first changes nothing, the others are drawn at random, each once. More of them begin with the same ones, and
    /// where a space has no more than are asked for, all of them come, those that were drawn first.
    /// </summary>
    /// <param name="count">How many, at least 1; a small space has fewer.</param>
    /// <param name="seed">Chooses.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is below 1.</exception>
    public ImmutableArray<SearchCandidate> Draw(int count, long seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var candidates = ImmutableArray.CreateBuilder<SearchCandidate>();
        HashSet<string> seen = new(StringComparer.Ordinal);
        candidates.Add(new(0, ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal)));
        RandomKey key = RandomKey.FromSeed(seed);
        for (int attempt = 0, idle = 0; candidates.Count < count && idle < Attempts; attempt++, idle++)
        {
            idle = Add(Dimensions.Select(dimension =>
                dimension.Draw(key.Fold(attempt).Fold(unchecked((long)StableHash.Of(dimension.Name, 0)))))) ? -1 : idle;
        }

        // Chance takes long to find the last of few.
        foreach (IEnumerable<string> values in candidates.Count < count && Count is not null ? Combinations(0) : [])
        {
            if (candidates.Count < count)
            {
                Add(values);
            }
        }

        return candidates.ToImmutable();

        bool Add(IEnumerable<string> values)
        {
            SearchCandidate candidate = new(
                candidates.Count,
                Dimensions.Zip(values, (dimension, value) => KeyValuePair.Create(dimension.Name, value))
                    .ToImmutableSortedDictionary(StringComparer.Ordinal));
            if (!seen.Add(candidate.ToString()))
            {
                return false;
            }

            candidates.Add(candidate);
            return true;
        }
    }

    /// <summary>Returns the lines that describe it.</summary>
    public override string ToString() => string.Join('\n', Dimensions);

    private IEnumerable<IEnumerable<string>> Combinations(int first) => first == Dimensions.Length
        ? [[]]
        : Dimensions[first].All().SelectMany(value => Combinations(first + 1).Select(others => others.Prepend(value)));
}

/// <summary>Settings that a search tries.</summary>
/// <param name="number">Its number in the search, from 0; 0 changes nothing.</param>
/// <param name="values">The settings that it changes, by name.</param>
public sealed class SearchCandidate(int number, ImmutableSortedDictionary<string, string> values)
{
    /// <summary>Gets its number in the search, from 0; 0 changes nothing.</summary>
    public int Number { get; } = number;

    /// <summary>Gets the settings that it changes, by name.</summary>
    public ImmutableSortedDictionary<string, string> Values { get; } = values;

    /// <summary>Returns the settings as <c>NAME=VALUE</c>, parted by blanks.</summary>
    public override string ToString() => string.Join(' ', Values.Select(setting => $"{setting.Key}={setting.Value}"));
}
