using System.Buffers.Binary;
using System.IO.Compression;
using SsMfar.Imaging;
using SsMfar.Tests.Data;

namespace SsMfar.Tests.Imaging;

/// <summary>Which files are images, and what is said of those that are not, or not whole.</summary>
public sealed class ImageFormatTests : IDisposable
{
    private static readonly string Pictures = Path.Combine(
        Repository.Root, "tests", "SsMfar.Affect.Tests", "Imaging", "Pillow", "images.zip");
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // The codec takes the first for a WBMP of 8x8 pixels, the second for an icon.
    [Theory]
    [InlineData("000008080001020304050607", "not an image of a known format")]
    [InlineData("00000000ff00ff00ff00ff00ff00ff00", "not an image of a known format")]
    [InlineData("0000", "not an image of a known format")]
    [InlineData("0000010001004d60000000002000233200001600000089504e470d0a1a0a", "an icon or cursor")]
    [InlineData("0000020001002020000000000000a80800001600000028000000", "an icon or cursor")]
    [InlineData("49492a00080000000000", "a TIFF or camera raw image")]
    [InlineData("4d4d002a000000080000", "a TIFF or camera raw image")]
    [InlineData("0000001c6674797068656963000000006d696631", "a HEIF image")]
    [InlineData("0000001c66747970617669660000000061766966", "an AVIF image")]
    [InlineData("0000002066747970", "a video")]
    [InlineData("255044462d312e34", "a PDF document")]
    public void Only_the_five_formats_are_decoded_whatever_the_file_is_called(string hexadecimal, string reason)
    {
        byte[] bytes = Convert.FromHexString(hexadecimal);
        string path = _folder.File("face.jpg");
        File.WriteAllBytes(path, bytes);

        Refused(() => ImageDecoder.Default.Decode(bytes, "face.jpg")).Should().Contain(reason).And.Contain("JPEG, PNG, WebP, BMP, GIF");
        Refused(() => ImageDecoder.Default.Decode(path)).Should().Contain(reason);
    }

    [Fact]
    public void An_icon_whose_picture_could_be_decoded_is_refused_too()
    {
        byte[] png = TestImages.Encode(TestImages.Quarters(16, 16));
        byte[] icon =
        [
            0, 0, 1, 0, 1, 0, 16, 16, 0, 0, 1, 0, 32, 0, .. BitConverter.GetBytes(png.Length), .. BitConverter.GetBytes(22), .. png,
        ];

        Refused(() => ImageDecoder.Default.Decode(icon, "icon.png")).Should().Contain("an icon");
    }

    [Fact]
    public void The_name_does_not_decide()
    {
        string path = _folder.File("really-a-png.jpg");
        File.WriteAllBytes(path, TestImages.Encode(TestImages.Quarters(16, 16)));

        ImageDecoder.Default.Decode(path).Width.Should().Be(16);
    }

    [Fact]
    public void A_large_file_that_starts_as_no_image_is_not_read_to_its_end()
    {
        using CountingStream stream = new(100 << 20);

        Refused(() => ImageDecoder.Default.Decode(stream, "video.jpg")).Should().Contain("not an image");

        stream.Given.Should().BeLessThan(2 << 20);
    }

    [Fact]
    public void Whatever_is_cut_off_is_said_to_be_truncated_and_never_what_the_codec_calls_it()
    {
        int progressive = 0;
        using ZipArchive archive = ZipFile.OpenRead(Pictures);
        foreach (ZipArchiveEntry entry in archive.Entries)
        {
            byte[] whole = Read(entry);
            bool isProgressive = whole[1] == 0xD8 && whole.AsSpan().IndexOf([(byte)0xFF, (byte)0xC2]) > 0;
            progressive += isProgressive ? 1 : 0;
            int[] lengths = [20, whole.Length / 4, whole.Length / 2, whole.Length * 3 / 4, whole.Length - 8];
            foreach (int length in lengths.Where(length => length > 16))
            {
                try
                {
                    ImageDecoder.Default.Decode(whole.AsSpan(0, length), entry.Name).Pixels
                        .SequenceEqual(ImageDecoder.Default.Decode(whole, entry.Name).Pixels)
                        .Should().BeTrue("{0} may only miss what comes behind its pixels", entry.Name);
                }
                catch (ImageDecodeException cut)
                {
                    cut.Reason.Should().Be("it is truncated", "{0} has {1} of {2} bytes", entry.Name, length, whole.Length);
                }
            }
        }

        progressive.Should().BeGreaterThan(10);
    }

    [Fact]
    public void A_progressive_image_cut_in_the_middle_with_its_thumbnail_in_front_is_truncated()
    {
        // The thumbnail has an end marker of its own.
        byte[] thumbnail = TestImages.Jpeg(16, 16);
        using ZipArchive archive = ZipFile.OpenRead(Pictures);
        byte[] whole = archive.Entries.Select(Read)
            .First(bytes => bytes[1] == 0xD8 && bytes.AsSpan().IndexOf([(byte)0xFF, (byte)0xC2]) > 0 && bytes.Length > 1000);
        byte[] length = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)(thumbnail.Length + 2));
        byte[] file = [.. whole[..2], 0xFF, 0xE1, .. length, .. thumbnail, .. whole[2..]];

        ImageDecoder.Default.Decode(file, "whole.jpg").Width.Should().BePositive();
        Refused(() => ImageDecoder.Default.Decode(file.AsSpan(0, file.Length - whole.Length / 2), "cut.jpg"))
            .Should().Be("it is truncated");
    }

    [Fact]
    public void Damaged_data_are_told_from_data_that_are_missing()
    {
        byte[] png = TestImages.Encode(TestImages.Quarters(64, 64));
        int pixels = png.AsSpan().IndexOf("IDAT"u8) + 8;
        png.AsSpan(pixels, 20).Fill(0xAA);

        Refused(() => ImageDecoder.Default.Decode(png, "damaged.png")).Should().Contain("damaged");
        Refused(() => ImageDecoder.Default.Decode([.. "BM"u8, .. new byte[60]], "damaged.bmp")).Should().Contain("header is damaged");
    }

    [Fact]
    public void Random_bytes_behind_any_signature_end_in_the_one_exception_or_an_image()
    {
        Random random = new(5);
        byte[][] starts =
        [
            [0xFF, 0xD8, 0xFF], [0x89, .. "PNG\r\n\u001a\n"u8], [.. "RIFF\0\0\0\0WEBPVP8 "u8], [.. "BM"u8], [.. "GIF89a"u8],
            [.. "GIF87a\x10\0\x10\0"u8, 0xF7],
            [0, 0],
        ];
        for (int i = 0; i < 3000; i++)
        {
            byte[] rest = new byte[random.Next(200)];
            random.NextBytes(rest);
            byte[] bytes = [.. starts[i % starts.Length], .. rest];
            try
            {
                ImageDecoder.Default.Decode(bytes, "random");
            }
            catch (ImageDecodeException)
            {
            }
        }
    }

    [Fact]
    public void Whatever_stands_where_an_orientation_is_read_the_image_is_decoded()
    {
        Random random = new(6);
        byte[] jpeg = TestImages.Jpeg(24, 16);
        byte[][] starts = [[.. "II*\0\b\0\0\0"u8], [.. "MM\0*\0\0\0\b"u8], []];
        for (int i = 0; i < 2000; i++)
        {
            byte[] rest = new byte[random.Next(60)];
            random.NextBytes(rest);
            byte[] exif = [.. "Exif\0\0"u8, .. starts[i % 3], (byte)(i % 5), 0, (byte)(i % 5), 0x12, 1, .. rest];
            byte[] segment = [0xFF, 0xE1, 0, (byte)(exif.Length + 2), .. exif];

            RgbImage image = ImageDecoder.Default.Decode([.. jpeg[..2], .. segment, .. jpeg[2..]], "random.jpg");

            (image.Width * image.Height).Should().Be(24 * 16);
        }
    }

    [Fact]
    public void Sixteen_bit_bitmaps_come_within_one_level_of_Pillow()
    {
        // Pillow cuts 255 / 31 of a level off where the codec rounds.
        foreach (int value in Enumerable.Range(0, 32))
        {
            ushort pixel = (ushort)(value << 10 | (31 - value) << 5 | value / 2);
            byte[] header = new byte[54];
            "BM"u8.CopyTo(header);
            BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(2), 58);
            BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(10), 54);
            BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(14), 40);
            BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(18), 1);
            BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(22), 1);
            header[26] = 1;
            header[28] = 16;

            byte[] decoded = ImageDecoder.Default.Decode([.. header, (byte)pixel, (byte)(pixel >> 8), 0, 0], "a.bmp").Pixels.ToArray();

            int[] levels = [value, 31 - value, value / 2];
            decoded.Zip(levels, (got, level) => Math.Abs(got - level * 255 / 31)).Max().Should().BeLessThanOrEqualTo(1);
        }
    }

    private static byte[] Read(ZipArchiveEntry entry)
    {
        using Stream stream = entry.Open();
        using MemoryStream copy = new();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    private static string Refused(Action decode) => decode.Should().Throw<ImageDecodeException>().Which.Reason;

    /// <summary>Zeros, and how many of them were asked for.</summary>
    private sealed class CountingStream(long length) : Stream
    {
        public long Given { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position { get; set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            int given = (int)Math.Min(count, length - Position);
            buffer.AsSpan(offset, given).Clear();
            Position += given;
            Given += given;
            return given;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
