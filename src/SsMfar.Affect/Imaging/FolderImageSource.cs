using System.Collections.Concurrent;
using System.Text;
using SsMfar.Shared;

namespace SsMfar.Imaging;

/// <summary>Images in a folder and its subfolders. Safe for many threads; holds no handle.</summary>
public sealed class FolderImageSource : IImageSource, ISimilarNames
{
    // Of folders in which a name beyond ASCII was missing: their entries by decomposed name. Listed once, since a whole list may be
    // missing.
    private readonly ConcurrentDictionary<string, Dictionary<string, string>> _lookAlikes = new(StringComparer.Ordinal);

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

    /// <summary>Gets the full path of the folder.</summary>
    public string Folder { get; }

    /// <summary>
    /// The names of the files that end as images do (jpg, jpeg, jpe, jfif, png, webp, bmp, gif, in any case), in subfolders too, in ordinal
    /// order. <see cref="ListImages()"/> says what was left out.
    /// </summary>
    /// <returns>Names relative to the folder, with '/' between their parts.</returns>
    /// <exception cref="InvalidDataException">A file's name has a backslash, so that it cannot be named.</exception>
    /// <exception cref="IOException">A folder cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A folder may not be read.</exception>
    public IReadOnlyList<string> GetImageNames() => ListImages().Names;

    /// <summary>
    /// The names that <see cref="GetImageNames"/> gives, with counts of what was left out: files of other kinds, files that systems keep
    /// beside
    /// images, and symbolic links to what is listed already. Each real file is listed once, under its own name where it has one in the
    /// folder;
    /// links that lead in a circle end.
    /// </summary>
    /// <exception cref="InvalidDataException">A file's name has a backslash, so that it cannot be named.</exception>
    /// <exception cref="IOException">A folder cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A folder may not be read.</exception>
    public FolderListing ListImages() => ListImages(areLinksImages: false);

    /// <summary>The same, with links to files that are listed as images of their own where that is wanted.</summary>
    /// <param name="areLinksImages">
    /// Whether a symbolic link to a file that is in the list is listed too, as where images are frames of which several may be one picture.
    /// </param>
    /// <exception cref="InvalidDataException">A file's name has a backslash, so that it cannot be named.</exception>
    /// <exception cref="IOException">A folder cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A folder may not be read.</exception>
    public FolderListing ListImages(bool areLinksImages) => FolderWalk.List(Folder, areLinksImages);

    /// <inheritdoc/>
    public Stream Open(string name)
    {
        string path = Path.Join(Folder, ImageName.Check(name));
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
        string normal = ImageName.Normalize(name);
        return ImageName.StaysInside(normal) && File.Exists(Path.Join(Folder, normal));
    }

    /// <inheritdoc/>
    public ImageStamp? GetStamp(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string normal = ImageName.Normalize(name);
        if (!ImageName.StaysInside(normal))
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
        return Path.Join(Folder, ImageName.Normalize(name));
    }

    // Goes down part by part, since a folder and the file in it may come from different systems.
    string? ISimilarNames.Similar(string name)
    {
        string normal = ImageName.Normalize(name);
        if (Ascii.IsValid(normal))
        {
            return null;
        }

        string found = "";
        foreach (string part in normal.Split('/'))
        {
            string? next = found.Length == 0 ? part : $"{found}/{part}";
            next = Path.Exists(Path.Join(Folder, next)) ? next
                : _lookAlikes.GetOrAdd(found, LookAlikes).GetValueOrDefault(UnicodeForms.Decompose(part)) is not { } other ? null
                : found.Length == 0 ? other : $"{found}/{other}";
            if (next is null)
            {
                return null;
            }

            found = next;
        }

        return found == normal ? null : found;
    }

    private Dictionary<string, string> LookAlikes(string folder) => !Directory.Exists(Path.Join(Folder, folder)) ? [] : Directory
        .EnumerateFileSystemEntries(
            Path.Join(Folder, folder),
            "*",
            new EnumerationOptions { IgnoreInaccessible = true, AttributesToSkip = 0 })
        .Select(Path.GetFileName).OfType<string>()
        .DistinctBy(UnicodeForms.Decompose)
        .ToDictionary(UnicodeForms.Decompose, StringComparer.Ordinal);

    /// <summary>Does nothing: the source holds no handle.</summary>
    public void Dispose()
    {
    }
}
