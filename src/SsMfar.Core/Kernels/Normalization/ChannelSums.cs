using System.Runtime.CompilerServices;
using SsMfar.Kernels.Vectors;

namespace SsMfar.Kernels.Normalization;

/// <summary>
/// Sums over rows, of one vector of channels or of four at once: a sum waits for the addition before it, and four together do not wait, and
/// read memory as it lies. A channel's sum is made in the same order by both.
/// </summary>
/// <typeparam name="TFloats">The vectors.</typeparam>
internal static unsafe class ChannelSums<TFloats>
    where TFloats : struct, IFloats<TFloats>
{
    /// <summary>How many vectors <see cref="FourMoments"/> and <see cref="FourGradients"/> take.</summary>
    public const int Four = 4;

    private static int N => TFloats.Lanes;

    /// <summary>Adds the sums of x - origin, and of its square, of a vector of channels.</summary>
    /// <param name="map">x: the first row's.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="channels">From a row to the next.</param>
    /// <param name="origin">Near the mean.</param>
    /// <param name="sums">The sums, to which is added.</param>
    /// <param name="squares">Those of squares.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Moments(float* map, int rows, int channels, float* origin, double* sums, double* squares)
    {
        TFloats o = TFloats.Load(origin), s = TFloats.Zero, q = s;
        for (int row = 0; row < rows; row++, map += channels)
        {
            AddMoments(map, o, ref s, ref q);
        }

        s.AddTo(sums);
        q.AddTo(squares);
    }

    /// <summary>Those of four vectors of channels.</summary>
    /// <inheritdoc cref="Moments"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FourMoments(float* map, int rows, int channels, float* origin, double* sums, double* squares)
    {
        TFloats o0 = TFloats.Load(origin), o1 = TFloats.Load(origin + N);
        TFloats o2 = TFloats.Load(origin + (2 * N)), o3 = TFloats.Load(origin + (3 * N));
        TFloats s0 = TFloats.Zero, s1 = s0, s2 = s0, s3 = s0, q0 = s0, q1 = s0, q2 = s0, q3 = s0;
        for (int row = 0; row < rows; row++, map += channels)
        {
            AddMoments(map, o0, ref s0, ref q0);
            AddMoments(map + N, o1, ref s1, ref q1);
            AddMoments(map + (2 * N), o2, ref s2, ref q2);
            AddMoments(map + (3 * N), o3, ref s3, ref q3);
        }

        AddTo(sums, s0, s1, s2, s3);
        AddTo(squares, q0, q1, q2, q3);
    }

    /// <summary>
    /// Adds the sums of dz, and of dz (x - mean), of a vector of channels, where dz is dy where y is above 0; everywhere without y.
    /// </summary>
    /// <param name="gradient">dy: the first row's.</param>
    /// <param name="result">y; null where no ReLU follows.</param>
    /// <param name="map">x.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="channels">From a row to the next.</param>
    /// <param name="mean">The mean of each channel.</param>
    /// <param name="sums">The sums, to which is added.</param>
    /// <param name="products">Those of products.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gradients(
        float* gradient, float* result, float* map, int rows, int channels, float* mean, double* sums, double* products)
    {
        TFloats m = TFloats.Load(mean), s = TFloats.Zero, p = s;
        for (nint row = 0, end = (nint)rows * channels; row < end; row += channels)
        {
            AddGradients(gradient, result, map, row, m, ref s, ref p);
        }

        s.AddTo(sums);
        p.AddTo(products);
    }

    /// <summary>Those of four vectors of channels.</summary>
    /// <inheritdoc cref="Gradients"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FourGradients(
        float* gradient, float* result, float* map, int rows, int channels, float* mean, double* sums, double* products)
    {
        TFloats m0 = TFloats.Load(mean), m1 = TFloats.Load(mean + N);
        TFloats m2 = TFloats.Load(mean + (2 * N)), m3 = TFloats.Load(mean + (3 * N));
        TFloats s0 = TFloats.Zero, s1 = s0, s2 = s0, s3 = s0, p0 = s0, p1 = s0, p2 = s0, p3 = s0;
        for (nint row = 0, end = (nint)rows * channels; row < end; row += channels)
        {
            AddGradients(gradient, result, map, row, m0, ref s0, ref p0);
            AddGradients(gradient, result, map, row + N, m1, ref s1, ref p1);
            AddGradients(gradient, result, map, row + (2 * N), m2, ref s2, ref p2);
            AddGradients(gradient, result, map, row + (3 * N), m3, ref s3, ref p3);
        }

        AddTo(sums, s0, s1, s2, s3);
        AddTo(products, p0, p1, p2, p3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddMoments(float* map, TFloats origin, ref TFloats sum, ref TFloats squares)
    {
        TFloats x = TFloats.Load(map) - origin;
        sum += x;
        squares = TFloats.FusedMultiplyAdd(x, x, squares);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddGradients(
        float* gradient, float* result, float* map, nint place, TFloats mean, ref TFloats sum, ref TFloats products)
    {
        TFloats dz = NormGradients<TFloats>.Masked(gradient, result, place);
        sum += dz;
        products = TFloats.FusedMultiplyAdd(dz, TFloats.Load(map + place) - mean, products);
    }

    private static void AddTo(double* target, TFloats v0, TFloats v1, TFloats v2, TFloats v3)
    {
        v0.AddTo(target);
        v1.AddTo(target + N);
        v2.AddTo(target + (2 * N));
        v3.AddTo(target + (3 * N));
    }
}
