using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Augmentation;

/// <summary>
/// PIL's operations on float32 [n, 3, H, W] holding whole numbers 0..255, each row with an argument of its own ([n, 1, 1, 1]); results are
/// whole numbers again, rounded where PIL rounds.
/// </summary>
internal static class ImageOperations
{
    /// <summary><c>convert("L")</c>: [n, 1, H, W]. PIL's 16-bit fixed point; every sum is below 2^24, so float32 is exact.</summary>
    public static torch.Tensor Luma(torch.Tensor pixels)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return pixels.narrow(1, 0, 1).mul(Scalars.Of(19595))
            .add_(pixels.narrow(1, 1, 1), alpha: Scalars.Of(38470))
            .add_(pixels.narrow(1, 2, 1), alpha: Scalars.Of(7471))
            .PlusInPlace(32768).div_(Scalars.Of(65536)).floor_().MoveToOuterDisposeScope();
    }

    public static torch.Tensor Brightness(torch.Tensor pixels, torch.Tensor factor) =>
        pixels.mul(factor).clamp_(Scalars.Of(0), Scalars.Of(255)).floor_();

    public static torch.Tensor Color(torch.Tensor pixels, torch.Tensor factor)
    {
        using torch.Tensor grey = Luma(pixels);
        return Blend(grey, pixels, factor);
    }

    public static torch.Tensor Contrast(torch.Tensor pixels, torch.Tensor factor)
    {
        using torch.Tensor grey = Luma(pixels);
        using torch.Tensor mean = grey.mean([2, 3], keepdim: true).PlusInPlace(0.5).floor_();
        return Blend(mean, pixels, factor);
    }

    public static torch.Tensor Sharpness(torch.Tensor pixels, torch.Tensor factor)
    {
        using torch.Tensor smooth = Smooth(pixels);
        return Blend(smooth, pixels, factor);
    }

    /// <summary><c>ImageFilter.SMOOTH</c>: [1 1 1; 1 5 1; 1 1 1] / 13, the outermost pixels as they were.</summary>
    public static torch.Tensor Smooth(torch.Tensor pixels)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        long height = pixels.size(2) - 2, width = pixels.size(3) - 2;
        torch.Tensor smooth = pixels.clone();
        if (height > 0 && width > 0)
        {
            torch.Tensor center = pixels.narrow(2, 1, height).narrow(3, 1, width);
            torch.Tensor across = pixels.narrow(3, 0, width).Plus(pixels.narrow(3, 1, width)).PlusInPlace(pixels.narrow(3, 2, width));
            torch.Tensor sum = across.narrow(2, 0, height).Plus(across.narrow(2, 1, height)).PlusInPlace(across.narrow(2, 2, height))
                .add_(center, alpha: Scalars.Of(4));
            smooth.narrow(2, 1, height).narrow(3, 1, width).copy_(sum.div_(Scalars.Of(13)).PlusInPlace(0.5).floor_());
        }

        return smooth.MoveToOuterDisposeScope();
    }

    /// <summary>Inverts values at or above <paramref name="threshold"/>.</summary>
    public static torch.Tensor Solarize(torch.Tensor pixels, torch.Tensor threshold)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return torch.where(pixels.lt(threshold), pixels, pixels.From(255)).MoveToOuterDisposeScope();
    }

    /// <summary>Rounds down to multiples of <paramref name="step"/>, two to the power of the bits dropped.</summary>
    public static torch.Tensor Posterize(torch.Tensor pixels, torch.Tensor step) => pixels.div(step).floor_().mul_(step);

    /// <summary>Stretches each channel so that its least value becomes 0 and its greatest 255; a constant channel stays.</summary>
    public static torch.Tensor AutoContrast(torch.Tensor pixels)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor low = pixels.amin([2, 3], keepdim: true).to(torch.float64);
        torch.Tensor span = pixels.amax([2, 3], keepdim: true).sub(low);
        torch.Tensor constant = span.eq(Scalars.Of(0));

        // float64, and offset added last, as PIL computes its table: the floor then falls alike.
        torch.Tensor scale = torch.full_like(span, Scalars.Of(255)).div_(span).masked_fill_(constant, Scalars.Of(1));
        torch.Tensor offset = low.neg().mul_(scale).masked_fill_(constant, Scalars.Of(0));
        torch.Tensor levels = Scalars.Range(256, torch.float64, pixels.device);
        torch.Tensor table = levels.mul(scale.flatten(2)).PlusInPlace(offset.flatten(2)).clamp_(Scalars.Of(0), Scalars.Of(255)).floor_();
        return LookUp(table, pixels.flatten(2).to(torch.int64), pixels.shape).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Per channel with histogram h: step = (pixels - count of the greatest value) / 255, table[i] = (step / 2 + sum of h below i) / step,
    /// divisions rounded down; step 0 changes nothing.
    /// </summary>
    public static torch.Tensor Equalize(torch.Tensor pixels)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor values = pixels.flatten(2).to(torch.int64);
        torch.Tensor histogram = torch.zeros([values.size(0), 3, 256], dtype: torch.int64, device: pixels.device);
        histogram.scatter_add_(2, values, torch.ones([1, 1, 1], dtype: torch.int64, device: pixels.device).expand_as(values));
        torch.Tensor greatest = histogram.gather(2, values.amax([2], keepdim: true));
        torch.Tensor step = greatest.neg().PlusInPlace(values.size(2)).div(Scalars.Of(255), torch.RoundingMode.floor);
        torch.Tensor below = histogram.cumsum(2).sub_(histogram);
        torch.Tensor table = below.PlusInPlace(step.div(Scalars.Of(2), torch.RoundingMode.floor))
            .div(step.clamp(min: Scalars.Of(1)), torch.RoundingMode.floor).clamp_(max: Scalars.Of(255));
        torch.Tensor levels = Scalars.Range(256, torch.int64, pixels.device);
        return LookUp(torch.where(step.eq(Scalars.Of(0)), levels, table), values, pixels.shape).MoveToOuterDisposeScope();
    }

    private static torch.Tensor LookUp(torch.Tensor table, torch.Tensor values, long[] shape) =>
        table.to(torch.float32).gather(2, values).reshape(shape);

    /// <summary><c>Image.blend</c>: degenerate + factor (image - degenerate), clipped, its fraction dropped.</summary>
    private static torch.Tensor Blend(torch.Tensor degenerate, torch.Tensor pixels, torch.Tensor factor)
    {
        using torch.Tensor difference = pixels.sub(degenerate);
        return torch.addcmul(degenerate, difference, factor, Scalars.Of(1)).clamp_(Scalars.Of(0), Scalars.Of(255)).floor_();
    }
}
