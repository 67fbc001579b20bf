using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using SkiaSharp;
using SsMfar.Benchmarks.Photographs;
using SsMfar.Faces;
using SsMfar.Inference;
using SsMfar.Video;

namespace SsMfar.Benchmarks.Videos;

/// <summary>
/// Two people who move over a scene of 640 x 480 pixels, 30 frames a second, as JPEG pictures: every 20 seconds the first is hidden for 40
/// frames and the second leaves for five seconds and returns. One frame is damaged. Where they are is known.
/// </summary>
/// <param name="first">The crop of the first; it stays the caller's.</param>
/// <param name="second">That of the second.</param>
/// <param name="frames">How many frames.</param>
internal sealed class PeopleInScene(SKBitmap first, SKBitmap second, int frames) : IFrameSource
{
    public const int Rate = 30;
    public const int Damaged = 75;

    /// <summary>Frames until it begins anew.</summary>
    public const int Cycle = 20 * Rate;

    private const int Width = 640, Height = 480, Quality = 90;
    private const int HiddenFrom = 100, HiddenTo = 140, AwayFrom = 250, AwayTo = 400;

    private readonly SKBitmap[] _people = [first, second];

    public string Name => "people in a scene";

    public long? FrameCount => frames;

    public string? Stamp => "people in a scene";

    public ImmutableArray<string> Notes => [];

    /// <summary>Gets or sets what is told of each frame before it is given out, also where it is read once more.</summary>
    public Action<int>? OnFrame { get; set; }

    /// <summary>Where the crop of a person is in a frame; null where it cannot be seen, or half of it.</summary>
    public static FaceRectangle? Place(int person, long frame)
    {
        long inCycle = frame % Cycle;
        double time = 0.1 * Math.PI * inCycle / Rate; // a whole turn in 20 seconds
        if (person == 0)
        {
            return inCycle is >= HiddenFrom and < HiddenTo ? null : new(
                (float)(60 + (45 * Math.Sin(3 * time))), (float)(150 + (40 * Math.Cos(2 * time))), 190, 190);
        }

        double aside = inCycle is >= AwayFrom and < AwayTo
            ? 330 * Math.Sin(Math.PI * (inCycle - AwayFrom) / (AwayTo - AwayFrom)) : 0;
        FaceRectangle place = new(
            (float)(390 + (40 * Math.Sin((4 * time) + 1)) + aside), (float)(120 + (60 * Math.Cos(3 * time))), 160, 160);
        return place.X > Width - 20 ? null : place;
    }

    public async IAsyncEnumerable<VideoFrame> ReadAsync(
        long first = 0, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        for (long i = first; i < frames; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            OnFrame?.Invoke((int)i);
            byte[] picture = i == Damaged ? [0xFF, 0xD8, 0xFF, 0xE0, 1, 2] : Paint(i);
            yield return new(i, i / (double)Rate, FaceImage.FromBytes(picture, name: $"{i}"));
        }
    }

    private byte[] Paint(long frame)
    {
        using SKBitmap picture = new(new SKImageInfo(Width, Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using SKCanvas canvas = new(picture);
        canvas.Clear(new SKColor(84, 96, 110));
        using SKPaint paint = new() { IsAntialias = true, FilterQuality = SKFilterQuality.Medium, Color = new SKColor(120, 110, 90) };
        canvas.DrawRect(0, 330, Width, 150, paint);
        canvas.DrawRect(300, 40, 60, 90, paint);
        for (int person = 0; person < _people.Length; person++)
        {
            if (Place(person, frame) is { } place)
            {
                canvas.DrawBitmap(_people[person], new SKRect(place.X, place.Y, place.X + place.Width, place.Y + place.Height), paint);
            }
        }

        using SKData encoded = picture.Encode(SKEncodedImageFormat.Jpeg, Quality);
        return encoded.ToArray();
    }
}
