using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Shared;

namespace SsMfar.ConsoleApp.Sharding;

/// <summary>
/// A part of a table: a line that says which part of what work it is and what follows, then the table of its rows, header and all. It is
/// written whole or not at all.
/// </summary>
/// <param name="Shard">Which part.</param>
/// <param name="Work">A fingerprint of models, images and options, the same of all parts of one work.</param>
/// <param name="Table">The text of the table.</param>
internal sealed record PartFile(Shard Shard, string Work, string Table)
{
    private const string Mark = "#ssmfar-part ";
    private const string Remedy = "Make it again with --shard.";

    /// <summary>The fingerprint of work: of everything that its result follows from.</summary>
    /// <param name="files">The contents of files.</param>
    /// <param name="words">Whatever else, in order.</param>
    public static string WorkOf(IEnumerable<string> files, IEnumerable<string> words)
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

    /// <summary>Reads a part.</summary>
    /// <exception cref="BadInputException">The file is none, or not whole.</exception>
    public static PartFile Load(string path)
    {
        string text = File.ReadAllText(path);
        int end = text.IndexOf('\n', StringComparison.Ordinal);
        if (end < 0 || !text.StartsWith(Mark, StringComparison.Ordinal))
        {
            throw new BadInputException($"{path}: this is no part of a table. Give files that were written with --shard.");
        }

        Head? head;
        try
        {
            head = JsonSerializer.Deserialize<Head>(text.AsSpan(Mark.Length, end - Mark.Length));
        }
        catch (JsonException)
        {
            head = null;
        }

        string table = text[(end + 1)..];
        return head is { Work: { } work, Sha256: { } sum } && sum == Sum(table)
            ? new(new(head.Part, head.Of), work, table)
            : throw new BadInputException($"{path}: the part is damaged or not whole. {Remedy}");
    }

    /// <summary>Whether a file is this part of this work already, whole.</summary>
    public static bool IsDone(string path, Shard shard, string work)
    {
        try
        {
            return File.Exists(path) && Load(path) is var part && part.Shard == shard && part.Work == work;
        }
        catch (BadInputException)
        {
            return false;
        }
    }

    /// <summary>Puts parts together: the table that one process would have written.</summary>
    /// <param name="paths">All parts of one work, in any order.</param>
    /// <exception cref="BadInputException">One is missing, there twice, or of other work.</exception>
    public static string Join(IReadOnlyList<string> paths)
    {
        var parts = new SortedDictionary<int, (PartFile Part, string Path)>();
        foreach (string path in paths)
        {
            PartFile part = Load(path);
            if (parts.Count > 0 && parts.Values.First() is var (first, firstPath) &&
                (first.Work != part.Work || first.Shard.Of != part.Shard.Of))
            {
                throw new BadInputException(
                    $"{path} is part {part.Shard} of other work than {firstPath}, part {first.Shard}: of other models, images or " +
                        "options. Give the parts of one work.");
            }

            if (!parts.TryAdd(part.Shard.Number, (part, path)))
            {
                throw new BadInputException(
                    $"{path} and {parts[part.Shard.Number].Path} are both part {part.Shard}. Leave one of them out.");
            }
        }

        int of = parts.Values.First().Part.Shard.Of;
        int[] missing = [.. Enumerable.Range(1, of).Where(number => !parts.ContainsKey(number))];
        if (missing.Length > 0)
        {
            throw new BadInputException(
                $"Of {of} parts {missing.Length} are missing: " +
                    $"{string.Join(", ", missing.Take(20))}{(missing.Length > 20 ? ", ..." : "")}. Make them with --shard, " +
                    "and give them too.");
        }

        string header = HeaderOf(parts[1].Part.Table);
        if (parts.Values.FirstOrDefault(entry => HeaderOf(entry.Part.Table) != header) is { Path: { } other })
        {
            throw new BadInputException($"{other}: its columns are others than those of {parts[1].Path}. Make all parts with one version.");
        }

        return string.Concat(parts.Values.Select(entry => entry.Part.Table[header.Length..]).Prepend(header));
    }

    /// <summary>Writes the part.</summary>
    public void Save(string path) => AtomicFile.WriteText(path, writer =>
    {
        writer.Write(Mark);
        writer.Write(JsonSerializer.Serialize(new Head(Shard.Number, Shard.Of, Work, Sum(Table))));
        writer.Write('\n');
        writer.Write(Table);
    });

    private static string HeaderOf(string table) => table[..(table.IndexOf('\n', StringComparison.Ordinal) + 1)];

    private static string Sum(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private sealed record Head(int Part, int Of, string Work, string Sha256);
}
