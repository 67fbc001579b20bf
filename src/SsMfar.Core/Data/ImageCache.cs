using SsMfar.Imaging;

namespace SsMfar.Data;

/// <summary>
/// Images decoded once into packed 8-bit RGB of one size: rows x height x width x 3. In memory where it fits a budget, else in a file
/// mapped into memory, and on request on a CUDA device. Reading is safe from many threads; disposing must not overlap with it.
/// </summary>
internal sealed partial class ImageCache : IDisposable
{
    private readonly ImageCacheEntries _entries;
    private readonly ImageCacheStore _store;
    private readonly ImageCacheOptions _options;

    private ImageCache(
        ImageCacheEntries entries,
        ImageCacheStore store,
        ImageCacheOptions options,
        IReadOnlyList<ImageFailure> failures,
        bool reused)
    {
        (_entries, _store, _options, Failures, ReusedFile) = (entries, store, options, failures, reused);
        FailedIndices = [.. failures.Select(failure => failure.Index)];
    }

    /// <summary>Gets rows: as many as names were given, failed ones included.</summary>
    public int Count => _entries.Rows;

    /// <summary>Gets pixels across of every image.</summary>
    public int Width => _options.Width;

    /// <summary>Gets pixels down of every image.</summary>
    public int Height => _options.Height;

    /// <summary>Gets bytes of one image: width x height x 3.</summary>
    public int ImageBytes => _options.ImageBytes;

    /// <summary>
    /// Gets the rows whose image could not be decoded, ascending; their pixels are black. Empty unless bad images are skipped.
    /// </summary>
    public IReadOnlyList<int> FailedIndices { get; }

    /// <summary>Gets the failures with their reasons, in row order.</summary>
    public IReadOnlyList<ImageFailure> Failures { get; }

    /// <summary>Gets whether the pixels came from the file of an earlier run instead of being decoded.</summary>
    public bool ReusedFile { get; }

    /// <summary>Gets whether the pixels are in a mapped file rather than in memory of their own.</summary>
    public bool IsMemoryMapped => _store.IsMapped;

    /// <summary>
    /// Decodes and resizes images in parallel, or opens the cache file where it still holds them. Calls nothing of TorchSharp.
    /// </summary>
    /// <param name="source">Where the images are; needed only until this returns.</param>
    /// <param name="names">Their names, one a row; a name that occurs again shares pixels.</param>
    /// <param name="options">Size, place and what to do with bad images.</param>
    /// <param name="progress">Told at most some ten times a second, in order, on the calling thread.</param>
    /// <param name="cancellationToken">Stops between images; nothing is left behind.</param>
    /// <returns>A cache that the caller disposes.</returns>
    /// <exception cref="ImageCacheException">
    /// There are bad images and <see cref="ImageCacheOptions.OnBadImage"/> is <see cref="ImageFailurePolicy.Fail"/>.
    /// </exception>
    /// <exception cref="IOException">The file cannot be written: full disk, no permission, no such folder.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ArgumentException">A name is null or an option out of range.</exception>
    public static ImageCache Build(
        IImageSource source,
        IReadOnlyList<string> names,
        ImageCacheOptions options,
        IProgress<ImageCacheProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        ImageCacheEntries entries = new(names);
        (ImageCacheStore store, IReadOnlyDictionary<int, ImageFault> failures, bool reused) =
            new ImageCacheBuilder(source, entries, options, progress, cancellationToken).Build();
        if (failures.Count > 0 && options.OnBadImage == ImageFailurePolicy.Fail)
        {
            store.Dispose();
            throw Failed(source, entries, failures);
        }

        return new ImageCache(entries, store, options, ByRow(source, entries, failures), reused);
    }

    /// <summary>One image: height x width x 3 values, R, G, B. Valid until the cache is disposed.</summary>
    /// <param name="index">The row, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    /// <exception cref="ObjectDisposedException">The cache is disposed.</exception>
    public unsafe ReadOnlySpan<byte> Image(int index)
    {
        CheckIndex(index);
        ObjectDisposedException.ThrowIf(_store.Pixels is null, this);
        return new ReadOnlySpan<byte>(_store.Pixels + (long)_entries.EntryOf(index) * ImageBytes, ImageBytes);
    }

    /// <summary>Releases memory, mapping and device memory; a temporary file is gone, a cache file stays.</summary>
    public void Dispose()
    {
        _resident?.Dispose();
        _resident = null;
        _store.Dispose();
    }

    internal static ImageCacheException Failed(
        IImageSource source, ImageCacheEntries entries, IReadOnlyDictionary<int, ImageFault> failures) =>
        new(ByRow(source, entries, failures), entries.Rows);

    private static List<ImageFailure> ByRow(IImageSource source, ImageCacheEntries entries, IReadOnlyDictionary<int, ImageFault> failures)
    {
        List<ImageFailure> byRow = [];
        if (failures.Count > 0)
        {
            for (int row = 0; row < entries.Rows; row++)
            {
                int entry = entries.EntryOf(row);
                if (failures.TryGetValue(entry, out ImageFault fault))
                {
                    string name = entries.Name(entry);
                    ImageDecodeException bad = new(source.Describe(name), fault.Reason, fault.Remedy);
                    byRow.Add(new ImageFailure(row, name, bad.Message));
                }
            }
        }

        return byRow;
    }

    private void CheckIndex(int index)
    {
        if ((uint)index >= (uint)Count)
        {
            throw new ArgumentOutOfRangeException(
                nameof(index),
                index,
                FormattableString.Invariant($"The cache has rows 0 to {Count - 1}."));
        }
    }
}
