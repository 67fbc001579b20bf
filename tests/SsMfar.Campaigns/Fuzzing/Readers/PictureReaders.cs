using SkiaSharp;
using SsMfar.Campaigns.Fuzzing.Mutation;
using SsMfar.Imaging;

namespace SsMfar.Campaigns.Fuzzing.Readers;

/// <summary>Pictures, and archives of them.</summary>
internal static class PictureReaders
{
    private const int Side = 32;
    private const long Base = 64 << 20;

    private static readonly byte[] Resized = new byte[Side * Side * 3];

    public static string[] Names { get; } = ["picture", "picture-archive"];

    public static FuzzReader? Of(string name, FileReading file) => name switch
    {
        "picture" => new()
        {
            Name = name,
            Refusals = [typeof(ImageDecodeException)],
            Layers = new PictureLayers(),
            Cost = 10,
            MeasuresResident = true,
            MemoryLimit = bytes => (4 * Declared(bytes)) + Base,
            Read = bytes =>
            {
                // Larger pictures are refused before they take memory, at this limit as at any.
                ImageDecoder decoder = new() { MaximumPixels = 1 << 22 };
                decoder.DecodeResized(bytes, "picture", null, Side, Side, Resized);
                if (bytes.Length % 4 == 0)
                {
                    _ = decoder.Decode(bytes, "picture");
                }
            },
        },
        "picture-archive" => new()
        {
            Name = name,
            Refusals = [typeof(InvalidDataException)],
            Layers = new ZipLayers(),
            Cost = 2,
            MemoryLimit = bytes => (64L * bytes.Length) + Base,
            Read = file.Of(Unpack),
        },
        _ => null,
    };

    // Bytes of the decoded picture that the header declares, if it is one that is decoded at all.
    private static long Declared(byte[] bytes)
    {
        using SKData data = SKData.CreateCopy(bytes);
        using SKCodec? codec = SKCodec.Create(data);
        return codec is null ? 0 : 4L * codec.Info.Width * codec.Info.Height;
    }

    private static void Unpack(string path)
    {
        using ZipImageSource archive = new(path);
        foreach (string name in new[] { "a.png", "b/c.png", "d.jpg", "é.png" })
        {
            try
            {
                _ = archive.GetStamp(name);
                if (archive.Exists(name))
                {
                    using Stream content = archive.Open(name);
                }

                new ImageDecoder { MaximumPixels = 1 << 22 }.DecodeResized(archive, name, null, Side, Side, Resized);
            }
            catch (ImageDecodeException)
            {
                // One picture that is damaged or not there says nothing of the others.
            }
        }
    }
}
