using System.Buffers;

namespace SsMfar.Imaging;

/// <summary>A whole encoded file in a rented array.</summary>
internal readonly struct EncodedBytes : IDisposable
{
    private const int MaximumLength = 1 << 30;

    private readonly byte[] _buffer;
    private readonly int _length;

    private EncodedBytes(byte[] buffer, int length) => (_buffer, _length) = (buffer, length);

    public ReadOnlySpan<byte> Span => _buffer.AsSpan(0, _length);

    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    public static EncodedBytes Read(IImageSource source, string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        try
        {
            using Stream stream = source.Open(name);
            return Read(stream, name);
        }
        catch (FileNotFoundException missing)
        {
            throw (source as ISimilarNames)?.Similar(name) is { } similar
                ? new ImageDecodeException(
                    source.Describe(name),
                    $"there is no such file, {ImageName.FormRemark(name, similar)}",
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
            throw new ImageDecodeException(source.Describe(name), $"reading failed ({failed.Message})", "Check the file and its permissions.", failed);
        }
    }

    public static EncodedBytes Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
            return Read(stream, path);
        }
        catch (IOException missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ImageDecodeException(path, "there is no such file", "Check the path.", missing);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            throw new ImageDecodeException(path, $"reading failed ({failed.Message})", "Check the file and its permissions.", failed);
        }
    }

    public static EncodedBytes Read(Stream stream, string name)
    {
        long remaining = stream.CanSeek ? stream.Length - stream.Position : 0;
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(remaining + 1, 1 << 14, MaximumLength));
        int length = 0;
        try
        {
            while (true)
            {
                int read = stream.Read(buffer, length, buffer.Length - length);
                if (read == 0)
                {
                    return new EncodedBytes(buffer, length);
                }

                length += read;
                if (length >= MaximumLength)
                {
                    throw new ImageDecodeException(name, "its file is larger than 1 GiB", "Replace or remove it.");
                }

                if (length == buffer.Length)
                {
                    byte[] larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(2L * length, MaximumLength));
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
}
