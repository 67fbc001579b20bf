using System.Buffers;
using SsMfar.Shared;

namespace SsMfar.Imaging;

/// <summary>
/// A whole encoded file, in a rented array or in the memory of the stream that it came from. What starts as no image is not read to its
/// end.
/// </summary>
internal readonly struct EncodedBytes : IDisposable
{
    public const int MaximumLength = 1 << 30;

    private readonly byte[]? _rented;
    private readonly ReadOnlyMemory<byte> _bytes;

    private EncodedBytes(byte[]? rented, ReadOnlyMemory<byte> bytes) => (_rented, _bytes) = (rented, bytes);

    public ReadOnlyMemory<byte> Memory => _bytes;

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
        if (TryTakeMemory(stream, out EncodedBytes whole))
        {
            return whole;
        }

        using Filling filling = new(stream, name);
        while (!filling.Add(stream.Read(filling.Buffer, filling.Length, filling.Free)))
        {
        }

        return filling.Take();
    }

    /// <summary>Reads without a synchronous read. What the stream throws comes through as it is.</summary>
    public static async Task<EncodedBytes> ReadAsync(Stream stream, string name, CancellationToken cancellationToken)
    {
        if (TryTakeMemory(stream, out EncodedBytes whole))
        {
            return whole;
        }

        using Filling filling = new(stream, name);
        while (!filling.Add(await stream.ReadAsync(filling.Buffer.AsMemory(filling.Length), cancellationToken).ConfigureAwait(false)))
        {
        }

        return filling.Take();
    }

    // Of a derived class only what it reads is known.
    private static bool TryTakeMemory(Stream stream, out EncodedBytes whole)
    {
        if (stream is not MemoryStream memory || memory.GetType() != typeof(MemoryStream) || !memory.TryGetBuffer(out var content))
        {
            whole = default;
            return false;
        }

        whole = new(null, content.AsMemory((int)Math.Min(memory.Position, content.Count)));
        memory.Position = Math.Max(memory.Position, content.Count);
        return true;
    }

    private static ImageDecodeException TooLong(string name) => new(name, "its file is larger than 1 GiB", "Replace or remove it.");

    private static ImageDecodeException Failed(string name, Exception reason) =>
        new(name, $"reading failed ({reason.Message})", "Check the file and its permissions.", reason);

    /// <summary>A rented array that grows as a stream is read. Refuses what starts as no image, and what is too long.</summary>
    private sealed class Filling : IDisposable
    {
        private readonly string _name;
        private readonly long _remaining;
        private byte[]? _buffer;

        public Filling(Stream stream, string name)
        {
            _name = name;
            _remaining = stream.CanSeek ? stream.Length - stream.Position : 0;
            if (_remaining > MaximumLength)
            {
                throw TooLong(name);
            }

            _buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(_remaining + 1, 1 << 14, 1 << 20));
        }

        public byte[] Buffer => _buffer!;

        public int Length { get; private set; }

        public int Free => Buffer.Length - Length;

        /// <summary>Counts what was read behind <see cref="Length"/>, and makes room for more.</summary>
        /// <returns>Whether that was the end.</returns>
        public bool Add(int read)
        {
            bool told = Length >= ImageFormats.SignatureLength;
            Length += read;
            if (!told && Length > 0 && (read == 0 || Length >= ImageFormats.SignatureLength))
            {
                ImageFormats.Require(Buffer.AsSpan(0, Length), _name);
            }

            if (Length >= MaximumLength)
            {
                throw TooLong(_name);
            }

            if (read > 0 && Free == 0)
            {
                Grow();
            }

            return read == 0;
        }

        public EncodedBytes Take()
        {
            EncodedBytes all = new(_buffer, Buffer.AsMemory(0, Length));
            _buffer = null;
            return all;
        }

        public void Dispose()
        {
            if (_buffer is not null)
            {
                ArrayPool<byte>.Shared.Return(_buffer);
            }
        }

        // All that remains once it is known to start as an image; where that is not known, twice as much.
        private void Grow()
        {
            long wanted = _remaining > Length ? _remaining + 1 : 2L * Length;
            byte[] larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(wanted, MaximumLength));
            Buffer.AsSpan(0, Length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(Buffer);
            _buffer = larger;
        }
    }
}
