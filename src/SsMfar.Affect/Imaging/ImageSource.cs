namespace SsMfar.Imaging;

/// <summary>Opens image sources by path.</summary>
public static class ImageSource
{
    /// <summary>
    /// The one spelling of an image's name, by which sources, annotations and predictions know it: parts with one '/' between, without "."
    /// among them. <c>v\1.jpg</c>, <c>./v/1.jpg</c> and <c>v//1.jpg</c> are <c>v/1.jpg</c>.
    /// </summary>
    /// <param name="name">The name, as a table of one's own may spell it.</param>
    public static string NormalizeName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return ImageName.Normalize(name);
    }

    /// <summary>Opens a folder as <see cref="FolderImageSource"/>, or a .zip file, whose images are read out of the archive.</summary>
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
                $"There is no image folder or .zip archive '{Path.GetFullPath(path)}'. Name the folder that the annotation file's image " +
                    "names start from.");
        }

        return Path.GetExtension(path).Equals(".zip", StringComparison.OrdinalIgnoreCase)
            ? new ZipImageSource(path)
            : throw new ArgumentException($"'{Path.GetFullPath(path)}' is neither a folder nor a .zip archive.", nameof(path));
    }
}
