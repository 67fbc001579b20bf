using SsMfar.Data;

namespace SsMfar.Campaigns.Models;

/// <summary>A cache of a few small images, one of which could not be decoded.</summary>
internal static class TinyCache
{
    public const int Images = 3;

    public static ImageCacheOptions Options { get; } = new() { Width = 4, Height = 4 };

    public static byte[] Fingerprint { get; } = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    /// <summary>Gets where the failures begin.</summary>
    public static int TailOffset => ImageCacheFile.HeaderLength + (Images * Options.ImageBytes);

    public static void Write(string path)
    {
        using Microsoft.Win32.SafeHandles.SafeFileHandle handle = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite);
        ImageCacheFile.Finish(path, handle, Images, Options, Fingerprint, new Dictionary<int, ImageFault>
        {
            [1] = new("it is truncated", "Save it again"), [2] = new("it is empty", "Save it again"),
        });
    }
}
