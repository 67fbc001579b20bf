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
    // As many as a predictor takes at once on a CPU, so that each batch is one that a single process would have taken.
    private const int Block = 32;

    /// <summary><c>--shard I/N</c>.</summary>
    public static Option<Shard?> Option() => OptionKinds.Named<Shard?>(
        "--shard", "I/N", "The I-th of N parts of the work, for as many processes; gather puts their files together", Parse);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Number}/{Of}");

    /// <summary>The part of a list, whole blocks of it.</summary>
    /// <exception cref="BadInputException">There are fewer blocks than parts.</exception>
    public ImmutableArray<T> Take<T>(ImmutableArray<T> all)
    {
        int blocks = (all.Length + Block - 1) / Block;
        return blocks >= Of
            ? [.. all.AsSpan()[Start(Number - 1)..Math.Min(all.Length, Start(Number))]]
            : throw new BadInputException(string.Create(
                CultureInfo.InvariantCulture,
                $"--shard {this}: a part has whole blocks of {Block} images, and there are {all.Length}: make " +
                    $"{Math.Max(1, blocks)} parts at most."));

        int Start(int part) => Math.Min(all.Length, (int)((long)blocks * part / Of) * Block);
    }

    private static Shard Parse(string text) =>
        text.Split('/') is [var number, var of] && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int i) &&
        int.TryParse(of, NumberStyles.None, CultureInfo.InvariantCulture, out int n) && i >= 1 && i <= n && n <= 100_000
            ? new(i, n)
            : throw new FormatException("must be I/N, the number of the part, from 1, and that of all parts.");
}
