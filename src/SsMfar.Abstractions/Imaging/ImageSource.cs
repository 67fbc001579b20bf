namespace SsMfar.Imaging;

/// <summary>Opens image sources by path.</summary>
public static class ImageSource
{
    /// <summary>Opens a folder as <see cref="FolderImageSource"/> or a .zip file as <see cref="ZipImageSource"/>.</summary>
    /// <param name="path">A folder or an archive.</param>
    /// <returns>A source that the caller disposes.</returns>
    /// <exception cref="DirectoryNotFoundException">There is neither a folder nor a file of that name.</exception>
    /// <exception cref="ArgumentException">The path is a file that is not named .zip.</exception>
    /// <exception cref="InvalidDataException">The archive cannot be read.</exception>
    public static IImageSource Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path))
        {
            return new FolderImageSource(path);
        }

        if (!File.Exists(path))
        {
            throw new DirectoryNotFoundException(
                $"There is no image folder or .zip archive '{Path.GetFullPath(path)}'. Name the folder that the annotation file's image names start from.");
        }

        return Path.GetExtension(path).Equals(".zip", StringComparison.OrdinalIgnoreCase)
            ? new ZipImageSource(path)
            : throw new ArgumentException($"'{Path.GetFullPath(path)}' is neither a folder nor a .zip archive.", nameof(path));
    }

    /// <summary>Forward slashes, no "./" in front.</summary>
    internal static string Normalize(string name)
    {
        string normal = name.Replace('\\', '/');
        while (normal.StartsWith("./", StringComparison.Ordinal))
        {
            normal = normal[2..];
        }

        return normal;
    }

    /// <summary>Whether a normalised name stays inside its source: relative, no "..", no drive.</summary>
    internal static bool StaysInside(string normal) =>
        normal.Length > 0
        && normal[0] != '/'
        && !Path.IsPathRooted(normal)
        && !(normal.Length > 1 && normal[1] == ':')
        && !normal.Contains('\0')
        && !normal.Split('/').Contains("..");

    /// <summary>The normalised name, or the exception <see cref="IImageSource.Open"/> promises.</summary>
    internal static string Check(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        string normal = Normalize(name);
        return StaysInside(normal)
            ? normal
            : throw new ArgumentException($"The image name '{name}' leaves its source; names are relative to it and without '..'.", nameof(name));
    }
}
