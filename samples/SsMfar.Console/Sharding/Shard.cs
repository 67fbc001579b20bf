using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Shell;

namespace SsMfar.ConsoleApp.Sharding;

/// <summary>One of several parts of a command's work, each done by a process of its own.</summary>
/// <param name="Number">Which, from 1.</param>
/// <param name="Of">How many there are.</param>
internal sealed record Shard(int Number, int Of)
{
    /// <summary><c>--shard I/N</c>.</summary>
    public static Option<Shard?> Option() => OptionKinds.Named<Shard?>(
        "--shard", "I/N", "The I-th of N parts of the work, for as many processes; gather puts what they write together", Parse);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Number}/{Of}");

    /// <summary>The part of a list, whole blocks of it, none empty.</summary>
    /// <param name="all">The list.</param>
    /// <param name="what">What is in it, for messages.</param>
    /// <param name="block">How many go together, as they do in a single process.</param>
    /// <exception cref="BadInputException">There are fewer blocks than parts.</exception>
    public ImmutableArray<T> Take<T>(ImmutableArray<T> all, string what, int block = 1)
    {
        (long start, long end) = Range((all.Length + block - 1) / block, block == 1
            ? string.Create(CultureInfo.InvariantCulture, $"there are {all.Length} {what}")
            : string.Create(CultureInfo.InvariantCulture, $"a part has whole blocks of {block} {what}, and there are {all.Length}"));
        return [.. all.AsSpan()[(int)(start * block)..(int)Math.Min(all.Length, end * block)]];
    }

    /// <summary>The part of so many, from where up to which.</summary>
    /// <param name="count">How many there are.</param>
    /// <param name="there">What there is, a clause for messages.</param>
    /// <exception cref="BadInputException">There are fewer than parts.</exception>
    public (long Start, long End) Range(long count, string there) => count >= Of
        ? (count * (Number - 1) / Of, count * Number / Of)
        : throw new BadInputException(string.Create(
            CultureInfo.InvariantCulture, $"--shard {this}: {there}: make {Math.Max(1, count)} parts at most."));

    private static Shard Parse(string text) =>
        text.Split('/') is [var number, var of] && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int i) &&
        int.TryParse(of, NumberStyles.None, CultureInfo.InvariantCulture, out int n) && i >= 1 && i <= n && n <= 100_000
            ? new(i, n)
            : throw new FormatException("must be I/N, the number of the part, from 1, and that of all parts.");
}
