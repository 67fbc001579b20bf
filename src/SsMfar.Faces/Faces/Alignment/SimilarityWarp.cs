using System.Runtime.Intrinsics;
using SsMfar.Imaging;

namespace SsMfar.Faces;

/// <summary>
/// Warps pictures with the filter that resizing has: bilinear (triangle), widened when shrinking so that nothing aliases. The filter is
/// laid along the crop's rows and columns, turned as the crop is; without a turn it is the resize filter but for the rounding between its
/// passes.
/// </summary>
internal static unsafe class SimilarityWarp
{
    /// <summary>The part of a picture that a transform brings into a crop.</summary>
    /// <param name="picture">The picture. Beyond its edges its outermost pixels repeat.</param>
    /// <param name="toCrop">From pixels of the picture to pixels of the crop.</param>
    /// <param name="width">The crop's pixels across.</param>
    /// <param name="height">The crop's pixels down.</param>
    public static RgbImage Apply(RgbImage picture, SimilarityTransform toCrop, int width, int height)
    {
        SimilarityTransform toPicture = toCrop.Invert();
        double radius = Math.Max(1, toPicture.Scale);
        Filter filter = new(radius, toPicture.A / toPicture.Scale, toPicture.B / toPicture.Scale);
        byte[] crop = new byte[checked(3 * width * height)];
        fixed (byte* pixels = picture.Pixels)
        {
            for (int y = 0; y < height; y++)
            {
                for (int x = 0; x < width; x++)
                {
                    (double atX, double atY) = toPicture.Apply(x + 0.5, y + 0.5);
                    filter.Sample(
                        pixels, picture.Width, picture.Height, Math.Clamp(atX, 0, picture.Width), Math.Clamp(atY, 0, picture.Height),
                        crop.AsSpan(3 * ((y * width) + x), 3));
                }
            }
        }

        return new(width, height, crop);
    }

    // (cosine, sine) is the direction of the crop's rows in the picture.
    private readonly struct Filter(double radius, double cosine, double sine)
    {
        private readonly double _reach = radius * (Math.Abs(cosine) + Math.Abs(sine));

        public void Sample(byte* pixels, int width, int height, double atX, double atY, Span<byte> result)
        {
            int firstRow = Math.Max(0, (int)Math.Floor(atY - _reach - 0.5)),
                lastRow = Math.Min(height - 1, (int)Math.Ceiling(atY + _reach - 0.5));
            Vector128<float> sum = Vector128<float>.Zero;
            float total = 0;
            for (int row = firstRow; row <= lastRow; row++)
            {
                double down = row + 0.5 - atY;
                (double from, double to) = Columns(down);
                int first = Math.Max(0, (int)Math.Ceiling(atX + from - 0.5)), last = Math.Min(width - 1, (int)Math.Floor(atX + to - 0.5));
                byte* pixel = pixels + (3 * (((long)row * width) + first));
                double right = first + 0.5 - atX;
                double u = ((cosine * right) + (sine * down)) / radius, v = ((cosine * down) - (sine * right)) / radius;
                for (int column = first; column <= last; column++, pixel += 3)
                {
                    float weight = (float)(Math.Max(0, 1 - Math.Abs(u)) * Math.Max(0, 1 - Math.Abs(v)));
                    sum += Vector128.Create(pixel[0], pixel[1], pixel[2], 1f) * weight;
                    total += weight;
                    u += cosine / radius;
                    v -= sine / radius;
                }
            }

            if (total <= 0)
            {
                // At the very edge of what the filter reaches: the nearest pixel.
                byte* nearest = pixels + (3 * (((long)Math.Min((int)atY, height - 1) * width) + Math.Min((int)atX, width - 1)));
                (result[0], result[1], result[2]) = (nearest[0], nearest[1], nearest[2]);
                return;
            }

            sum /= total;
            for (int colour = 0; colour < 3; colour++)
            {
                result[colour] = (byte)Math.Clamp(sum[colour] + 0.5f, 0, 255);
            }
        }

        // Where a row of the picture crosses the turned square that the filter covers: |u| and |v| below 1.
        private (double From, double To) Columns(double down)
        {
            (double from, double to) = (-_reach, _reach);
            Narrow(cosine, sine * down, ref from, ref to);
            Narrow(-sine, cosine * down, ref from, ref to);
            return (from, to);
        }

        // Of the x with |slope x + offset| <= radius.
        private void Narrow(double slope, double offset, ref double from, ref double to)
        {
            if (Math.Abs(slope) < 1e-9)
            {
                return;
            }

            double a = (-radius - offset) / slope, b = (radius - offset) / slope;
            (from, to) = (Math.Max(from, Math.Min(a, b)), Math.Min(to, Math.Max(a, b)));
        }
    }
}
