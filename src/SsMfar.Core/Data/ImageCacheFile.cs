using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;
using SsMfar.Shared;

namespace SsMfar.Data;

/// <summary>
/// The cache file: a header of 256 bytes (little-endian), the pixels, then the failures. A header that is not exactly what was expected,
/// or a file of another length than the header says, counts as no file.
/// </summary>
/// <remarks>
/// Header: magic (8 bytes), format version (int32), width (int32), height (int32), 0 (int32), images (int64), bytes of the failures
/// (int64), fingerprint of the image list (32), SHA-256 of the failures (32), SHA-256 of the header up to here (32), zeros.
/// </remarks>
internal static class ImageCacheFile
{
    public const int HeaderLength = 256;

    private const int FormatVersion = 2;
    private const int FingerprintOffset = 40;
    private const int FailuresHashOffset = 72;
    private const int HeaderHashOffset = 104;

    /// <summary>Opens a file if it holds exactly these images, whole.</summary>
    /// <returns>The file and the failures by entry, or null where the images must be decoded.</returns>
    public static (SafeFileHandle Handle, Dictionary<int, ImageFault> Failures)? TryOpen(
        string path, int entries, ImageCacheOptions options, byte[] fingerprint)
    {
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            Dictionary<int, ImageFault>? failures = ReadFailures(handle, entries, options, fingerprint);
            if (failures is not null)
            {
                SafeFileHandle opened = handle;
                handle = null;
                return (opened, failures);
            }

            return null;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            // Not there or not readable: decoding follows, and writing says what is wrong with the place.
            return null;
        }
        finally
        {
            handle?.Dispose();
        }
    }

    /// <summary>Writes failures and header behind and before pixels that are in place, and everything to the disk.</summary>
    public static void Finish(
        string path, SafeFileHandle handle, int entries, ImageCacheOptions options, byte[] fingerprint,
        IReadOnlyDictionary<int, ImageFault> failures)
    {
        byte[] tail = WriteFailures(failures);
        byte[] header = new byte[HeaderLength];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(8), FormatVersion);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(12), options.Width);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(16), options.Height);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(24), entries);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(32), tail.Length);
        fingerprint.CopyTo(header, FingerprintOffset);
        SHA256.HashData(tail, header.AsSpan(FailuresHashOffset));
        SHA256.HashData(header.AsSpan(0, HeaderHashOffset), header.AsSpan(HeaderHashOffset));
        RandomAccess.Write(handle, tail, HeaderLength + (long)entries * options.ImageBytes);
        RandomAccess.Write(handle, header, 0);
        DiskFlush.Flush(handle, path);
    }

    private static ReadOnlySpan<byte> Magic => "SSMFARIC"u8;

    private static Dictionary<int, ImageFault>? ReadFailures(
        SafeFileHandle handle, int entries, ImageCacheOptions options, byte[] fingerprint)
    {
        byte[] header = new byte[HeaderLength];
        if (!ReadAll(handle, header, 0))
        {
            return null;
        }

        long tailLength = BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(32));
        long tailOffset = HeaderLength + (long)entries * options.ImageBytes;
        bool expected = header.AsSpan(0, 8).SequenceEqual(Magic)
            && SHA256.HashData(header.AsSpan(0, HeaderHashOffset)).AsSpan().SequenceEqual(header.AsSpan(HeaderHashOffset, 32))
            && BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(8)) == FormatVersion
            && header.AsSpan(FingerprintOffset, 32).SequenceEqual(fingerprint)
            && tailLength is >= 4 and <= int.MaxValue
            && RandomAccess.GetLength(handle) == tailOffset + tailLength;
        if (!expected)
        {
            return null;
        }

        byte[] tail = new byte[tailLength];
        return ReadAll(handle, tail, tailOffset) && SHA256.HashData(tail).AsSpan().SequenceEqual(header.AsSpan(FailuresHashOffset, 32))
            ? ParseFailures(tail, entries)
            : null;
    }

    private static bool ReadAll(SafeFileHandle handle, Span<byte> buffer, long offset)
    {
        while (!buffer.IsEmpty)
        {
            int read = RandomAccess.Read(handle, buffer, offset);
            if (read == 0)
            {
                return false;
            }

            buffer = buffer[read..];
            offset += read;
        }

        return true;
    }

    private static byte[] WriteFailures(IReadOnlyDictionary<int, ImageFault> failures)
    {
        using MemoryStream stream = new();
        using BinaryWriter writer = new(stream, Encoding.UTF8);
        writer.Write(failures.Count);
        foreach ((int entry, ImageFault fault) in failures.OrderBy(failure => failure.Key))
        {
            writer.Write(entry);
            writer.Write(fault.Reason);
            writer.Write(fault.Remedy);
        }

        writer.Flush();
        return stream.ToArray();
    }

    /// <summary>
    /// Reads what <see cref="WriteFailures"/> wrote; null for anything else, since a hash tells damage and not who made it.
    /// </summary>
    private static Dictionary<int, ImageFault>? ParseFailures(byte[] tail, int entries)
    {
        using MemoryStream stream = new(tail);
        using BinaryReader reader = new(stream, new UTF8Encoding(false, true));
        try
        {
            int count = reader.ReadInt32();
            if (count < 0 || count > entries)
            {
                return null;
            }

            Dictionary<int, ImageFault> failures = [];
            for (int i = 0; i < count; i++)
            {
                int entry = reader.ReadInt32();
                if (entry < 0 || entry >= entries || !failures.TryAdd(entry, new(reader.ReadString(), reader.ReadString())))
                {
                    return null;
                }
            }

            return stream.Position == stream.Length ? failures : null;
        }
        catch (Exception damaged) when (damaged is IOException or FormatException or ArgumentException or OutOfMemoryException)
        {
            return null;
        }
    }
}
