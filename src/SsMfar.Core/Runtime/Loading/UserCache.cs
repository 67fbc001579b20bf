namespace SsMfar.Runtime;

/// <summary>The folder of what the library keeps for a user on a machine, and could make again.</summary>
internal static class UserCache
{
    /// <summary>
    /// <c>ssmfar</c> in the user's cache folder (<c>XDG_CACHE_HOME</c> or <c>~/.cache</c>; on Windows the local application data), or
    /// <see langword="null"/> for a user without a home. It need not exist.
    /// </summary>
    public static string? Folder()
    {
        if (OperatingSystem.IsWindows())
        {
            string data = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
            return data.Length == 0 ? null : Path.Combine(data, "ssmfar");
        }

        string? cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        if (!Path.IsPathFullyQualified(cache ?? ""))
        {
            string? home = Environment.GetEnvironmentVariable("HOME");
            if (!Path.IsPathFullyQualified(home ?? ""))
            {
                return null;
            }

            cache = Path.Combine(home!, ".cache");
        }

        return Path.Combine(cache!, "ssmfar");
    }
}
