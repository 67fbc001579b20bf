using System.Buffers;

namespace SsMfar.ConsoleApp.Shell;

/// <summary>A word of a command line, as it is typed.</summary>
internal static class ShellWord
{
    private static readonly SearchValues<char> Plain =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-./:=@_");

    // What a shell reads something into between double quotes too.
    private static readonly SearchValues<char> Special = SearchValues.Create("\"\\$`!%");

    /// <summary>
    /// The word, quoted where a shell would read it as more than itself: in double quotes, which every shell takes, or, where they would
    /// not do, in the single quotes of Unix.
    /// </summary>
    public static string Of(string word) =>
        word.Length > 0 && !word.AsSpan().ContainsAnyExcept(Plain) ? word
        : !word.AsSpan().ContainsAny(Special) ? $"\"{word}\""
        : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
