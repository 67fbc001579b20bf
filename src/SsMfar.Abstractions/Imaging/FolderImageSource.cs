namespace SsMfar.Imaging;

/// <summary>Images in a folder and its subfolders. Safe for many threads; holds no handle.</summary>
public sealed class FolderImageSource : IImageSource
{
    private static readonly string[] Endings = [".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif"];

    /// <summary>Creates a source over a folder.</summary>
    /// <param name="folder">The folder that image names are relative to.</param>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    public FolderImageSource(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        Folder = Path.GetFullPath(folder);
        if (!Directory.Exists(Folder))
        {
            throw new DirectoryNotFoundException($"There is no image folder '{Folder}'.");
        }
    }

    /// <summary>The full path of the folder.</summary>
    public string Folder { get; }

    /// <summary>The names of the files that end as images do (jpg, jpeg, png, webp, bmp, gif, in any case), in subfolders too, in ordinal order.</summary>
    /// <returns>Names relative to the folder, with '/' between their parts.</returns>
    /// <exception cref="IOException">A folder cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A folder may not be read.</exception>
    public IReadOnlyList<string> GetImageNames() =>
    [
        .. Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories)
            .Where(file => Endings.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))
            .Select(file => Path.GetRelativePath(Folder, file).Replace('\\', '/'))
            .Order(StringComparer.Ordinal),
    ];

    /// <inheritdoc/>
    public Stream Open(string name)
    {
        string path = Path.Join(Folder, ImageSource.Check(name));
        try
        {
            RegularFile.Require(path);
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        }
        catch (IOException missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new FileNotFoundException($"There is no image '{name}' in '{Folder}'.", path, missing);
        }
    }

    /// <inheritdoc/>
    public bool Exists(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string normal = ImageSource.Normalize(name);
        return ImageSource.StaysInside(normal) && File.Exists(Path.Join(Folder, normal));
    }

    /// <inheritdoc/>
    public ImageStamp? GetStamp(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string normal = ImageSource.Normalize(name);
        if (!ImageSource.StaysInside(normal))
        {
            return null;
        }

        string path = Path.Join(Folder, normal);
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            return ImageStamp.OfFile(path);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            // It fails when it is decoded, with its name and reason.
            return default(ImageStamp);
        }
    }

    /// <inheritdoc/>
    public string Describe(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Path.Join(Folder, ImageSource.Normalize(name));
    }

    /// <summary>Does nothing: the source holds no handle.</summary>
    public void Dispose()
    {
    }
}
