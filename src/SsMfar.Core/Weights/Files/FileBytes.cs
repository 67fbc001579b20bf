using Microsoft.Win32.SafeHandles;
using SsMfar.Shared;
using TorchSharp;

namespace SsMfar.Weights;

/// <summary>A weight file's bytes, at any position, from any thread. Whatever fails is a <see cref="ModelFileException"/>.</summary>
internal sealed class FileBytes : IDisposable
{
    private const long ChunkBytes = 1L << 30;
    private const string ReadRemedy = "Make sure that nothing writes to the file while it is read, or write or download it again";

    private readonly SafeFileHandle _file;

    private FileBytes(string path, SafeFileHandle file, long length)
    {
        Path = path;
        _file = file;
        Length = length;
    }

    public string Path { get; }

    public long Length { get; }

    /// <exception cref="ModelFileException">The file cannot be opened.</exception>
    public static FileBytes Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        SafeFileHandle? file = null;
        try
        {
            RegularFile.Require(path);
            file = File.OpenHandle(path, options: FileOptions.RandomAccess);
            var bytes = new FileBytes(path, file, RandomAccess.GetLength(file));
            file = null;
            return bytes;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new ModelFileException(
                path,
                null,
                $"it cannot be opened: {e.Message.TrimEnd('.')}",
                "Check the path and its permissions",
                e);
        }
        finally
        {
            file?.Dispose();
        }
    }

    /// <summary>Fills a buffer.</summary>
    /// <param name="buffer">Where the bytes go.</param>
    /// <param name="position">From where in the file.</param>
    /// <param name="key">The entry that they belong to, for messages.</param>
    /// <exception cref="ModelFileException">The file ends before, or cannot be read.</exception>
    public void Read(Span<byte> buffer, long position, string? key = null)
    {
        try
        {
            while (buffer.Length > 0)
            {
                int read = RandomAccess.Read(_file, buffer, position);
                if (read == 0)
                {
                    throw new ModelFileException(Path, key, "the file ended while it was read", ReadRemedy);
                }

                buffer = buffer[read..];
                position += read;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new ModelFileException(Path, key, $"it cannot be read: {e.Message.TrimEnd('.')}", ReadRemedy, e);
        }
    }

    /// <summary>Fills a contiguous tensor on the CPU with the bytes from a position on.</summary>
    /// <exception cref="ModelFileException">The file ends before, cannot be read, or holds truth values other than 0 and 1.</exception>
    public void ReadInto(torch.Tensor tensor, long position, string key)
    {
        if (tensor.numel() == 0)
        {
            return;
        }

        using var scope = torch.NewDisposeScope();
        var flat = tensor.detach().view(-1);
        long chunk = ChunkBytes / flat.ElementSize;
        for (long start = 0; start < flat.shape[0]; start += chunk)
        {
            // A span holds 2 GB at most.
            var bytes = flat.narrow(0, start, Math.Min(chunk, flat.shape[0] - start)).bytes;
            Read(bytes, position + (start * flat.ElementSize), key);
            if (tensor.dtype == torch.ScalarType.Bool && bytes.ContainsAnyExceptInRange((byte)0, (byte)1))
            {
                bytes.Clear();
                throw new ModelFileException(Path, key, "it holds truth values other than 0 and 1", "Write or download the file again");
            }
        }
    }

    public void Dispose() => _file.Dispose();
}
