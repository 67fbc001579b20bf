using SkiaSharp;
using SsMfar.Imaging;
using SsMfar.Inference;

namespace SsMfar.Tests.Imaging;

/// <summary>A face image decoded whole, for whoever looks for the face, and parts of a decoded image.</summary>
public sealed class WholePictureTests : IDisposable
{
    private readonly ImageFolder _folder = new(2);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_kind_of_input_is_decoded_whole_whatever_its_box_is()
    {
        string path = _folder.Image("000.jpg");
        byte[] bytes = File.ReadAllBytes(path);
        byte[] expected = ImageDecoder.Default.Decode(path).Pixels.ToArray();
        FaceBox box = new(3, 3, 5, 5);
        using MemoryStream stream = new(bytes);
        using SKBitmap bitmap = SKBitmap.Decode(path);
        RgbImage pixels = ImageDecoder.Default.Decode(path);
        using MemoryStream again = new(bytes);
        FaceImage repeatable = FaceImage.FromStream(again, box).Repeatable();
        repeatable.Decode();

        foreach (FaceImage face in (FaceImage[])
        [
            FaceImage.FromFile(path, box), FaceImage.FromSource(_folder.Source, "000.jpg", box), FaceImage.FromBytes(bytes, box),
            FaceImage.FromStream(stream, box), FaceImage.FromPixels(pixels, box), repeatable,
        ])
        {
            face.Decode().Pixels.ToArray().Should().Equal(expected, face.Name);
        }

        FaceImage.FromBitmap(bitmap, box).Decode().Width.Should().Be(pixels.Width);
    }

    [Fact]
    public void The_decoder_s_limits_hold_and_what_cannot_be_read_says_so()
    {
        ImageDecoder small = new() { MaximumPixels = 10 };

        FaceImage.FromFile(_folder.Image("000.jpg")).Invoking(face => face.Decode(small)).Should().Throw<ImageDecodeException>();
        FaceImage.FromBytes(new byte[] { 1, 2 }, name: "x").Invoking(face => face.Decode()).Should().Throw<ImageDecodeException>();
        using SKBitmap empty = new();
        FaceImage.FromBitmap(empty).Invoking(face => face.Decode()).Should().Throw<ImageDecodeException>();
    }

    [Fact]
    public void A_part_is_resized_as_a_box_is()
    {
        RgbImage image = ImageDecoder.Default.Decode(_folder.Image("001.jpg"));
        byte[] expected = new byte[3 * 9 * 7];
        FaceBox part = new(5, 6, 20, 15);
        ImageResizer.Resize(image.Pixels, image.Width, image.Height, part, expected, 9, 7);
        byte[] own = new byte[expected.Length];

        image.Resize(part, own, 9, 7);

        own.Should().Equal(expected);
        image.Resize(part, 9, 7).Pixels.ToArray().Should().Equal(expected);
        image.Invoking(i => i.Resize(new FaceBox(900, 0, 5, 5), 9, 7)).Should().Throw<ArgumentException>();
        image.Invoking(i => i.Resize(part, new byte[5], 9, 7)).Should().Throw<ArgumentException>();
    }
}
