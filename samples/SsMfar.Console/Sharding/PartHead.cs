using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SsMfar.ConsoleApp.Shell;

namespace SsMfar.ConsoleApp.Sharding;

/// <summary>
/// What a part says of itself, its first line: which part it is of what work of which command. Nothing else tells parts apart.
/// </summary>
/// <param name="Command">The command that made it.</param>
/// <param name="Shard">Which part.</param>
/// <param name="Work">A fingerprint of models, images and options, the same of all parts of one work, wherever they are made.</param>
internal sealed record PartHead(string Command, Shard Shard, string Work)
{
    private const string Mark = "#ssmfar-part ";

    /// <summary>
    /// A fingerprint of the contents of this part's images alone, which are all that its maker may have; empty where the work has it.
    /// </summary>
    public string Images { get; init; } = "";

    /// <summary>What the command needs to know again when all parts are there; it follows from the work.</summary>
    public JsonObject? Options { get; init; }

    /// <summary>The head of a part.</summary>
    /// <param name="session">Where the command's words go.</param>
    /// <param name="command">The command.</param>
    /// <param name="shard">Which part.</param>
    /// <param name="files">Files whose contents the result follows from.</param>
    /// <param name="words">Whatever else it follows from, in order.</param>
    /// <exception cref="BadInputException">A result is to be printed, which a part has none of.</exception>
    public static PartHead Of(
        ConsoleSession session, string command, Shard shard, IEnumerable<string> files, IEnumerable<string> words) => !session.Json
        ? new(command, shard, WorkOf(files, words))
        : throw new BadInputException("--shard writes a part, which is no result to print: leave --json out.");

    /// <summary>The head of another file of the same part, which belongs with those of its kind alone.</summary>
    public PartHead For(string kind) => this with { Work = WorkOf([], [Work, kind]) };

    /// <summary>Whether another part is of the same work, divided alike.</summary>
    public bool IsOfSameWork(PartHead other) => Command == other.Command && Work == other.Work && Shard.Of == other.Shard.Of;

    /// <summary>Whether another is this very part.</summary>
    public bool IsSame(PartHead other) => IsOfSameWork(other) && Shard == other.Shard;

    /// <summary>Whether another is this part of the same images.</summary>
    public bool IsOfSameImages(PartHead other) => IsSame(other) && Images == other.Images;

    /// <summary>The line, with the sum of what follows it.</summary>
    public string ToLine(string sum) =>
        $"{Mark}{JsonSerializer.Serialize(new Line(Command, Shard.Number, Shard.Of, Work, Images, sum, Options))}\n";

    /// <summary>Whether a line is a head, and be it a damaged one.</summary>
    public static bool IsLine(string line) => line.StartsWith(Mark, StringComparison.Ordinal);

    /// <summary>Reads the line; null for a damaged one.</summary>
    public static (PartHead Head, string Sum)? Read(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<Line>(line.AsSpan(Mark.Length))
                is { Command: { } command, Work: { } work, Sha256: { } sum } read
                ? (new(command, new(read.Part, read.Of), work) { Images = read.Images ?? "", Options = read.Options }, sum)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string WorkOf(IEnumerable<string> files, IEnumerable<string> words)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in files)
        {
            using FileStream stream = File.OpenRead(file);
            hash.AppendData(SHA256.HashData(stream));
        }

        foreach (string word in words)
        {
            hash.AppendData(SHA256.HashData(Encoding.UTF8.GetBytes(word)));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private sealed record Line(string Command, int Part, int Of, string Work, string? Images, string Sha256, JsonObject? Options);
}
