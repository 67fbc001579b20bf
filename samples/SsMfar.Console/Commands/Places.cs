using SsMfar.ConsoleApp.Shell;
using SsMfar.Shared;

namespace SsMfar.ConsoleApp.Commands;

/// <summary>Where paths lead, whatever they are called: links are followed, and names differ as the system's do.</summary>
internal static class Places
{
    // As many as Linux follows.
    private const int MostLinks = 40;

    /// <summary>Whether two paths lead to one file or folder.</summary>
    public static bool Same(string one, string other) => Of(one) == Of(other);

    /// <summary>What is equal for paths that lead to one file or folder, whether there is one or not.</summary>
    public static string Of(string path)
    {
        string real = Real(path, 0);
        return OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? real.ToUpperInvariant() : real;
    }

    /// <summary>Refuses a folder to write to that is one to read from, or lies in it: originals would be replaced, or come again.</summary>
    /// <exception cref="BadInputException">It is, or does.</exception>
    public static void RequireApart(string option, string folder, string outOption, string output)
    {
        if (Ended(Of(output)).StartsWith(Ended(Of(folder)), StringComparison.Ordinal))
        {
            throw new BadInputException($"{outOption} '{output}' is {option} or lies in it. Choose a folder beside it.");
        }
    }

    private static string Ended(string folder) => Path.EndsInDirectorySeparator(folder) ? folder : folder + Path.DirectorySeparatorChar;

    private static string Real(string path, int links)
    {
        string full = Path.GetFullPath(path);
        string real = Path.GetPathRoot(full)!;
        foreach (string name in full[real.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            string next = Path.Combine(real, name);
            real = links < MostLinks && LinkOf(next) is { } target ? Real(Path.Combine(real, target), links + 1) : next;
        }

        return real;
    }

    // Standard input and output may be links to one terminal, and are two places all the same.
    private static string? LinkOf(string path) => AtomicFile.IsDevice(path) ? null
        : (Directory.Exists(path) ? (FileSystemInfo)new DirectoryInfo(path) : new FileInfo(path)).LinkTarget;
}
