using System.Runtime.InteropServices;

namespace SsMfar.Runtime;

/// <summary>Loads a library, and says in the loader's own words why it did not load.</summary>
internal static class NativeLoad
{
    /// <summary>Loads the library at <paramref name="path"/>; on failure adds the reason to <paramref name="attempts"/>.</summary>
    public static nint? Try(string path, List<string> attempts)
    {
        try
        {
            return NativeLibrary.Load(path);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            attempts.Add($"{path}: {Reason(e)}");
            return null;
        }
    }

    // The runtime puts the loader's words on the second line, after a sentence of its own.
    private static string Reason(Exception exception)
    {
        var lines = exception.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines.Skip(1).FirstOrDefault() ?? exception.Message;
    }
}
