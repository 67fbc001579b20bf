using System.Security.Cryptography;
using CsCheck;
using SsMfar.Imaging;

namespace SsMfar.Tests.Imaging;

public sealed class ImageResizerTests
{
    /// <summary>Sizes, boxes and the first half of the SHA-256 of what Pillow 9.4 makes of them with BILINEAR.</summary>
    public static TheoryData<int, int, FaceBox?, int, int, string> Pillow => new()
    {
        { 112, 112, null, 112, 112, "09EC59A9002DC710031B0346EC257F8E" },
        { 640, 480, null, 112, 112, "29842605E90817344B186A6910774B99" },
        { 320, 240, null, 112, 112, "5AAF21BA5C1440AD128E825DFA6CF102" },
        { 37, 53, null, 112, 112, "F1193FCABAB04FBDD5ECDCB607B5DC93" },
        { 113, 97, null, 112, 112, "89CDD56CBCF14640A03345EC223981E1" },
        { 5, 4, null, 3, 3, "8EB3B31A2E04DEF65A96666D1A3BD285" },
        { 1, 1, null, 7, 5, "85B67CA59BEA4B28E54D77F778037590" },
        { 112, 64, null, 112, 112, "97FBCEE5E65773911606C7F0534D0E74" },
        { 64, 112, null, 112, 112, "A1378C40B53429C2718DC9D59D525770" },
        { 1000, 3, null, 8, 90, "79B237C759719B2FF99F21AEC5C13598" },
        { 200, 150, new FaceBox(31, 17, 129, 123), 64, 48, "F58AF3F22DA96B813ECD6EF61FE8DCF6" },
        { 50, 50, new FaceBox(10, 5, 20, 40), 112, 112, "6D4C22B4FFFA114EBACECBE4978DF2F0" },
        { 33, 21, new FaceBox(0, 4, 33, 16), 33, 9, "8442B48A78843FF81978AA35F0689E68" },
        { 300, 200, null, 2, 2, "8D8EABDF2C4622B61D0318871168D260" },
        { 17, 17, null, 1, 1, "D8D83E152275CDECF91EFEA09D7AEBF3" },
    };

    [Theory]
    [MemberData(nameof(Pillow))]
    public void Equals_Pillow_bit_for_bit(int width, int height, FaceBox? box, int newWidth, int newHeight, string hash)
    {
        byte[] resized = new byte[newWidth * newHeight * 3];

        ImageResizer.Resize(
            TestImages.Pattern(width, height), width, height, box ?? new FaceBox(0, 0, width, height), resized, newWidth, newHeight);

        Convert.ToHexString(SHA256.HashData(resized))[..32].Should().Be(hash);
    }

    [Fact]
    public void Equals_Pillow_on_values_one_can_read()
    {
        byte[] resized = new byte[27];

        ImageResizer.Resize(TestImages.Pattern(5, 4), 5, 4, resized, 3, 3);

        resized.Should().Equal(
            80, 162, 66, 185, 105, 144, 141, 44, 171, 85, 119, 153, 124, 157, 87, 169, 130, 109, 181, 84, 139, 114, 119, 178, 87, 202, 103);
    }

    [Fact]
    public void Follows_the_definition_of_the_triangle_filter() =>
        Gen.Select(Gen.Int[1, 40], Gen.Int[1, 40], Gen.Int[1, 40], Gen.Int[1, 40]).Sample((width, height, newWidth, newHeight) =>
        {
            byte[] source = TestImages.Pattern(width, height);
            byte[] resized = new byte[newWidth * newHeight * 3];
            ImageResizer.Resize(source, width, height, resized, newWidth, newHeight);
            for (int i = 0; i < resized.Length; i++)
            {
                (int x, int y, int colour) = (i / 3 % newWidth, i / 3 / newWidth, i % 3);
                double expected = 0;
                foreach ((int row, double byRow) in Triangle(height, newHeight, y))
                {
                    foreach ((int column, double byColumn) in Triangle(width, newWidth, x))
                    {
                        expected += byRow * byColumn * source[3 * (row * width + column) + colour];
                    }
                }

                // Both passes round to 8 bits.
                ((double)resized[i]).Should().BeApproximately(expected, 1.01);
            }
        }, iter: 60);

    [Fact]
    public void A_flat_image_stays_as_it_is() =>
        Gen.Select(Gen.Byte, Gen.Int[1, 300], Gen.Int[1, 300], Gen.Int[1, 90], Gen.Int[1, 90])
            .Sample((value, width, height, newWidth, newHeight) =>
                {
                    byte[] source = new byte[width * height * 3];
                    source.AsSpan().Fill(value);
                    byte[] resized = new byte[newWidth * newHeight * 3];
                    ImageResizer.Resize(source, width, height, resized, newWidth, newHeight);
                    resized.Should().OnlyContain(v => v == value);
                }, iter: 100);

    [Fact]
    public void Refuses_spans_of_another_length()
    {
        Action shortSource = () => ImageResizer.Resize(new byte[11], 2, 2, new byte[3], 1, 1);
        Action longDestination = () => ImageResizer.Resize(new byte[12], 2, 2, new byte[4], 1, 1);
        Action outside = () => ImageResizer.Resize(new byte[12], 2, 2, new FaceBox(2, 0, 5, 5), new byte[3], 1, 1);

        shortSource.Should().Throw<ArgumentException>().WithMessage("*11 bytes*");
        longDestination.Should().Throw<ArgumentException>().WithMessage("*4 bytes*");
        outside.Should().Throw<ArgumentException>().WithMessage("*face box*2x2*");
    }

    private static List<(int Index, double Weight)> Triangle(int input, int output, int position)
    {
        double scale = (double)input / output, width = Math.Max(scale, 1), center = (position + 0.5) * scale;
        List<(int Index, double Weight)> taps = [];
        for (int i = 0; i < input; i++)
        {
            double weight = 1 - Math.Abs((i + 0.5 - center) / width);
            if (weight > 0)
            {
                taps.Add((i, weight));
            }
        }

        double sum = taps.Sum(tap => tap.Weight);
        return [.. taps.Select(tap => (tap.Index, tap.Weight / sum))];
    }
}
