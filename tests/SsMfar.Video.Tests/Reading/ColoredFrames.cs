using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Video;

namespace SsMfar.Tests.Video;

/// <summary>Frames of 40 x 30 pixels in one colour, of which some are missing, broken or without a face.</summary>
internal sealed class ColoredFrames(int count) : IFrameSource
{
    public string Name { get; init; } = "colours";

    public long? FrameCount => count;

    public string? Stamp { get; init; } = "colours";

    public ImmutableArray<string> Notes => [];

    /// <summary>The frames a second.</summary>
    public double Rate { get; init; } = 25;

    public int Broken { get; init; } = -1;

    public int Missing { get; init; } = -1;

    /// <summary>The frame before which the source ends with an error; how it says so.</summary>
    public (int Frame, Exception Error)? Fault { get; init; }

    /// <summary>Gives each frame's picture, encoded, in place of one in a colour.</summary>
    public Func<byte[]>? Encoded { get; init; }

    /// <summary>Called before each frame is given out.</summary>
    public Action<long> OnFrame { get; init; } = _ => { };

    /// <summary>Two faces, from frame 15 on in the other order; none in every seventh frame.</summary>
    public static IReadOnlyList<SsMfar.Faces.FaceRectangle> Boxes(VideoFrame frame)
    {
        SsMfar.Faces.FaceRectangle left = new(5 + (frame.Index % 5), 5, 12, 12), right = new(22, 10, 10, 14);
        return frame.Index % 7 == 3 ? [] : frame.Index < 15 ? [left, right] : [right, left];
    }

    public async IAsyncEnumerable<VideoFrame> ReadAsync(
        long first = 0, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        for (long i = first; i < count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Fault is { } fault && fault.Frame <= i)
            {
                throw fault.Error;
            }

            OnFrame(i);
            yield return i == Missing ? new(i, i / Rate, null, "the frame is missing")
                : i == Broken ? new(i, i / Rate, FaceImage.FromBytes(new byte[] { 1, 2, 3 }))
                : new(i, i / Rate, Encoded is null ? FaceImage.FromPixels(Picture(i)) : FaceImage.FromBytes(Encoded()));
        }
    }

    private static RgbImage Picture(long i)
    {
        byte[] pixels = new byte[3 * 40 * 30];
        for (int k = 0; k < pixels.Length; k += 3)
        {
            (pixels[k], pixels[k + 1], pixels[k + 2]) = ((byte)(i * 37), (byte)(i * 5), (byte)(i * 11));
        }

        return new(40, 30, pixels);
    }
}
