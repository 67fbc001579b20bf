using SsMfar.Data;
using SsMfar.Shared;

namespace SsMfar.Training;

/// <summary>Where decoded images are kept.</summary>
/// <param name="Folder">From run to run, or null.</param>
/// <param name="MemoryBudget">Bytes of memory a set may take, or null for the cache's own choice.</param>
/// <param name="DeviceMemoryBudget">
/// Bytes of device memory that the images of all sets may take together, or null for half of what is free.
/// </param>
internal sealed record ImageCacheLocation(string? Folder, long? MemoryBudget, long? DeviceMemoryBudget)
{
    /// <summary>The options of the cache of a set; the folder is made.</summary>
    /// <param name="annotations">The set.</param>
    /// <param name="size">Pixels across and down.</param>
    /// <param name="onBadImage">What is done with images that cannot be decoded.</param>
    /// <param name="ranks">How many ranks each keep the set.</param>
    public ImageCacheOptions For(AnnotationSet annotations, int size, ImageFailurePolicy onBadImage, int ranks)
    {
        var options = new ImageCacheOptions
        {
            Width = size, Height = size, OnBadImage = onBadImage, MemoryBudget = MemoryBudget, Processes = ranks,
        };
        if (Folder is null)
        {
            return options;
        }

        Directory.CreateDirectory(Folder);
        ulong list = annotations.Aggregate(0UL, (hash, row) => StableHash.Of(row.Image, unchecked((long)hash)));
        return options with { CacheFile = Path.Combine(
            Folder,
            FormattableString.Invariant($"{annotations.Count}-images-{size}px-{list:x16}.pixels")) };
    }
}
