using SsMfar.ConsoleApp.Shell;
using SsMfar.Shared;

namespace SsMfar.ConsoleApp.Commands;

/// <summary>Where paths lead, whatever they are called: links are followed, and names differ as the system's do.</summary>
internal static class Places
{
    /// <summary>Whether two paths lead to one file or folder.</summary>
    public static bool Same(string one, string other) => Of(one) == Of(other);

    /// <summary>What is equal for paths that lead to one file or folder, whether there is one or not.</summary>
    public static string Of(string path)
    {
        // Standard input and output may be links to one terminal, and are two places all the same.
        string full = Path.GetFullPath(path), real = AtomicFile.IsDevice(full) ? full : RealPath.Of(full);
        return OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? real.ToUpperInvariant() : real;
    }

    /// <summary>
    /// Refuses a folder to write pictures to that is what is read, lies in it or has it in it: originals would be replaced, or come again.
    /// </summary>
    /// <exception cref="BadInputException">It is, does or has.</exception>
    public static void RequireApart(string option, string source, string outOption, string output)
    {
        if (IsIn(output, source))
        {
            throw new BadInputException($"{outOption} '{output}' is {option} or lies in it. Choose a folder beside it.");
        }

        RequireOutside(option, source, outOption, output);
    }

    /// <summary>
    /// Refuses a folder to write pictures to that has what is read in it: pictures there may have the names that are written.
    /// </summary>
    /// <exception cref="BadInputException">It has.</exception>
    public static void RequireOutside(string option, string source, string outOption, string output)
    {
        if (IsIn(source, output))
        {
            throw new BadInputException(
                $"{outOption} '{output}' has {option} in it, and pictures there would be replaced. Choose another folder.");
        }
    }

    /// <summary>Whether a path is a folder or lies in it.</summary>
    public static bool IsIn(string path, string folder) => Ended(Of(path)).StartsWith(Ended(Of(folder)), StringComparison.Ordinal);

    private static string Ended(string folder) => Path.EndsInDirectorySeparator(folder) ? folder : folder + Path.DirectorySeparatorChar;
}
