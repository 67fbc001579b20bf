using System.Buffers.Binary;
using CsCheck;
using SkiaSharp;
using SsMfar.Imaging;

namespace SsMfar.Tests.Imaging;

/// <summary>JPEGs decoded at 1/2, 1/4 and 1/8 against decoding in full.</summary>
public sealed class ScaledDecodingTests
{
    private static readonly ImageDecoder Full = new() { ScaledDecoding = false };

    [Theory]
    [InlineData(1001, 1201, 48)]
    [InlineData(1007, 1015, 48)]
    [InlineData(777, 801, 48)]
    [InlineData(403, 411, 48)]
    [InlineData(203, 197, 48)]
    public void A_side_that_is_no_multiple_of_the_scale_is_not_stretched(int width, int height, int size)
    {
        byte[] jpeg = Stripes(width, height, period: size / 6);

        (double mean, int largest) = Difference(jpeg, null, size, size);

        mean.Should().BeLessThan(1);
        largest.Should().BeLessThan(24);
    }

    [Fact]
    public void Any_size_scale_box_and_orientation_comes_close_to_decoding_in_full() =>
        Gen.Select(Gen.Int[0, 2], Gen.Int[0, 90], Gen.Int[0, 90], Gen.Int[1, 8], Gen.Bool, Gen.Int[16, 40])
            .Sample((scale, extraX, extraY, orientation, boxed, size) =>
        {
            int side = size * (4 << scale);
            byte[] jpeg = TestImages.WithOrientation(Stripes(side + extraX, side + extraY, size / 6), orientation);
            (int width, int height) = orientation < 5 ? (side + extraX, side + extraY) : (side + extraY, side + extraX);
            FaceBox? box = boxed ? new FaceBox(extraX / 2, extraY / 3, width - extraX / 2, height - extraY / 3) : null;

            (double mean, int largest) = Difference(jpeg, box, size, size);

            mean.Should().BeLessThan(1.5);
            largest.Should().BeLessThan(32);
        }, iter: 60);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(6)]
    [InlineData(8)]
    public void What_an_encoder_puts_behind_the_last_pixels_is_not_sampled(int orientation)
    {
        // The same photograph, whose last blocks go on in white or in black, as those of an image cut without decoding do.
        foreach (int size in new[] { 16, 30, 60 })
        {
            foreach (int side in new[] { 497, 500, 503 })
            {
                byte[] white = TestImages.WithOrientation(Grey(side, 255), orientation);
                byte[] black = TestImages.WithOrientation(Grey(side, 0), orientation);
                byte[] a = new byte[size * size * 3], b = new byte[a.Length];
                ImageDecoder.Default.DecodeResized(white, "white.jpg", null, size, size, a);
                ImageDecoder.Default.DecodeResized(black, "black.jpg", null, size, size, b);

                a.Zip(b, (one, other) => Math.Abs(one - other)).Max().Should().BeLessThan(16, "side {0} to {1}", side, size);
            }
        }
    }

    private static (double Mean, int Largest) Difference(byte[] jpeg, FaceBox? box, int width, int height)
    {
        byte[] full = new byte[width * height * 3], scaled = new byte[full.Length];
        Full.DecodeResized(jpeg, "a.jpg", box, width, height, full);
        ImageDecoder.Default.DecodeResized(jpeg, "a.jpg", box, width, height, scaled);
        int[] differences = [.. full.Zip(scaled, (a, b) => Math.Abs(a - b))];
        return (differences.Average(), differences.Max());
    }

    /// <summary>
    /// Steep waves across and down, as many as the wanted size can just show, so that a shift of half a pixel is a large difference.
    /// </summary>
    private static byte[] Stripes(int width, int height, int period)
    {
        double[] across = Wave(width), down = Wave(height);
        using SKBitmap bitmap = new(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        bitmap.Pixels =
        [
            .. down.SelectMany(
                _ => across, (y, x) => new SKColor((byte)(128 + 110 * x), (byte)(128 + 110 * y), (byte)(128 + 55 * (x + y)))),
        ];
        double[] Wave(int side) => [.. Enumerable.Range(0, side).Select(i => Math.Sin(2 * Math.PI * period * (i + 0.5) / side))];
        return TestImages.Encode(bitmap, SKEncodedImageFormat.Jpeg, 95);
    }

    /// <summary>A grey square whose file has blocks beyond the sides that it states.</summary>
    private static byte[] Grey(int side, byte beyond)
    {
        int whole = (side + 15) / 16 * 16;
        using SKBitmap bitmap = new(new SKImageInfo(whole, whole, SKColorType.Rgba8888, SKAlphaType.Opaque));
        bitmap.Erase(new SKColor(beyond, beyond, beyond));
        bitmap.Erase(new SKColor(128, 128, 128), new SKRectI(0, 0, side, side));

        byte[] jpeg = TestImages.Encode(bitmap, SKEncodedImageFormat.Jpeg, 100);
        int frame = jpeg.AsSpan().IndexOf([(byte)0xFF, (byte)0xC0]);
        BinaryPrimitives.WriteUInt16BigEndian(jpeg.AsSpan(frame + 5), (ushort)side);
        BinaryPrimitives.WriteUInt16BigEndian(jpeg.AsSpan(frame + 7), (ushort)side);
        return jpeg;
    }
}
