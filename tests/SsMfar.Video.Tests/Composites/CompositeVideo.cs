using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using SkiaSharp;
using SsMfar.Faces;
using SsMfar.Inference;
using SsMfar.RenderedFaces;
using SsMfar.Video;

namespace SsMfar.Tests.Video;

/// <summary>
/// Two drawn people who move over a scene for 20 seconds: the first is hidden for a while, the second leaves and returns, and one frame is
/// damaged. Where they are is known.
/// </summary>
internal sealed class CompositeVideo : IFrameSource, IDisposable
{
    public const int Rate = 15;
    public const int Frames = 20 * Rate;
    public const int Damaged = 75;

    private const int Width = 640;
    private const int Height = 480;
    private const int HiddenFrom = 100;
    private const int HiddenTo = 120;
    private const int AwayFrom = 160;
    private const int AwayTo = 240;

    private readonly SKBitmap[] _people =
        [.. new[] { 3, 20 }.Select(i => RenderedFaceSet.Render(new() { Size = 224 }, FaceSplit.Validation, i))];

    public string Name => "composite";

    public long? FrameCount => Frames;

    public string? Stamp => "composite";

    public ImmutableArray<string> Notes => [];

    /// <summary>Where a person is in a frame, the whole crop; null where nothing or half of it can be seen.</summary>
    public static FaceRectangle? Place(int person, long frame)
    {
        double time = frame / (double)Rate;
        if (person == 0)
        {
            return frame is >= HiddenFrom and < HiddenTo ? null : new(
                (float)(60 + (45 * Math.Sin(0.9 * time))), (float)(150 + (40 * Math.Cos(0.7 * time))), 190, 190);
        }

        double aside = frame is >= AwayFrom and < AwayTo ? 330 * Math.Sin(Math.PI * (frame - AwayFrom) / (AwayTo - AwayFrom)) : 0;
        FaceRectangle place = new(
            (float)(390 + (40 * Math.Sin((1.1 * time) + 1)) + aside), (float)(120 + (60 * Math.Cos(0.8 * time))), 170, 170);
        return place.X > Width - 20 ? null : place;
    }

    public async IAsyncEnumerable<VideoFrame> ReadAsync(
        long first = 0, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        for (long i = first; i < Frames; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (i == Damaged)
            {
                yield return new(i, i / (double)Rate, FaceImage.FromBytes(new byte[] { 0xFF, 0xD8, 0xFF, 0xE0, 1, 2 }, name: "damaged"));
                continue;
            }

            using SKBitmap picture = Paint(i);
            yield return new(i, i / (double)Rate, FaceImage.FromBitmap(picture));
        }
    }

    public void Dispose()
    {
        foreach (SKBitmap person in _people)
        {
            person.Dispose();
        }
    }

    private SKBitmap Paint(long frame)
    {
        SKBitmap picture = new(new SKImageInfo(Width, Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using SKCanvas canvas = new(picture);
        canvas.Clear(new SKColor(84, 96, 110));
        using SKPaint paint = new() { IsAntialias = true, FilterQuality = SKFilterQuality.Medium, Color = new SKColor(120, 110, 90) };
        canvas.DrawRect(0, 330, Width, 150, paint);
        canvas.DrawRect(300, 40, 60, 90, paint);
        for (int person = 0; person < 2; person++)
        {
            if (Place(person, frame) is { } place)
            {
                canvas.DrawBitmap(_people[person], new SKRect(place.X, place.Y, place.X + place.Width, place.Y + place.Height), paint);
            }
        }

        return picture;
    }
}
