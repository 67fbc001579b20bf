using System.Globalization;
using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Microsoft.Win32.SafeHandles;
using SsMfar.Imaging;
using SsMfar.Shared;

namespace SsMfar.Data;

/// <summary>Decodes all files of a list once, in parallel, into memory or a file.</summary>
internal sealed unsafe class ImageCacheBuilder(
    IImageSource source, ImageCacheEntries entries, ImageCacheOptions options,
    IProgress<ImageCacheProgress>? progress, CancellationToken cancellationToken)
{
    // Often enough for a progress bar, seldom enough to cost nothing.
    private const int ReportMilliseconds = 100;

    private readonly ConcurrentDictionary<int, ImageFault> _failures = new();
    private bool[]? _wereRead; // null where no file keeps the pixels
    private volatile bool _passing;
    private int _done;
    private int _reported;

    private long PixelBytes => (long)entries.Count * options.ImageBytes;

    /// <summary>Opens or builds the cache.</summary>
    /// <returns>The pixels, the failures by entry, and whether they came from a file of an earlier run.</returns>
    public (ImageCacheStore Store, IReadOnlyDictionary<int, ImageFault> Failures, bool Reused) Build()
    {
        if (options.CacheFile is not null)
        {
            return OpenOrBuildFile(Path.GetFullPath(options.CacheFile));
        }

        long budget = options.MemoryBudget ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2 / options.Processes;
        return (PixelBytes <= budget ? BuildInMemory() : BuildInTemporaryFile(), _failures, false);
    }

    private ImageCacheStore BuildInMemory()
    {
        ImageCacheStore store = ImageCacheStore.InMemory(PixelBytes);
        try
        {
            byte* pixels = store.Pixels;
            int imageBytes = options.ImageBytes;
            DecodeAll(entry => Decode(entry, new Span<byte>(pixels + (long)entry * imageBytes, imageBytes)));
            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    private ImageCacheStore BuildInTemporaryFile()
    {
        string path = Path.Combine(options.TemporaryFolder ?? TemporaryPlace.Folder, $"ssmfar-images-{Guid.NewGuid():N}.tmp");
        SafeFileHandle handle = Create(path, path, FileOptions.DeleteOnClose);
        try
        {
            if (!OperatingSystem.IsWindows())
            {
                // Without a name the file is gone even when the process is killed.
                File.Delete(path);
            }

            WriteAll(handle, path, path);
            return ImageCacheStore.Map(handle, ImageCacheFile.HeaderLength);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private (ImageCacheStore Store, IReadOnlyDictionary<int, ImageFault> Failures, bool Reused) OpenOrBuildFile(string path)
    {
        ImageCacheLeftovers.Remove(path);
        byte[] fingerprint = entries.Fingerprint(source, options, cancellationToken, out _wereRead);
        if (ImageCacheFile.TryOpen(path, entries.Count, options, fingerprint) is { } file)
        {
            // Where bad images are fatal, decoding again gives them the chance of having been repaired by other means (permissions).
            if (file.Failures.Count == 0 || options.OnBadImage == ImageFailurePolicy.Skip)
            {
                progress?.Report(new ImageCacheProgress(entries.Count, entries.Count));
                return (ImageCacheStore.Map(file.Handle, ImageCacheFile.HeaderLength), file.Failures, true);
            }

            file.Handle.Dispose();
        }

        string aside = ImageCacheLeftovers.AsideOf(path);
        try
        {
            using (SafeFileHandle handle = Create(path, aside, FileOptions.None))
            {
                WriteAll(handle, path, aside);
                if (!_failures.IsEmpty && options.OnBadImage == ImageFailurePolicy.Fail)
                {
                    throw ImageCache.Failed(source, entries, _failures);
                }

                if (!_passing)
                {
                    Guard(path, aside, () => ImageCacheFile.Finish(path, handle, entries.Count, options, fingerprint, _failures));
                }
            }

            if (_passing)
            {
                // Of this run alone, and gone with it: under the fingerprint of healthy images a later run would leave them out too.
                SafeFileHandle once = Open(path, aside, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete,
                    FileOptions.DeleteOnClose);
                return (ImageCacheStore.Map(once, ImageCacheFile.HeaderLength), _failures, false);
            }

            Guard(path, aside, () => AtomicFile.Place(aside, path));
        }
        finally
        {
            AtomicFile.RemoveIfPossible(aside);
        }

        // Not what was just written if another process replaced it meanwhile; but then the same pixels under the same fingerprint.
        return ImageCacheFile.TryOpen(path, entries.Count, options, fingerprint) is { } written
            ? (ImageCacheStore.Map(written.Handle, ImageCacheFile.HeaderLength), written.Failures, false)
            : throw new IOException(
                $"The image cache '{path}' changed while it was written. Give every list of images a cache file of its own.");
    }

    private void WriteAll(SafeFileHandle handle, string path, string aside) => DecodeAll(entry =>
    {
        byte[] image = ArrayPool<byte>.Shared.Rent(options.ImageBytes);
        Decode(entry, image.AsSpan(0, options.ImageBytes));

        // Written, not mapped: a full disk is then an exception and not a signal that ends the process.
        Guard(path, aside, () => RandomAccess.Write(
            handle, image.AsSpan(0, options.ImageBytes), ImageCacheFile.HeaderLength + (long)entry * options.ImageBytes));
        ArrayPool<byte>.Shared.Return(image);
    });

    private void Decode(int entry, Span<byte> pixels)
    {
        try
        {
            options.Decoder.DecodeResized(source, entries.Name(entry), null, options.Width, options.Height, pixels);
        }
        catch (ImageDecodeException bad)
        {
            pixels.Clear();
            _failures[entry] = new(bad.Reason, bad.Remedy);
            if (_wereRead is not null && _wereRead[entry] && bad.InnerException is IOException or UnauthorizedAccessException)
            {
                // Of reading and not of what was read: the next time may be another.
                _passing = true;
            }
        }
    }

    // Other threads decode, so that this one can report: whoever is told may keep what belongs to a thread, such as tensors.
    private void DecodeAll(Action<int> decode)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = options.DecodeThreads, CancellationToken = stop.Token };

        // A thread of its own, which does not wait for one of a busy pool.
        Task decoding = Task.Factory.StartNew(
            () => Parallel.For(0, entries.Count, parallel, entry =>
            {
                decode(entry);
                Interlocked.Increment(ref _done);
            }),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        try
        {
            while (Task.WaitAny([decoding], ReportMilliseconds) < 0)
            {
                Report(last: false);
            }
        }
        catch
        {
            // Nothing may be decoded any more into what the caller gives back.
            stop.Cancel();
            decoding.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult();
            throw;
        }

        try
        {
            decoding.GetAwaiter().GetResult();
        }
        catch (AggregateException failed) when (failed.InnerException is not null)
        {
            ExceptionDispatchInfo.Throw(failed.InnerException);
        }

        Report(last: true);
    }

    /// <summary>Reports what is new, and the end exactly once.</summary>
    private void Report(bool last)
    {
        int done = Volatile.Read(ref _done);
        if (done > _reported || (last && entries.Count == 0))
        {
            _reported = done;
            progress?.Report(new ImageCacheProgress(done, entries.Count));
        }
    }

    // Nobody else opens it while it is written, by which it is told from what a killed process left.
    private SafeFileHandle Create(string path, string aside, FileOptions fileOptions) => Open(
        path, aside, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, fileOptions, ImageCacheFile.HeaderLength + PixelBytes);

    private SafeFileHandle Open(
        string path, string aside, FileMode mode, FileAccess access, FileShare share, FileOptions fileOptions, long size = 0)
    {
        SafeFileHandle? handle = null;
        Guard(path, aside, () => handle = File.OpenHandle(aside, mode, access, share, fileOptions, size));
        return handle!;
    }

    /// <summary>Says what to do when the disk is full or the place not writable; of the cache, whichever file is written aside.</summary>
    private void Guard(string path, string aside, Action write)
    {
        try
        {
            write();
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException || AtomicFile.IsTooLarge(failed))
        {
            throw new IOException(
                string.Create(CultureInfo.InvariantCulture,
                    $"The image cache '{path}' of {(ImageCacheFile.HeaderLength + PixelBytes) / 1e6:F1} MB " +
                    $"cannot be written: {AtomicFile.MessageOf(path, aside, failed)} ") +
                "Name a place with room and write permission, or raise the memory budget so that the images stay in memory.",
                failed);
        }
    }
}
