using System.IO.Compression;
using SkiaSharp;
using SsMfar.Imaging;

namespace SsMfar.Tests.Imaging;

public sealed class ImageDecoderTests
{
    // Made with Pillow 9.4, which turns the CMYK one into (51, 207, 180) on the left and (159, 87, 23) on the right.
    private const string CmykJpeg =
        "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwACAQEBAQECAQEBAgICAgIEAwICAgIFBAQDBAYFBgYGBQYGBgcJCAYHCQcGBggLCAkKCgoKCgYICwwLCgwJCgoK/8AAFAgAEAAQ" +
        "BEMRAE0RAFkRAEsRAP/EAB8AAAEFAQEBAQEBAAAAAAAAAAABAgMEBQYHCAkKC//EALUQAAIBAwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEV" +
        "UtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrC" +
        "w8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+v/aAA4EQwBNAFkASwAAPwD826/YSv0Mr9rK/r4r8l6/l/r856/kHr9aK/qAr9GK/r4r8l6/l/r856//" +
        "2Q==";

    private const string GreyJpeg =
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQH/wAALCAAI" +
        "AAgBAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2Jy" +
        "ggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJ" +
        "ytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/APxnr//Z";

    private const string GreyGif = "R0lGODdhCAAIAIEAAE1NTQAAAAAAAAAAACwAAAAACAAIAAAIDwABCBxIsKDBgwgTKkwYEAA7";
    private const string PalettePngWithTransparency =
        "iVBORw0KGgoAAAANSUhEUgAAAAQAAAABCAMAAADO4v//AAAADFBMVEX/AAAA/wAAAP8KFB4iiCkEAAAAAnRSTlP/" +
        "AOW3MEoAAAANSURBVHicY2BgZGIGAAAPAAeEjpltAAAAAElFTkSuQmCC";
    private const string BlackWhitePng = "iVBORw0KGgoAAAANSUhEUgAAAAkAAAACAQAAAACiLct+AAAADklEQVR4nGMM1WZiYAAAAmcAhA9ivawAAAAASUVORK5CYII=";
    private const string Bmp = "Qk1OAAAAAAAAADYAAAAoAAAAAwAAAAIAAAABABgAAAAAABgAAADEDgAAxA4AAAAAAAAAAAAAAwIB/Pv6IECAAAAAAAD/AP8A/wAAAAAA";
    private const string GreyAlphaPng = "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAQAAABeK7cBAAAADUlEQVR4nGM4wZDSAAAEbQGtu7aM3QAAAABJRU5ErkJggg==";
    private const string Rgb16Png =
        "iVBORw0KGgoAAAANSUhEUgAAAAMAAAABEAIAAADEEl+gAAAAG0lEQVR4nGP4/5+BoYGBi0tERE5O6L9QgxADADVnBKwEKTWyAAAAAElFTkSuQmCC";
    private const string Grey16Png = "iVBORw0KGgoAAAANSUhEUgAAAAMAAAABEAAAAABuG5crAAAAD0lEQVR4nGP4/z8lhYEBAA24Asdy5TkQAAAAAElFTkSuQmCC";

    [Theory]
    [InlineData(1, "RG/BW")]
    [InlineData(2, "GR/WB")]
    [InlineData(3, "WB/GR")]
    [InlineData(4, "BW/RG")]
    [InlineData(5, "RB/GW")]
    [InlineData(6, "BR/WG")]
    [InlineData(7, "WG/BR")]
    [InlineData(8, "GW/RB")]
    public void Images_come_out_upright(int orientation, string quarters)
    {
        using SKBitmap bitmap = TestImages.Quarters(64, 32);
        byte[] jpeg = TestImages.WithOrientation(TestImages.Encode(bitmap, SKEncodedImageFormat.Jpeg, 100), orientation);

        RgbImage image = ImageDecoder.Default.Decode(jpeg, "face.jpg");

        (image.Width, image.Height).Should().Be(orientation < 5 ? (64, 32) : (32, 64));
        Letters(image).Should().Be(quarters);
        byte[] resized = new byte[20 * 12 * 3];
        ImageDecoder.Default.DecodeResized(jpeg, "face.jpg", null, 20, 12, resized);
        resized.Should().Equal(image.Resize(20, 12).Pixels.ToArray());
    }

    [Fact]
    public void Cmyk_becomes_rgb()
    {
        RgbImage image = Decode(CmykJpeg);

        Near(image.At(3, 8), (51, 207, 180), 3);
        Near(image.At(12, 8), (159, 87, 23), 3);
    }

    [Fact]
    public void Grey_becomes_rgb()
    {
        Decode(GreyJpeg).Pixels.ToArray().Should().OnlyContain(v => v == 77);
        Decode(GreyGif).Pixels.ToArray().Should().OnlyContain(v => v == 77);
        Decode(BlackWhitePng).Pixels.ToArray().Where((_, i) => i % 3 == 1).Should()
            .Equal(0, 255, 0, 255, 0, 255, 0, 255, 255, 0, 255, 0, 255, 0, 255, 0, 255, 255);
    }

    [Fact]
    public void Sixteen_bits_become_eight()
    {
        Near(Decode(Rgb16Png).At(0, 0), (255, 0, 128), 0);
        Near(Decode(Rgb16Png).At(1, 0), (10, 20, 30), 0);
        Near(Decode(Rgb16Png).At(2, 0), (18, 18, 18), 1);
        Near(Decode(Grey16Png).At(0, 0), (255, 255, 255), 0);
        Near(Decode(Grey16Png).At(1, 0), (100, 100, 100), 0);
    }

    [Fact]
    public void Alpha_is_dropped_and_the_stored_colour_kept()
    {
        Decode(PalettePngWithTransparency).Pixels.ToArray().Should().Equal(255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30);
        Decode(GreyAlphaPng).Pixels.ToArray().Should().Equal(200, 200, 200, 100, 100, 100);
        using SKBitmap bitmap = new(new SKImageInfo(2, 1, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        bitmap.SetPixel(0, 0, new SKColor(200, 100, 50, 40));
        bitmap.SetPixel(1, 0, new SKColor(1, 2, 3, 255));
        ImageDecoder.FromBitmap(bitmap).Pixels.ToArray().Should().Equal(200, 100, 50, 1, 2, 3);
        ImageDecoder.Default.Decode(TestImages.Encode(bitmap), "a.png").Pixels.ToArray().Should().Equal(200, 100, 50, 1, 2, 3);
    }

    [Fact]
    public void Pixels_become_an_opaque_bitmap_and_pixels_again()
    {
        byte[] pixels = [.. Enumerable.Range(0, 3 * 5 * 3).Select(i => (byte)(7 * i))];
        using SKBitmap bitmap = new RgbImage(5, 3, pixels).ToBitmap();
        (bitmap.Width, bitmap.Height, bitmap.GetPixel(2, 1)).Should().Be((5, 3, new SKColor(pixels[21], pixels[22], pixels[23], 255)));
        ImageDecoder.FromBitmap(bitmap).Pixels.ToArray().Should().Equal(pixels);
    }

    [Fact]
    public void Bmp_and_webp_decode()
    {
        Decode(Bmp).Pixels.ToArray().Should().Equal(255, 0, 0, 0, 255, 0, 0, 0, 255, 1, 2, 3, 250, 251, 252, 128, 64, 32);
        using SKBitmap bitmap = TestImages.Quarters(32, 32);
        Letters(ImageDecoder.Default.Decode(TestImages.Encode(bitmap, SKEncodedImageFormat.Webp), "a.webp")).Should().Be("RG/BW");
    }

    [Theory]
    [InlineData(SKColorType.Bgra8888)]
    [InlineData(SKColorType.Rgb565)]
    [InlineData(SKColorType.RgbaF16)]
    public void Bitmaps_of_other_layouts_convert(SKColorType type)
    {
        using SKBitmap quarters = TestImages.Quarters(8, 8);
        using SKBitmap bitmap = quarters.Copy(type);

        Letters(ImageDecoder.FromBitmap(bitmap)).Should().Be("RG/BW");
    }

    [Fact]
    public void Every_kind_of_bad_file_is_named_with_its_reason()
    {
        byte[] jpeg = TestImages.Jpeg(64, 64);
        using SKBitmap bitmap = TestImages.Quarters(64, 64);
        byte[] png = TestImages.Encode(bitmap);

        Reason([]).Should().Contain("empty");
        Reason("not an image, but long enough to look at"u8.ToArray()).Should().Contain("not an image");
        Reason(jpeg[..(jpeg.Length / 2)]).Should().Contain("truncated");
        Reason(png[..(png.Length / 2)]).Should().Match(reason => reason.Contains("truncated") || reason.Contains("damaged"));
        Reason(jpeg[..20]).Should().NotBeEmpty();
    }

    [Fact]
    public void Truncating_anywhere_gives_an_image_or_the_one_exception()
    {
        byte[] jpeg = TestImages.Jpeg(48, 40);
        for (int length = 0; length < jpeg.Length; length += 7)
        {
            Action decode = () => ImageDecoder.Default.Decode(jpeg.AsSpan(0, length), "cut.jpg");
            decode.Should().Throw<ImageDecodeException>($"{length} of {jpeg.Length} bytes are left");
        }
    }

    [Fact]
    public void Too_many_pixels_are_refused_before_decoding()
    {
        ImageDecoder decoder = new() { MaximumPixels = 64 * 64 - 1 };

        Action decode = () => decoder.Decode(TestImages.Jpeg(64, 64), "bomb.jpg");

        decode.Should().Throw<ImageDecodeException>().WithMessage("*bomb.jpg*64x64 pixels*MaximumPixels*");
    }

    [Fact]
    public void A_whole_picture_of_more_bytes_than_an_array_has_is_refused_in_words_whatever_is_allowed()
    {
        ImageDecoder decoder = new() { MaximumPixels = long.MaxValue };
        decoder.Invoking(d => d.Decode(TestImages.EmptyPng(60_000, 60_000, rows: 1), "large.png")).Should().Throw<ImageDecodeException>()
            .WithMessage("*large.png*60000x60000 pixels, more than fit into one array*");
    }

    [Fact]
    public void Scaled_decoding_stays_close_to_full_decoding()
    {
        byte[] jpeg = TestImages.Jpeg(1000, 900, seed: 3);
        byte[] full = new byte[56 * 56 * 3], scaled = new byte[full.Length];
        FaceBox box = new(101, 53, 701, 655);
        foreach (FaceBox? part in new FaceBox?[] { null, box })
        {
            new ImageDecoder { ScaledDecoding = false }.DecodeResized(jpeg, "a.jpg", part, 56, 56, full);
            ImageDecoder.Default.DecodeResized(jpeg, "a.jpg", part, 56, 56, scaled);

            full.Zip(scaled, (a, b) => Math.Abs(a - b)).Max().Should().BeLessThan(4);
        }
    }

    [Fact]
    public void Boxes_are_cut_to_the_image_and_refused_outside()
    {
        using SKBitmap bitmap = TestImages.Quarters(40, 40);
        byte[] png = TestImages.Encode(bitmap);
        byte[] pixel = new byte[3];

        ImageDecoder.Default.DecodeResized(png, "a.png", new FaceBox(30, 30, 100, 100), 1, 1, pixel);
        Action outside = () => ImageDecoder.Default.DecodeResized(png, "a.png", new FaceBox(40, 0, 9, 9), 1, 1, pixel);

        pixel.Should().Equal(255, 255, 255);
        outside.Should().Throw<ImageDecodeException>().WithMessage("*a.png*40x40*outside the face box*");
        new FaceBox(10, 10, 20, 40).Scale(1.5).Should().Be(new FaceBox(5, 0, 30, 60));
    }

    [Fact]
    public void Streams_without_a_length_are_read_to_their_end()
    {
        byte[] jpeg = TestImages.Jpeg(300, 300);
        using GZipStream stream = new(new MemoryStream(Packed(jpeg)), CompressionMode.Decompress);

        ImageDecoder.Default.Decode(stream, "stream").Pixels.SequenceEqual(ImageDecoder.Default.Decode(jpeg, "bytes").Pixels).Should()
            .BeTrue();
    }

    private static byte[] Packed(byte[] bytes)
    {
        using MemoryStream packed = new();
        using (GZipStream zip = new(packed, CompressionLevel.Fastest))
        {
            zip.Write(bytes);
        }

        return packed.ToArray();
    }

    private static RgbImage Decode(string base64) => ImageDecoder.Default.Decode(Convert.FromBase64String(base64), "embedded");

    private static string Reason(byte[] encoded)
    {
        Action decode = () => ImageDecoder.Default.Decode(encoded, "bad.jpg");
        ImageDecodeException bad = decode.Should().Throw<ImageDecodeException>().WithMessage("*'bad.jpg'*").Which;
        bad.ImageName.Should().Be("bad.jpg");
        return bad.Reason;
    }

    private static void Near((byte R, byte G, byte B) actual, (int R, int G, int B) expected, int tolerance)
    {
        Math.Abs(actual.R - expected.R).Should().BeLessThanOrEqualTo(tolerance, $"red of {actual}");
        Math.Abs(actual.G - expected.G).Should().BeLessThanOrEqualTo(tolerance, $"green of {actual}");
        Math.Abs(actual.B - expected.B).Should().BeLessThanOrEqualTo(tolerance, $"blue of {actual}");
    }

    private static string Letters(RgbImage image)
    {
        char Letter(int x, int y) => image.At(x * image.Width / 4, y * image.Height / 4) switch
        {
            ( > 200, < 60, < 60) => 'R',
            ( < 60, > 200, < 60) => 'G',
            ( < 60, < 60, > 200) => 'B',
            ( > 200, > 200, > 200) => 'W',
            _ => '?',
        };
        return $"{Letter(1, 1)}{Letter(3, 1)}/{Letter(1, 3)}{Letter(3, 3)}";
    }
}
