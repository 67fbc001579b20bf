using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Augmentation;

/// <summary>How a point between pixels is read.</summary>
internal enum SamplingFilter
{
    /// <summary>The pixel the point lies in: PIL's default for rotate and transform; exact for whole-pixel shifts and flips.</summary>
    Nearest,

    /// <summary>The four pixels around, weighted.</summary>
    Bilinear,
}

/// <summary>Reads every row of a batch through an affine map of its own, black beyond the edges, in one sampling.</summary>
internal static class AffineSampler
{
    /// <summary>How many floats <see cref="Write"/> writes.</summary>
    public const int Coefficients = 6;

    // Nearest here rounds to even between two pixels, where PIL takes the one to the right: nudged by less than any drawn value shows.
    private const double TieNudge = 1e-4;

    public static torch.Tensor Sample(torch.Tensor pixels, ReadOnlySpan<AffineMap> maps, SamplingFilter filter)
    {
        if (!maps.ContainsAnyExcept(AffineMap.Identity))
        {
            return pixels.alias();
        }

        int height = (int)pixels.size(2), width = (int)pixels.size(3);
        var values = new float[maps.Length * Coefficients];
        for (int i = 0; i < maps.Length; i++)
        {
            Write(maps[i], width, height, filter, values.AsSpan(i * Coefficients, Coefficients));
        }

        using torch.Tensor coefficients = Transfers.ToDevice(values, [maps.Length, Coefficients], pixels.device);
        return Sample(pixels, coefficients, filter);
    }

    /// <summary>The map in the [-1, 1] coordinates of grid_sample: (x, y) factors of x, of y, and offsets.</summary>
    public static void Write(AffineMap map, int width, int height, SamplingFilter filter, Span<float> destination)
    {
        double nudge = filter == SamplingFilter.Nearest ? TieNudge : 0;
        double x = 2.0 / width, y = 2.0 / height;
        destination[0] = (float)(map.XX * x);
        destination[1] = (float)(map.YX * y);
        destination[2] = (float)(map.XY * x);
        destination[3] = (float)(map.YY * y);
        destination[4] = (float)(((map.X0 + nudge) * x) - 1);
        destination[5] = (float)(((map.Y0 + nudge) * y) - 1);
    }

    /// <summary>Samples with coefficients that are on the device already, float32 [N, 6] as <see cref="Write"/> gives.</summary>
    public static torch.Tensor Sample(torch.Tensor pixels, torch.Tensor coefficients, SamplingFilter filter)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        long rows = pixels.size(0), height = pixels.size(2), width = pixels.size(3);
        torch.Tensor parts = coefficients.reshape(rows, 3, 2, 1, 1);
        torch.Tensor x = Scalars.Centers(width, pixels.device).reshape(1, 1, 1, width);
        torch.Tensor y = Scalars.Centers(height, pixels.device).reshape(1, 1, height, 1);

        // Planar coordinates, [N, 2, H, W]: each is built and read along contiguous rows.
        torch.Tensor atColumnZero = torch.addcmul(parts.select(1, 2), parts.select(1, 1), y, Scalars.Of(1));
        torch.Tensor grid = torch.addcmul(atColumnZero, parts.select(1, 0), x, Scalars.Of(1)).permute(0, 2, 3, 1);
        return torch.nn.functional.grid_sample(
            pixels,
            grid,
            filter == SamplingFilter.Nearest ? torch.GridSampleMode.Nearest : torch.GridSampleMode.Bilinear,
            torch.GridSamplePaddingMode.Zeros,
            align_corners: false).MoveToOuterDisposeScope();
    }
}
