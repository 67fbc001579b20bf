using System.Text.Json;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Shared;

namespace SsMfar.ConsoleApp.Sharding;

/// <summary>Parts that are folders: their last file lists the others with the sums of their contents.</summary>
internal static class FolderPart
{
    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true };

    /// <summary>Refuses the folder of another part, and takes back that this one is whole before it is made again.</summary>
    /// <exception cref="BadInputException">The folder has another part.</exception>
    public static void Begin(string folder, PartHead head)
    {
        if (PartFile.IfWhole(folder) is { Head: var there } && !there.IsSame(head))
        {
            throw new BadInputException(
                $"--out '{folder}' has part {there.Shard} of {(there.IsOfSameWork(head) ? "the same" : "other")} work. Give each part a " +
                    "folder of its own.");
        }

        if (Directory.Exists(folder))
        {
            File.Delete(Path.Combine(folder, PartFile.NameInFolder));
        }
    }

    /// <summary>Says that the folder is whole.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="head">Which part it is.</param>
    /// <param name="files">Its files, relative to it, with <c>/</c>.</param>
    public static void Save(string folder, PartHead head, IEnumerable<string> files)
    {
        SortedDictionary<string, string> sums = new(StringComparer.Ordinal);
        foreach (string name in files)
        {
            using FileStream file = File.OpenRead(Path.Combine(folder, name));
            sums[name] = PartFile.SumOf(file);
        }

        PartFile.Save(Path.Combine(folder, PartFile.NameInFolder), head, JsonSerializer.Serialize(sums, Format) + '\n');
    }

    /// <summary>The files of a part, with the sums of their contents.</summary>
    public static IReadOnlyDictionary<string, string> Files(PartFile part) =>
        JsonSerializer.Deserialize<Dictionary<string, string>>(part.Text())!;

    /// <summary>Reads a text of a part.</summary>
    /// <exception cref="BadInputException">It is not what it was.</exception>
    public static string Text(PartFile part, string name) =>
        System.Text.Encoding.UTF8.GetString(Read(part, name, Files(part)[name]));

    /// <summary>Refuses a folder that has files of the same names which are not those of a part.</summary>
    /// <param name="part">The part.</param>
    /// <param name="names">Its files.</param>
    /// <param name="kind">What they are, such as a picture.</param>
    /// <param name="output">Where they are to be copied to.</param>
    /// <exception cref="BadInputException">It has.</exception>
    public static void RequireKept(PartFile part, IEnumerable<string> names, string kind, string output)
    {
        IReadOnlyDictionary<string, string> sums = Files(part);
        if (names.FirstOrDefault(name => Path.Combine(output, name) is var there && File.Exists(there) && !HasSum(there, sums[name]))
            is { } other)
        {
            throw new BadInputException(
                $"--out '{output}': '{other}' is a {kind} that is there and not of the parts, and would be lost. Choose another folder.");
        }
    }

    /// <summary>Copies files of a part, those that are there already anew.</summary>
    /// <param name="part">The part.</param>
    /// <param name="names">The files.</param>
    /// <param name="output">Where to.</param>
    /// <param name="cancellationToken">Stops between two files.</param>
    /// <exception cref="AggregateException">Of <see cref="BadInputException"/>s: files are not what they were.</exception>
    public static void Copy(PartFile part, IEnumerable<string> names, string output, CancellationToken cancellationToken)
    {
        string root = Path.GetFullPath(output) + Path.DirectorySeparatorChar;
        IReadOnlyDictionary<string, string> sums = Files(part);
        ParallelOptions parallel = new() { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount };
        Parallel.ForEach(names, parallel, name =>
        {
            string target = Path.GetFullPath(Path.Combine(root, name));
            byte[] content = target.StartsWith(root, StringComparison.Ordinal)
                ? Read(part, name, sums[name])
                : throw new BadInputException($"{part.Path}: '{name}' would lie outside of --out. {PartFile.Remedy}");
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            AtomicFile.Write(target, stream => stream.Write(content), content.Length);
        });
    }

    private static bool HasSum(string path, string sum)
    {
        using FileStream file = File.OpenRead(path);
        return PartFile.SumOf(file) == sum;
    }

    private static byte[] Read(PartFile part, string name, string sum)
    {
        string path = Path.Combine(part.Path, name);
        byte[]? content = File.Exists(path) ? File.ReadAllBytes(path) : null;
        return content is not null && PartFile.SumOf(new MemoryStream(content)) == sum
            ? content
            : throw new BadInputException(
                $"{path} {(content is null ? "is missing" : "is not what it was")}. " +
                    $"Remove {Path.Combine(part.Path, PartFile.NameInFolder)}, and make the part again with --shard.");
    }
}
