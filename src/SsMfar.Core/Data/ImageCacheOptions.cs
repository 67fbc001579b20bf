using SsMfar.Imaging;

namespace SsMfar.Data;

/// <summary>What is done with images that cannot be decoded.</summary>
public enum ImageFailurePolicy
{
    /// <summary>Decodes all it can, then throws one <see cref="ImageCacheException"/> that counts and names the bad images.</summary>
    Fail,

    /// <summary>Leaves their pixels black and reports their rows, so that the data set can drop them.</summary>
    Skip,
}

/// <summary>How far the building of an <see cref="ImageCache"/> has come.</summary>
/// <param name="Done">Files done, decoded or failed.</param>
/// <param name="Total">Files in all; a name that occurs twice counts once.</param>
internal readonly record struct ImageCacheProgress(int Done, int Total);

/// <summary>An image that could not be decoded.</summary>
public sealed class ImageFailure
{
    internal ImageFailure(int index, string name, string message) => (Index, Name, Message) = (index, name, message);

    /// <summary>Gets its row in the set.</summary>
    public int Index { get; }

    /// <summary>Gets its name there.</summary>
    public string Name { get; }

    /// <summary>Gets where it is, why it failed and what to do.</summary>
    public string Message { get; }
}

/// <summary>Where and how an <see cref="ImageCache"/> keeps its pixels.</summary>
internal sealed record ImageCacheOptions
{
    /// <summary>Gets pixels across of every image; 112 by default.</summary>
    public int Width { get; init; } = 112;

    /// <summary>Gets pixels down of every image; 112 by default.</summary>
    public int Height { get; init; } = 112;

    /// <summary>Gets what happens with images that cannot be decoded; <see cref="ImageFailurePolicy.Fail"/> by default.</summary>
    public ImageFailurePolicy OnBadImage { get; init; } = ImageFailurePolicy.Fail;

    /// <summary>
    /// Gets bytes of memory the pixels may take (width x height x 3 for each file); beyond it they go to a temporary file that is mapped
    /// into memory. Half of what the process may use when null, shared by <see cref="Processes"/>. Does not matter where
    /// <see cref="CacheFile"/> is set.
    /// </summary>
    public long? MemoryBudget { get; init; }

    /// <summary>Gets how many processes keep such pixels at the same time, perhaps on one machine.</summary>
    public int Processes { get; init; } = 1;

    /// <summary>
    /// Gets bytes of device memory that <see cref="ImageCache.ToDevice"/> may take. The default, <see langword="null"/>, is half of what is
    /// free on the device when it is called.
    /// </summary>
    public long? DeviceMemoryBudget { get; init; }

    /// <summary>
    /// Gets a file that keeps the pixels from run to run; null for none. It is built anew when the content of the image files, their order,
    /// the image size or the decoding have changed, or the file is truncated. Names, folders and times do not count. One file serves one
    /// list of images; its folder must exist. To compare the content each image file is read: whole up to 128 KiB, of a larger one its
    /// length, its ends and pieces between; of a .zip archive its checksums.
    /// </summary>
    public string? CacheFile { get; init; }

    /// <summary>Gets the folder of the temporary file; the system's when null.</summary>
    public string? TemporaryFolder { get; init; }

    /// <summary>Threads that decode; -1 for as many as there are processors.</summary>
    public int DecodeThreads { get; init; } = -1;

    /// <summary>Gets the decoder; <see cref="ImageDecoder.Default"/> by default.</summary>
    public ImageDecoder Decoder { get; init; } = ImageDecoder.Default;

    public int ImageBytes => checked(Width * Height * 3);

    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Height, 1);
        ArgumentNullException.ThrowIfNull(Decoder);
        if (DecodeThreads is 0 or < -1)
        {
            throw new ArgumentOutOfRangeException(nameof(DecodeThreads), DecodeThreads, "DecodeThreads is -1 or at least 1.");
        }
    }
}
