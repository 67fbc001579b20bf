using SsMfar.Imaging;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Inference;

/// <summary>Images that come as a tensor.</summary>
internal static class TensorImages
{
    /// <summary>uint8 or float32 [N, 3, H, W] of what a caller gave.</summary>
    /// <exception cref="ArgumentException">It has another shape or type.</exception>
    internal static torch.Tensor Batch(torch.Tensor images)
    {
        ArgumentNullException.ThrowIfNull(images);
        torch.Tensor batch = images.dim() == 3 ? images.unsqueeze(0) : images;
        bool isBytes = batch.dtype == torch.ScalarType.Byte;
        if (batch.dim() != 4 || batch.size(1) != 3 || batch.size(2) < 1 || batch.size(3) < 1 || !(isBytes || batch.is_floating_point()))
        {
            throw new ArgumentException(
                FormattableString.Invariant($"Expected images as uint8 or floating point [N, 3, H, W] of 0 to 255, got {images.dtype} [{string.Join(", ", images.shape)}]. ") +
                "Permute the channels to the second place and scale to 0 to 255.",
                nameof(images));
        }

        return isBytes ? batch : batch.to(torch.ScalarType.Float32);
    }

    /// <summary>Views of at most so many images each.</summary>
    internal static IEnumerable<torch.Tensor> Parts(torch.Tensor images, int most)
    {
        long count = images.size(0);
        for (long start = 0; start < count; start += most)
        {
            yield return images.narrow(0, start, Math.Min(most, count - start));
        }
    }

    /// <summary>Images on the host, made one by one as they are asked for.</summary>
    internal static IEnumerable<FaceImage> Faces(torch.Tensor images, FaceBox? face)
    {
        for (int i = 0; i < images.size(0); i++)
        {
            yield return FaceImage.FromPixels(Image(images, i), face, FormattableString.Invariant($"image {i} of the tensor"));
        }
    }

    private static RgbImage Image(torch.Tensor images, int index)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor image = images.select(0, index);
        torch.Tensor bytes = image.dtype == torch.ScalarType.Byte ? image : image.clamp(Scalars.Of(0), Scalars.Of(255)).round().to(torch.ScalarType.Byte);
        byte[] pixels = Transfers.ToHost(bytes).permute(1, 2, 0).contiguous().bytes.ToArray();
        return new(checked((int)images.size(3)), checked((int)images.size(2)), pixels);
    }
}
