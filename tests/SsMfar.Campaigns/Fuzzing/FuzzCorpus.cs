using System.Security.Cryptography;
using SsMfar.Campaigns.Fuzzing.Readers;

namespace SsMfar.Campaigns.Fuzzing;

/// <summary>The files beside the program: whole ones to damage, and damaged ones that once found a fault.</summary>
internal static class FuzzCorpus
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Corpus");

    /// <summary>The whole files of a reader.</summary>
    /// <exception cref="InvalidOperationException">There are none.</exception>
    public static byte[][] Seeds(FuzzReader reader) => Files(reader, "seeds") is { Length: > 0 } files
        ? [.. files.Select(File.ReadAllBytes)]
        : throw new InvalidOperationException(
            $"There are no seed files of '{reader.Name}' in {Folder}. Write them with the command seeds.");

    /// <summary>The files that found a fault.</summary>
    public static string[] Faults(FuzzReader reader) => Files(reader, "faults");

    /// <summary>Keeps a file that found a fault.</summary>
    /// <param name="folder">Where to; below it a folder for the reader.</param>
    /// <param name="reader">The reader.</param>
    /// <param name="fault">What it did.</param>
    /// <param name="bytes">The file.</param>
    /// <returns>Where it is.</returns>
    public static string Keep(string folder, FuzzReader reader, FuzzFault fault, byte[] bytes)
    {
        string place = Directory.CreateDirectory(Path.Combine(folder, reader.Name, "faults")).FullName;
        string what = string.Concat(fault.Key.Select(sign => char.IsAsciiLetterOrDigit(sign) ? sign : '-'));
        string path = Path.Combine(place, $"{what}-{Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 4))}");
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private static string[] Files(FuzzReader reader, string kind)
    {
        string folder = Path.Combine(Folder, reader.Name, kind);
        return Directory.Exists(folder) ? [.. Directory.GetFiles(folder).Order(StringComparer.Ordinal)] : [];
    }
}
