using SkiaSharp;
using SsMfar.Imaging;
using SsMfar.Metadata;

namespace SsMfar.Inference;

/// <summary>
/// An image to predict and, where it shows more than a cropped face, the box of the face in it. The image is opened and decoded when it is
/// predicted, and an image that cannot be read is then an error of this image alone. Only a bitmap is read at once
/// (<see cref="FromBitmap"/>).
/// </summary>
public sealed class FaceImage
{
    private readonly Painter _paint;
    private readonly Func<ImageDecoder, RgbImage> _decode;
    private readonly Stream? _stream;

    private FaceImage(string name, FaceBox? face, Painter paint, Func<ImageDecoder, RgbImage> decode, Stream? stream = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        (Name, Face, _paint, _decode, _stream) = (name, face, paint, decode, stream);
    }

    // Decodes, crops and resizes into width x height packed pixels.
    private delegate void Painter(ImageDecoder decoder, int width, int height, Span<byte> pixels);

    /// <summary>Gets the name by which results and errors speak of it.</summary>
    public string Name { get; }

    /// <summary>Gets where the face is, in pixels of the upright image; the whole image when null.</summary>
    public FaceBox? Face { get; }

    /// <summary>An image file.</summary>
    /// <param name="path">A JPEG, PNG, WebP, BMP or GIF file.</param>
    /// <param name="face">Where the face is; the whole image when null.</param>
    public static FaceImage FromFile(string path, FaceBox? face = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new(path, face, (decoder, width, height, pixels) =>
        {
            using EncodedBytes encoded = EncodedBytes.Read(path);
            decoder.DecodeResized(encoded.Span, path, face, width, height, pixels);
        }, decoder => decoder.Decode(path));
    }

    /// <summary>An image of a folder, an archive or a custom source.</summary>
    /// <param name="images">Where it is; to be kept open until it is predicted.</param>
    /// <param name="name">Its name there.</param>
    /// <param name="face">Where the face is; the whole image when null.</param>
    public static FaceImage FromSource(IImageSource images, string name, FaceBox? face = null)
    {
        ArgumentNullException.ThrowIfNull(images);
        return new(
            name,
            face,
            (decoder, width, height, pixels) => decoder.DecodeResized(images, name, face, width, height, pixels),
            decoder => decoder.Decode(images, name));
    }

    /// <summary>An encoded image in memory.</summary>
    /// <param name="encoded">The bytes of a JPEG, PNG, WebP, BMP or GIF file; not copied.</param>
    /// <param name="face">Where the face is; the whole image when null.</param>
    /// <param name="name">The name for results and errors.</param>
    public static FaceImage FromBytes(ReadOnlyMemory<byte> encoded, FaceBox? face = null, string name = "image") => new(
        name,
        face,
        (decoder, width, height, pixels) => decoder.DecodeResized(encoded.Span, name, face, width, height, pixels),
        decoder => decoder.Decode(encoded.Span, name));

    /// <summary>
    /// An encoded image in a stream, which is read to its end when it is predicted, once, and stays the caller's to close.
    /// </summary>
    /// <param name="stream">The stream, at the image's first byte. To be kept open until it is predicted.</param>
    /// <param name="face">Where the face is; the whole image when null.</param>
    /// <param name="name">The name for results and errors.</param>
    /// <exception cref="ArgumentException">The stream cannot be read: it is closed, or open for writing alone.</exception>
    public static FaceImage FromStream(Stream stream, FaceBox? face = null, string name = "stream")
    {
        RequireReadable(stream, name);
        return new(name, face, (decoder, width, height, pixels) =>
        {
            using EncodedBytes encoded = ReadStream(stream, name);
            decoder.DecodeResized(encoded.Span, name, face, width, height, pixels);
        }, decoder =>
        {
            using EncodedBytes encoded = ReadStream(stream, name);
            return decoder.Decode(encoded.Span, name);
        }, stream);
    }

    /// <summary>
    /// A SkiaSharp bitmap; alpha is dropped, the colour space ignored, as <see cref="ImageDecoder.FromBitmap"/> does. Its pixels are copied
    /// now, so that the caller may change or dispose it at once.
    /// </summary>
    /// <param name="bitmap">The bitmap; it stays the caller's.</param>
    /// <param name="face">Where the face is; the whole image when null.</param>
    /// <param name="name">The name for results and errors.</param>
    /// <exception cref="ObjectDisposedException">The bitmap is disposed.</exception>
    public static FaceImage FromBitmap(SKBitmap bitmap, FaceBox? face = null, string name = "bitmap")
    {
        try
        {
            return FromPixels(ImageDecoder.FromBitmap(bitmap), face, name);
        }
        catch (ArgumentException unreadable) when (bitmap is not null)
        {
            ImageDecodeException error = new(name, "the bitmap has no pixels that can be read", "Check that it is not empty.", unreadable);
            return new(name, face, (_, _, _, _) => throw error, _ => throw error);
        }
    }

    /// <summary>Decoded pixels.</summary>
    /// <param name="image">Upright RGB pixels; not to change until they are predicted.</param>
    /// <param name="face">Where the face is; the whole image when null.</param>
    /// <param name="name">The name for results and errors.</param>
    public static FaceImage FromPixels(RgbImage image, FaceBox? face = null, string name = "pixels")
    {
        ArgumentNullException.ThrowIfNull(image);
        return new(name, face, (_, width, height, pixels) => Resize(image, face, name, width, height, pixels), _ => image);
    }

    /// <exception cref="ArgumentException">The stream cannot be read.</exception>
    internal static void RequireReadable(Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanRead)
        {
            throw new ArgumentException($"The stream '{name}' cannot be read: it is closed, or open for writing alone.", nameof(stream));
        }
    }

    /// <summary>Decodes the whole picture, turned upright; the box plays no part. A stream is read by that.</summary>
    /// <param name="decoder">Decodes what is encoded; one with default settings when null.</param>
    /// <exception cref="ImageDecodeException">The image cannot be read.</exception>
    public RgbImage Decode(ImageDecoder? decoder = null) => _decode(decoder ?? new());

    /// <summary>
    /// Decodes the face, cut out and resized to a model's input, now and on this thread: what is left to predict is the network's work
    /// alone. A service does so to decode as many at once as it has processors for, however many wait for the network. A stream is read by
    /// that.
    /// </summary>
    /// <param name="model">The model that is to read it.</param>
    /// <param name="decoder">Decodes what is encoded; one with default settings when null.</param>
    /// <returns>
    /// The same face as pixels, by the same name, for which a predictor of the model gives the same numbers. One that averages
    /// (<see cref="AveragingPredictor"/>) models with inputs of several sizes would resize it once more, and is better given the face as
    /// it is.
    /// </returns>
    /// <exception cref="ImageDecodeException">The image cannot be read, or the box has no part inside of it.</exception>
    public FaceImage Prepare(ModelMetadata model, ImageDecoder? decoder = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        (int width, int height) = (model.Input.Width, model.Input.Height);
        byte[] pixels = new byte[checked(3 * width * height)];
        Paint(decoder ?? new(), width, height, pixels);
        return FromPixels(new(width, height, pixels), name: Name);
    }

    /// <inheritdoc/>
    public override string ToString() => Face is { } face ? $"{Name} {face}" : Name;

    /// <summary>Decodes, crops and resizes.</summary>
    /// <param name="decoder">Decodes what is encoded.</param>
    /// <param name="width">Pixels across wanted.</param>
    /// <param name="height">Pixels down wanted.</param>
    /// <param name="pixels">Receives height x width x 3 values, R, G, B.</param>
    /// <exception cref="ImageDecodeException">The image cannot be read, or the box has no part inside.</exception>
    internal void Paint(ImageDecoder decoder, int width, int height, Span<byte> pixels) => _paint(decoder, width, height, pixels);

    /// <summary>The same image, to be predicted any number of times: of a stream, the bytes are kept when it is first predicted.</summary>
    internal FaceImage Repeatable()
    {
        if (_stream is not { } stream)
        {
            return this;
        }

        Lazy<byte[]> bytes = new(() =>
        {
            using EncodedBytes encoded = ReadStream(stream, Name);
            return encoded.Span.ToArray();
        });
        return new(
            Name,
            Face,
            (decoder, width, height, pixels) => decoder.DecodeResized(bytes.Value, Name, Face, width, height, pixels),
            decoder => decoder.Decode(bytes.Value, Name));
    }

    private static void Resize(RgbImage image, FaceBox? face, string name, int width, int height, Span<byte> pixels) =>
        ImageResizer.Resize(
            image.Pixels,
            image.Width,
            image.Height,
            FaceBox.Within(image.Width, image.Height, face, name),
            pixels,
            width,
            height);

    private static EncodedBytes ReadStream(Stream stream, string name)
    {
        if (!stream.CanRead)
        {
            throw new ObjectDisposedException(
                stream.GetType().Name,
                $"The stream of the image '{name}' was closed before the image was predicted. Close it afterwards, or give the bytes.");
        }

        try
        {
            return EncodedBytes.Read(stream, name);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new ImageDecodeException(name, $"reading failed ({failed.Message})", "Check where the stream comes from.", failed);
        }
    }
}
