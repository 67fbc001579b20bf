using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Shared;

namespace SsMfar.ConsoleApp.Sharding;

/// <summary>
/// A part: a line that says which part of what work it is (<see cref="PartHead"/>), then what the command wrote. It is there whole or not
/// at all, so that the same command made again does what is missing. Of a command that writes a folder the part is that folder, and what
/// follows the line is the list of its files.
/// </summary>
/// <param name="Path">Where it is, as it was given.</param>
/// <param name="Head">What it says of itself.</param>
/// <param name="File">The file that has the line.</param>
/// <param name="Start">Where the content begins in it.</param>
internal sealed record PartFile(string Path, PartHead Head, string File, long Start)
{
    /// <summary>The file that has the line in a folder.</summary>
    public const string NameInFolder = "part.txt";

    /// <summary>What to do about a part that cannot be used.</summary>
    public const string Remedy = "Make it again with --shard.";

    private const int LongestHead = 1 << 20;

    /// <summary>Reads a part's line, and goes through its content.</summary>
    /// <param name="path">The file, or the folder.</param>
    /// <exception cref="BadInputException">It is none, or not whole.</exception>
    public static PartFile Load(string path)
    {
        string file = Directory.Exists(path) ? System.IO.Path.Combine(path, NameInFolder) : path;
        if (file != path && !System.IO.File.Exists(file))
        {
            throw new BadInputException(
                $"{path}: this folder is no whole part: it has no {NameInFolder}, which comes last. Make the part with --shard, or wait " +
                    "for it.");
        }

        if (RegularFile.IsOther(file))
        {
            throw new BadInputException($"{path}: this is a pipe or a device, and a part is read more than once. Give a file.");
        }

        using FileStream stream = System.IO.File.OpenRead(file);
        byte[] line = Line(stream);
        string text = Encoding.UTF8.GetString(line);
        if (!PartHead.IsLine(text))
        {
            throw new BadInputException($"{path}: this is no part. Give what was written with --shard.");
        }

        stream.Position = line.Length + 1;
        return line.Length < stream.Length && PartHead.Read(text) is var (head, sum) && sum == SumOf(stream)
            ? new(path, head, file, line.Length + 1)
            : throw new BadInputException($"{path}: the part is damaged or not whole. {Remedy}");
    }

    /// <summary>Whether parts are there already, whole; said where they are.</summary>
    /// <param name="session">Where it is said.</param>
    /// <param name="parts">The files or folders, and what is to be in them.</param>
    /// <exception cref="BadInputException">One is a pipe or a device, which cannot be read again.</exception>
    public static bool AreDone(ConsoleSession session, params IReadOnlyCollection<(string Path, PartHead Head)> parts)
    {
        if (parts.FirstOrDefault(part => AtomicFile.IsDevice(System.IO.Path.GetFullPath(part.Path))).Path is { } device)
        {
            throw new BadInputException($"'{device}' is a pipe or a device, and gather reads the part of --shard again. Name a file.");
        }

        bool done = parts.All(part => IfWhole(part.Path) is { Head: var there } && there.IsOfSameImages(part.Head));
        if (done)
        {
            session.Say($"Part {parts.First().Head.Shard} is done: {string.Join(", ", parts.Select(part => part.Path))}.");
        }

        return done;
    }

    /// <summary>Reads a part; null where there is none, or none that is whole.</summary>
    public static PartFile? IfWhole(string path)
    {
        try
        {
            return System.IO.Path.Exists(path) ? Load(path) : null;
        }
        catch (BadInputException)
        {
            return null;
        }
    }

    /// <summary>Reads all parts of one work.</summary>
    /// <param name="paths">Files or folders, in any order.</param>
    /// <param name="cancellationToken">Stops between two parts.</param>
    /// <returns>The parts in theirs.</returns>
    /// <exception cref="BadInputException">One is missing, there twice, damaged, or of other work.</exception>
    public static IReadOnlyList<PartFile> LoadAll(IEnumerable<string> paths, CancellationToken cancellationToken)
    {
        var parts = new SortedDictionary<int, PartFile>();
        PartFile? first = null;
        foreach (string path in paths)
        {
            cancellationToken.ThrowIfCancellationRequested();
            PartFile part = Load(path);
            first ??= part;
            if (!first.Head.IsOfSameWork(part.Head))
            {
                throw new BadInputException(
                    $"{path} is part {part.Head.Shard} of other work than {first.Path}, part {first.Head.Shard}: of another command, " +
                        "other models, images or options. Give the parts of one work.");
            }

            if (!parts.TryAdd(part.Head.Shard.Number, part))
            {
                throw new BadInputException(
                    $"{path} and {parts[part.Head.Shard.Number].Path} are both part {part.Head.Shard}. Leave one of them out.");
            }
        }

        int of = first!.Head.Shard.Of;
        int[] missing = [.. Enumerable.Range(1, of).Where(number => !parts.ContainsKey(number))];
        return missing.Length == 0 ? [.. parts.Values] : throw new BadInputException(
            $"Of {of} parts {missing.Length} are missing: {string.Join(", ", missing.Take(20))}{(missing.Length > 20 ? ", ..." : "")}. " +
                "Make them with --shard, and give them too.");
    }

    /// <summary>Writes a part of text.</summary>
    public static void Save(string path, PartHead head, string text) => Save(path, head, new MemoryStream(Encoding.UTF8.GetBytes(text)));

    /// <summary>Writes a part.</summary>
    /// <param name="path">The file.</param>
    /// <param name="head">What it is.</param>
    /// <param name="content">What follows; read twice from its beginning.</param>
    public static void Save(string path, PartHead head, Stream content)
    {
        content.Position = 0;
        string line = head.ToLine(SumOf(content));
        content.Position = 0;
        AtomicFile.Write(path, stream =>
        {
            stream.Write(Encoding.UTF8.GetBytes(line));
            content.CopyTo(stream);
        });
    }

    /// <summary>The content, of a part of text.</summary>
    public string Text()
    {
        using FileStream stream = System.IO.File.OpenRead(File);
        stream.Position = Start;
        using StreamReader reader = new(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    /// <summary>What tells contents apart.</summary>
    public static string SumOf(Stream stream) => Convert.ToHexStringLower(SHA256.HashData(stream));

    // Up to the line's end, or as far as a line may be.
    private static byte[] Line(FileStream stream)
    {
        ArrayBufferWriter<byte> line = new();
        for (int next = stream.ReadByte(); next is not -1 and not '\n' && line.WrittenCount < LongestHead; next = stream.ReadByte())
        {
            line.Write([(byte)next]);
        }

        return line.WrittenSpan.ToArray();
    }
}
