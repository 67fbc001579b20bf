using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace SsMfar.Data;

/// <summary>Packed pixels in native memory or in a file mapped into memory, both free of the 2 GB limit of arrays.</summary>
internal sealed unsafe class ImageCacheStore : IDisposable
{
    private readonly NativeBlock? _block;
    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;

    private ImageCacheStore(NativeBlock block)
    {
        _block = block;
        Pixels = (byte*)block.DangerousGetHandle();
    }

    private ImageCacheStore(MemoryMappedFile file, long offset)
    {
        _file = file;
        _view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        Pixels = start + offset;
    }

    /// <summary>The first image's first byte; null after disposal.</summary>
    public byte* Pixels { get; private set; }

    public bool IsMapped => _file is not null;

    /// <summary>Zeroed memory.</summary>
    public static ImageCacheStore InMemory(long length) => new(new NativeBlock(length));

    /// <summary>Maps a file for reading. The store owns the handle.</summary>
    /// <param name="handle">An open file, at least one byte longer than the offset.</param>
    /// <param name="offset">Where the pixels start.</param>
    public static ImageCacheStore Map(SafeFileHandle handle, long offset)
    {
        var file = MemoryMappedFile.CreateFromFile(
            handle,
            null,
            0,
            MemoryMappedFileAccess.Read,
            HandleInheritability.None,
            leaveOpen: false);
        try
        {
            return new ImageCacheStore(file, offset);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (Pixels is null)
        {
            return;
        }

        Pixels = null;
        _block?.Dispose();
        _view?.SafeMemoryMappedViewHandle.ReleasePointer();
        _view?.Dispose();
        _file?.Dispose();
    }

    /// <summary>Frees itself when forgotten.</summary>
    private sealed class NativeBlock : SafeHandleZeroOrMinusOneIsInvalid
    {
        public NativeBlock(long length)
            : base(ownsHandle: true)
        {
            SetHandle((nint)NativeMemory.AllocZeroed((nuint)Math.Max(length, 1)));
            LargePages.AskFor((void*)handle, length);
        }

        protected override bool ReleaseHandle()
        {
            NativeMemory.Free((void*)handle);
            return true;
        }
    }
}
