using System.Buffers;

namespace SsMfar.Imaging;

/// <summary>
/// A whole encoded file, in a rented array or in the memory of the stream that it came from. What starts as no image is not read to its
/// end.
/// </summary>
internal readonly struct EncodedBytes : IDisposable
{
    public const int MaximumLength = 1 << 30;

    private const string Remedy = "Replace or remove it, or have bad images skipped.";

    private readonly byte[]? _rented;
    private readonly ReadOnlyMemory<byte> _bytes;

    private EncodedBytes(byte[]? rented, ReadOnlyMemory<byte> bytes) => (_rented, _bytes) = (rented, bytes);

    public ReadOnlySpan<byte> Span => _bytes.Span;

    public void Dispose()
    {
        if (_rented is not null)
        {
            ArrayPool<byte>.Shared.Return(_rented);
        }
    }

    public static EncodedBytes Read(IImageSource source, string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        try
        {
            using Stream stream = source.Open(name);
            return Read(stream, source.Describe(name));
        }
        catch (FileNotFoundException missing)
        {
            throw (source as ISimilarNames)?.Similar(name) is { } similar
                ? new ImageDecodeException(
                    source.Describe(name),
                    $"there is no such file, {UnicodeForms.Remark(name, similar)}",
                    "Write the name in the form that the files have, or rename the files.",
                    missing)
                : new ImageDecodeException(
                    source.Describe(name), "there is no such file", "Check the name and the folder or archive it is relative to.", missing);
        }
        catch (ArgumentException refused)
        {
            throw new ImageDecodeException(name, "the name is empty or leaves its source", "Names are relative and without '..'.", refused);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw Failed(source.Describe(name), failed);
        }
    }

    public static EncodedBytes Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            RegularFile.Require(path);
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
            return Read(stream, path);
        }
        catch (IOException missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ImageDecodeException(path, "there is no such file", "Check the path.", missing);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            throw Failed(path, failed);
        }
    }

    public static EncodedBytes Read(Stream stream, string name)
    {
        // Of a derived class only what it reads is known.
        if (stream is MemoryStream memory && memory.GetType() == typeof(MemoryStream) && memory.TryGetBuffer(out var content))
        {
            ReadOnlyMemory<byte> rest = content.AsMemory((int)Math.Min(memory.Position, content.Count));
            memory.Position = Math.Max(memory.Position, content.Count);
            return new(null, rest);
        }

        long remaining = stream.CanSeek ? stream.Length - stream.Position : 0;
        if (remaining > MaximumLength)
        {
            throw TooLong(name);
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(remaining + 1, 1 << 14, 1 << 20));
        int length = 0;
        try
        {
            while (true)
            {
                int read = stream.Read(buffer, length, buffer.Length - length);
                bool told = length >= ImageFormats.SignatureLength;
                length += read;
                if (!told && length > 0 && (read == 0 || length >= ImageFormats.SignatureLength))
                {
                    ImageFormats.Require(buffer.AsSpan(0, length), name, Remedy);
                }

                if (read == 0)
                {
                    return new EncodedBytes(buffer, buffer.AsMemory(0, length));
                }

                if (length >= MaximumLength)
                {
                    throw TooLong(name);
                }

                if (length == buffer.Length)
                {
                    // All that remains once it is known to start as an image; where that is not known, twice as much.
                    long wanted = remaining > length ? remaining + 1 : 2L * length;
                    byte[] larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(wanted, MaximumLength));
                    buffer.AsSpan(0, length).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = larger;
                }
            }
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(buffer);
            throw;
        }
    }

    private static ImageDecodeException TooLong(string name) => new(name, "its file is larger than 1 GiB", "Replace or remove it.");

    private static ImageDecodeException Failed(string name, Exception reason) =>
        new(name, $"reading failed ({reason.Message})", "Check the file and its permissions.", reason);
}
