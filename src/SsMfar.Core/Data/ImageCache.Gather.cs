using System.Runtime.InteropServices;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Data;

internal sealed partial class ImageCache
{
    // Below this, starting threads costs more than it saves.
    private const long ParallelBytes = 4 << 20;

    private const int RowsPerTask = 16;
    private const long UploadBytes = 64 << 20;

    private torch.Tensor? _resident;

    /// <summary>Gets what all pixels take, in bytes.</summary>
    internal long PixelBytes => (long)_entries.Count * ImageBytes;

    /// <summary>Copies images one after another; in parallel when there is much to copy.</summary>
    /// <param name="indices">Rows, in any order, repeated or not.</param>
    /// <param name="destination">Receives, for each index, height x width x 3 values.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    /// <exception cref="ArgumentException">The destination has another length.</exception>
    /// <exception cref="ObjectDisposedException">The cache is disposed.</exception>
    public unsafe void Gather(ReadOnlySpan<int> indices, Span<byte> destination)
    {
        ObjectDisposedException.ThrowIf(_store.Pixels is null, this);
        if (destination.Length != (long)indices.Length * ImageBytes)
        {
            throw new ArgumentException(
                FormattableString.Invariant(
                    $"{indices.Length} images of {ImageBytes} bytes do not fill {destination.Length} bytes."), nameof(destination));
        }

        foreach (int index in indices)
        {
            CheckIndex(index);
        }

        fixed (int* rows = indices)
        fixed (byte* target = destination)
        {
            if (destination.Length < ParallelBytes)
            {
                Copy(rows, target, 0, indices.Length);
                return;
            }

            // Lambdas cannot hold pointers; both stay fixed until the loop is over.
            nint rowsAddress = (nint)rows, targetAddress = (nint)target;
            int count = indices.Length;
            Parallel.For(0, (count + RowsPerTask - 1) / RowsPerTask, task =>
                Copy((int*)rowsAddress, (byte*)targetAddress, task * RowsPerTask, Math.Min(count, (task + 1) * RowsPerTask)));
        }
    }

    /// <summary>
    /// Images as a tensor: uint8 [n, 3, height, width], values 0 to 255, channels R, G, B, channels-last strides. Gathered on the device
    /// itself after <see cref="ToDevice"/>.
    /// </summary>
    /// <param name="indices">Rows, in any order, repeated or not.</param>
    /// <param name="device">Where the tensor is to be.</param>
    /// <returns>A tensor that the caller, or its dispose scope, disposes.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    /// <exception cref="ObjectDisposedException">The cache is disposed.</exception>
    public unsafe torch.Tensor GatherTensor(ReadOnlySpan<int> indices, torch.Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        ObjectDisposedException.ThrowIf(_store.Pixels is null, this);
        using torch.Tensor packed = _resident is not null && SameDevice(_resident.device, device)
            ? SelectResident(_resident, indices)
            : CopyToDevice(indices, device);
        return packed.permute(0, 3, 1, 2);
    }

    /// <summary>
    /// Copies all pixels to a device, from where <see cref="GatherTensor"/> then takes them, if they fit
    /// <see cref="ImageCacheOptions.DeviceMemoryBudget"/>. Calling it again for the same device does nothing; another device replaces the
    /// first. Not to be called while other threads gather.
    /// </summary>
    /// <param name="device">A device, CUDA as a rule: on the CPU this is a second copy without use.</param>
    /// <returns>Whether the pixels are on the device; false where they exceed the budget or the device's free memory.</returns>
    /// <exception cref="ObjectDisposedException">The cache is disposed.</exception>
    public bool ToDevice(torch.Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return Place(device, _options.DeviceMemoryBudget ?? DeviceMemory.ShareForImages(device));
    }

    /// <inheritdoc cref="ToDevice(torch.Device)"/>
    internal unsafe bool Place(torch.Device device, long budget)
    {
        ObjectDisposedException.ThrowIf(_store.Pixels is null, this);
        if (_resident is not null && SameDevice(_resident.device, device))
        {
            return true;
        }

        if (PixelBytes > budget)
        {
            return false;
        }

        torch.Tensor? pixels = null;
        try
        {
            pixels = Upload(device);
        }
        catch (ExternalException noMemory) when (DeviceMemory.IsExhausted(noMemory))
        {
            return false;
        }

        _resident?.Dispose();
        _resident = pixels;
        return true;
    }

    private static bool SameDevice(torch.Device a, torch.Device b) =>
        a.type == b.type && (a.type == DeviceType.CPU || Math.Max(a.index, 0) == Math.Max(b.index, 0));

    private unsafe torch.Tensor Upload(torch.Device device)
    {
        using var scope = torch.NewDisposeScope();
        torch.Tensor pixels = torch.empty([_entries.Count, Height, Width, 3], torch.ScalarType.Byte, device);
        int rowsAtOnce = (int)Math.Clamp(UploadBytes / ImageBytes, 1, Math.Max(_entries.Count, 1));
        for (int start = 0; start < _entries.Count; start += rowsAtOnce)
        {
            int rows = Math.Min(rowsAtOnce, _entries.Count - start);
            using var step = torch.NewDisposeScope();
            torch.Tensor host = torch.empty([rows, Height, Width, 3], torch.ScalarType.Byte, torch.CPU);
            new ReadOnlySpan<byte>(_store.Pixels + (long)start * ImageBytes, rows * ImageBytes).CopyTo(host.bytes);
            pixels.narrow(0, start, rows).copy_(host);
        }

        return pixels.DetachFromDisposeScope();
    }

    private torch.Tensor SelectResident(torch.Tensor pixels, ReadOnlySpan<int> indices)
    {
        long[] entries = new long[indices.Length];
        for (int i = 0; i < entries.Length; i++)
        {
            CheckIndex(indices[i]);
            entries[i] = _entries.EntryOf(indices[i]);
        }

        using torch.Tensor selection = Transfers.ToDevice(entries, [entries.Length], pixels.device);
        return pixels.index_select(0, selection);
    }

    private torch.Tensor CopyToDevice(ReadOnlySpan<int> indices, torch.Device device)
    {
        torch.Tensor host = torch.empty([indices.Length, Height, Width, 3], torch.ScalarType.Byte, torch.CPU);
        try
        {
            if (!indices.IsEmpty)
            {
                Gather(indices, host.bytes);
            }

            return Transfers.ToDevice(host, device);
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }

    private unsafe void Copy(int* rows, byte* target, int start, int end)
    {
        byte* pixels = _store.Pixels;
        int bytes = ImageBytes;
        for (int i = start; i < end; i++)
        {
            Buffer.MemoryCopy(pixels + (long)_entries.EntryOf(rows[i]) * bytes, target + (long)i * bytes, bytes, bytes);
        }
    }
}
