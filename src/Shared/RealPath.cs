namespace SsMfar.Shared;

/// <summary>Where a path leads.</summary>
internal static class RealPath
{
    /// <summary>The path without a symbolic link in it; what is not there is no link.</summary>
    /// <exception cref="IOException">Links lead back to themselves.</exception>
    public static string Of(string path)
    {
        string full = Path.GetFullPath(path);
        string real = Path.GetPathRoot(full)!;
        foreach (string part in full[real.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            string next = Path.Join(real, part);

            // On Windows the target of what is not there is an error.
            FileInfo entry = new(next);
            string target = entry.LinkTarget is null ? next : entry.ResolveLinkTarget(returnFinalTarget: true)!.FullName;
            real = target == next ? next : Of(target);
        }

        return real;
    }
}
