using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Shared;

namespace SsMfar.ConsoleApp.Commands;

/// <summary>
/// What work in a folder was started with, in the words of the command line, so that going on with other options is refused at once and by
/// their names.
/// </summary>
internal static class StartRecord
{
    /// <summary>The weights of a row of an ablation, which either option gives.</summary>
    public const string RowWeights = "--weights, --pretrained";

    private static readonly JsonSerializerOptions Format = new() {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(string path, SortedDictionary<string, string> words) =>
        AtomicFile.WriteText(path, writer => writer.Write(JsonSerializer.Serialize(words, Format)));

    /// <summary>Removes the record of work that came to nothing, so that it can be tried again with other options.</summary>
    /// <param name="path">The record, in the work's folder; this goes too where nothing else is in it.</param>
    /// <param name="runs">The folder of the work's runs: with any file in it, all stays.</param>
    /// <param name="cache">The cache that the work made for itself, or null.</param>
    public static void DiscardIfUnused(string path, string runs, string? cache = null)
    {
        if (Directory.Exists(runs) && Directory.EnumerateFiles(runs, "*", SearchOption.AllDirectories).Any())
        {
            return;
        }

        foreach (string own in new[] { runs, cache }.OfType<string>().Where(Directory.Exists))
        {
            Directory.Delete(own, recursive: true);
        }

        File.Delete(path);
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (!Directory.EnumerateFileSystemEntries(folder).Any())
        {
            Directory.Delete(folder);
        }
    }

    /// <summary>Refuses words that are not those of the start.</summary>
    /// <param name="path">The record.</param>
    /// <param name="words">What the work would go on with.</param>
    /// <param name="work">What it is, such as "run".</param>
    /// <param name="compared">What of a word's value is compared; the whole when null.</param>
    /// <exception cref="BadInputException">They differ, or the record is damaged.</exception>
    public static void RequireSame(
        string path, SortedDictionary<string, string> words, string work, Func<string, string, string>? compared = null)
    {
        compared ??= (_, value) => value;
        SortedDictionary<string, string> started;
        try
        {
            started = JsonSerializer.Deserialize<SortedDictionary<string, string>>(File.ReadAllText(path)) ??
                throw new JsonException("it is empty");
        }
        catch (JsonException damaged)
        {
            throw new BadInputException(
                $"{path} is damaged ({damaged.Message.TrimEnd('.')}). Remove this {work}'s folder, or start anew in another.");
        }

        string[] differences =
        [
            .. words.Select(now => (Name: now.Key, Was: Started(started, now.Key), Is: now.Value))
                .Where(word => compared(word.Name, word.Was) != compared(word.Name, word.Is))
                .Select(word => $"{word.Name} was {word.Was}, is {word.Is}"),
        ];
        if (differences.Length > 0)
        {
            throw new BadInputException(
                $"{Path.GetDirectoryName(path)}: the {work} was started with other options: {string.Join("; ", differences)}. Resume it " +
                    "with those, or start anew in another folder.");
        }
    }

    // A record of an earlier version has the names that options had then.
    private static string Started(SortedDictionary<string, string> record, string name)
    {
        string[] names = name switch
        {
            "--hide-expressions" => [name, "--hide-expression"],
            RowWeights => [name, "--pretrained", "--weights"],
            _ => [name],
        };
        return names.Select(known => record.GetValueOrDefault(known)).FirstOrDefault(value => value is not null) ??
            (name == "--hide-labels" ? "0" : "none");
    }

    /// <summary>What tells the contents of a file from others.</summary>
    /// <exception cref="BadInputException">It is a pipe or a device.</exception>
    public static string Fingerprint(string path)
    {
        if (RegularFile.IsOther(path))
        {
            throw new BadInputException($"{path}: this is a pipe or a device, and it is read more than once. Give a file.");
        }

        using FileStream file = File.OpenRead(path);
        return Fingerprint(SHA256.HashData(file));
    }

    /// <summary>The start of a SHA-256, for readers.</summary>
    public static string Fingerprint(byte[] hash) => $"content {Convert.ToHexStringLower(hash.AsSpan(0, 6))}";
}
