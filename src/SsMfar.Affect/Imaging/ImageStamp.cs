using System.Buffers.Binary;
using System.Security.Cryptography;
using SsMfar.Shared;

namespace SsMfar.Imaging;

/// <summary>
/// The length of an image file and a hash of its content: equal for copies, different as good as always for files that differ.
/// </summary>
/// <param name="length">Bytes of the encoded file.</param>
/// <param name="contentHash">A hash of the content; comparable only between stamps of one source.</param>
public readonly struct ImageStamp(long length, ulong contentHash)
{
    private const int WholeLength = 128 << 10;
    private const int EndLength = 32 << 10;
    private const int PieceLength = 4 << 10;
    private const int Pieces = 16;

    /// <summary>Gets the length of the encoded file in bytes.</summary>
    public long Length { get; } = length;

    /// <summary>Gets a hash of the content; comparable only between stamps of one source.</summary>
    public ulong ContentHash { get; } = contentHash;

    /// <summary>
    /// The stamp of a file: of all bytes up to 128 KiB, as cropped faces have; of a larger file the length, 32 KiB at each end and sixteen
    /// pieces of 4 KiB at even distances. Compressed files that show other pictures differ nearly everywhere; the pieces are for BMP, whose
    /// ends may both be black.
    /// </summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    internal static ImageStamp OfFile(string path)
    {
        RegularFile.Require(path);
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.RandomAccess);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long length = file.Length;
        byte[] buffer = new byte[(int)Math.Min(length, WholeLength)];
        if (length <= WholeLength)
        {
            Append(0, buffer.Length);
        }
        else
        {
            Append(0, EndLength);
            for (int piece = 1; piece <= Pieces; piece++)
            {
                Append((length - PieceLength) / (Pieces + 1) * piece, PieceLength);
            }

            Append(length - EndLength, EndLength);
        }

        return new(length, BinaryPrimitives.ReadUInt64LittleEndian(hash.GetHashAndReset()));

        void Append(long offset, int count)
        {
            file.Position = offset;
            file.ReadExactly(buffer, 0, count);
            hash.AppendData(buffer, 0, count);
        }
    }
}
