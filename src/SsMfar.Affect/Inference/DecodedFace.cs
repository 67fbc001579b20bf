using System.Buffers;
using SsMfar.Imaging;

namespace SsMfar.Inference;

/// <summary>An image on its way into a batch: its pixels at the model's input size in a rented array, or why it has none.</summary>
internal readonly record struct DecodedFace(int Index, FaceImage Face, byte[]? Pixels, ImageDecodeException? Error)
{
    public static DecodedFace Decode(int index, FaceImage face, ImageDecoder decoder, ImagePreprocessing input)
    {
        ArgumentNullException.ThrowIfNull(face);
        int length = checked(input.Width * input.Height * 3);
        byte[] pixels = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            face.Paint(decoder, input.Width, input.Height, pixels.AsSpan(0, length));
            return new(index, face, pixels, null);
        }
        catch (ImageDecodeException error)
        {
            ArrayPool<byte>.Shared.Return(pixels);
            return new(index, face, null, error);
        }
    }

    /// <summary>Gives the array back; the pixels are gone.</summary>
    public void Release()
    {
        if (Pixels is not null)
        {
            ArrayPool<byte>.Shared.Return(Pixels);
        }
    }
}
