using System.Globalization;
using SsMfar.Imaging;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Inference;

/// <summary>Images that come as a tensor.</summary>
internal static class TensorImages
{
    // Normalised images reach about 2.6 from their mean; an image of 0 to 255 that is resized by another filter overshoots both ends, but
    // has bright pixels too.
    private const float NormalizedLimit = 16;

    /// <summary>uint8 or float32 [N, 3, H, W] of what a caller gave.</summary>
    /// <exception cref="ArgumentException">It has another shape or type, or values of another scale.</exception>
    /// <exception cref="ObjectDisposedException">The tensor is disposed.</exception>
    public static torch.Tensor Batch(torch.Tensor images)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (images.IsInvalid)
        {
            throw new ObjectDisposedException(
                nameof(images), "The tensor of images is disposed. Keep it, or its dispose scope, until it was predicted.");
        }

        torch.Tensor batch = images.dim() == 3 ? images.unsqueeze(0) : images;
        bool isBytes = batch.dtype == torch.ScalarType.Byte;
        if (batch.dim() != 4 || batch.size(1) != 3 || batch.size(2) < 1 || batch.size(3) < 1 || !(isBytes || batch.is_floating_point()))
        {
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture,
                    $"Expected images as uint8 or floating point [N, 3, H, W] of 0 to 255, got {images.dtype} " +
                    $"[{string.Join(", ", images.shape)}]. ") +
                "Permute the channels to the second place and scale to 0 to 255.",
                nameof(images));
        }

        if (isBytes || batch.size(0) == 0)
        {
            return batch;
        }

        torch.Tensor floating = batch.to(torch.ScalarType.Float32);
        CheckScale(floating);
        return floating;
    }

    // A model of 0 to 255 reads a tensor of 0 to 1 as black without a complaint.
    private static void CheckScale(torch.Tensor images)
    {
        float least = Transfers.ToHost<float>(images.min()), most = Transfers.ToHost<float>(images.max());
        string? problem = null;
        if (!float.IsFinite(least) || !float.IsFinite(most))
        {
            problem = "they hold NaN or infinite values";
        }
        else if (most <= 1 && least >= 0 && Transfers.ToHost<bool>(images.ne(images.round()).any()))
        {
            problem = "they are on a scale of 0 to 1; multiply by 255";
        }
        else if (least < 0 && most < NormalizedLimit)
        {
            problem = "they are normalised already, which the model does itself; give the values from before, on a scale of 0 to 255";
        }

        if (problem is not null)
        {
            throw new ArgumentException(
                FormattableString.Invariant($"Images are expected as values of 0 to 255, and these are {least} to {most}: {problem}."),
                nameof(images));
        }
    }

    /// <summary>Views of at most so many images each.</summary>
    public static IEnumerable<torch.Tensor> Parts(torch.Tensor images, int most)
    {
        long count = images.size(0);
        for (long start = 0; start < count; start += most)
        {
            yield return images.narrow(0, start, Math.Min(most, count - start));
        }
    }

    /// <summary>Images on the host, made one by one as they are asked for.</summary>
    public static IEnumerable<FaceImage> Faces(torch.Tensor images, FaceBox? face)
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
        torch.Tensor bytes = image.dtype == torch.ScalarType.Byte ?
            image :
            image.clamp(Scalars.Of(0), Scalars.Of(255)).round().to(torch.ScalarType.Byte);
        byte[] pixels = Transfers.ToHost(bytes).permute(1, 2, 0).contiguous().bytes.ToArray();
        return new(checked((int)images.size(3)), checked((int)images.size(2)), pixels);
    }
}
