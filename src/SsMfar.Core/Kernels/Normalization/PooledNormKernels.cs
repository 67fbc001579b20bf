using System.Runtime.CompilerServices;
using SsMfar.Kernels.Native;
using SsMfar.Kernels.Vectors;

namespace SsMfar.Kernels.Normalization;

/// <summary>The kernels by vectors of a width.</summary>
/// <typeparam name="TFloats">The vectors.</typeparam>
internal sealed unsafe class PooledNormKernels<TFloats> : IPooledNormKernels
    where TFloats : struct, IFloats<TFloats>
{
    private const int Side = 3;

    /// <inheritdoc/>
    public void Pool(
        float* map, MapSize size, int channels, float* mean, float* scale, float* shift, float* result, float* chosen, float* places,
        int threads)
    {
        (int images, int height, int width) = size;
        int rows = Halved(height), columns = Halved(width);
        NativeThreads.Run(threads, images * rows, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (first, last) =>
        {
            for (int line = first; line < last; line++)
            {
                (int image, int row) = Math.DivRem(line, rows);
                int top = Math.Max(0, (2 * row) - 1), bottom = Math.Min(height, (2 * row) + 2);
                for (int column = 0; column < columns; column++)
                {
                    int left = Math.Max(0, (2 * column) - 1), right = Math.Min(width, (2 * column) + 2);
                    nint target = (((nint)line * columns) + column) * channels;
                    for (int c = 0; c < channels; c += TFloats.Lanes)
                    {
                        TFloats m = TFloats.Load(mean + c), a = TFloats.Load(scale + c), b = TFloats.Load(shift + c);
                        TFloats z = TFloats.Create(float.NegativeInfinity), x = TFloats.Zero, place = TFloats.Zero;
                        for (int i = top; i < bottom; i++)
                        {
                            float* source = map + (((((nint)image * height) + i) * width) + left) * channels + c;
                            int at = ((i - (2 * row) + 1) * Side) - (2 * column) + 1;
                            for (int j = left; j < right; j++, source += channels)
                            {
                                TFloats xj = TFloats.Load(source), zj = TFloats.FusedMultiplyAdd(xj - m, a, b);
                                place = TFloats.WhereAtMost(zj, z, place, TFloats.Create(at + j));
                                x = TFloats.WhereAtMost(zj, z, x, xj);
                                z = TFloats.WhereAtMost(zj, z, z, zj);
                            }
                        }

                        TFloats.Max(z, TFloats.Zero).Store(result + target + c);
                        x.Store(chosen + target + c);
                        place.Store(places + target + c);
                    }
                }
            }
        });
    }

    /// <inheritdoc/>
    public void ApplyGradient(
        float* gradient, float* result, float* places, float* map, MapSize size, int channels, float* mean, float* factors,
        float* mapGradient, int threads)
    {
        (int images, int height, int width) = size;
        int rows = Halved(height), columns = Halved(width);
        NativeThreads.Run(threads, images * height, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (first, last) =>
        {
            for (int line = first; line < last; line++)
            {
                (int image, int i) = Math.DivRem(line, height);
                int top = i / 2, bottom = Math.Min(rows - 1, (i + 1) / 2);
                for (int j = 0; j < width; j++)
                {
                    int left = j / 2, right = Math.Min(columns - 1, (j + 1) / 2);
                    nint target = (((nint)line * width) + j) * channels;
                    for (int c = 0; c < channels; c += TFloats.Lanes)
                    {
                        TFloats dz = TFloats.Zero;
                        for (int row = top; row <= bottom; row++)
                        {
                            nint source = (((((nint)image * rows) + row) * columns) + left) * channels + c;
                            int at = ((i - (2 * row) + 1) * Side) + j + 1;
                            for (int column = left; column <= right; column++, source += channels)
                            {
                                TFloats dy = NormGradients<TFloats>.Masked(gradient, result, source);
                                dz += TFloats.WhereEqual(TFloats.Load(places + source), TFloats.Create(at - (2 * column)), dy);
                            }
                        }

                        NormGradients<TFloats>.OfMap(dz, map + target + c, mean + c, factors + c, channels).Store(mapGradient + target + c);
                    }
                }
            }
        });
    }

    private static int Halved(int length) => (length + 1) / 2;
}
