using System.Runtime.CompilerServices;
using SsMfar.Kernels.Native;
using SsMfar.Kernels.Vectors;

namespace SsMfar.Kernels.Normalization;

/// <summary>The kernels by vectors of a width.</summary>
/// <typeparam name="TFloats">The vectors.</typeparam>
internal sealed unsafe class BatchNormKernels<TFloats> : IBatchNormKernels
    where TFloats : struct, IFloats<TFloats>
{
    // Rows summed in float32 before the sum goes to float64.
    private const int RowsPerRun = 64;

    /// <inheritdoc/>
    public int Lanes => TFloats.Lanes;

    /// <inheritdoc/>
    public void Moments(float* map, float* shift, int rows, int channels, double* sums, int threads) =>
        Sum(rows, channels, sums, threads, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (first, last, c, share) =>
        {
            TFloats origin = TFloats.Load(shift + c), sum = TFloats.Zero, squares = TFloats.Zero;
            float* place = map + ((nint)first * channels) + c;
            for (int row = first; row < last; row++, place += channels)
            {
                TFloats x = TFloats.Load(place) - origin;
                sum += x;
                squares = TFloats.FusedMultiplyAdd(x, x, squares);
            }

            sum.AddTo(share + c);
            squares.AddTo(share + channels + c);
        });

    /// <inheritdoc/>
    public void Apply(
        float* map, float* mean, float* scale, float* shift, float* addend, bool rectifies, float* result, int rows, int channels,
        int threads) =>
        NativeThreads.Run(threads, rows, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (first, last) =>
        {
            TFloats least = rectifies ? TFloats.Zero : TFloats.Create(float.NegativeInfinity);
            for (nint row = (nint)first * channels; row < (nint)last * channels; row += channels)
            {
                for (int c = 0; c < channels; c += TFloats.Lanes)
                {
                    TFloats x = TFloats.Load(map + row + c) - TFloats.Load(mean + c);
                    TFloats y = TFloats.FusedMultiplyAdd(x, TFloats.Load(scale + c), TFloats.Load(shift + c));
                    y = addend is null ? y : y + TFloats.Load(addend + row + c);
                    TFloats.Max(y, least).Store(result + row + c);
                }
            }
        });

    /// <inheritdoc/>
    public void GradientSums(
        float* gradient, float* result, float* map, float* mean, int rows, int channels, double* sums, int threads) =>
        Sum(rows, channels, sums, threads, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (first, last, c, share) =>
        {
            TFloats origin = TFloats.Load(mean + c), sum = TFloats.Zero, products = TFloats.Zero;
            nint place = ((nint)first * channels) + c;
            for (int row = first; row < last; row++, place += channels)
            {
                TFloats dz = Masked(gradient, result, place);
                sum += dz;
                products = TFloats.FusedMultiplyAdd(dz, TFloats.Load(map + place) - origin, products);
            }

            sum.AddTo(share + c);
            products.AddTo(share + channels + c);
        });

    /// <inheritdoc/>
    public void ApplyGradient(
        float* gradient, float* result, float* map, float* mean, float* factors, float* mapGradient, float* addendGradient,
        int rows, int channels, int threads) =>
        NativeThreads.Run(threads, rows, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (first, last) =>
        {
            for (nint row = (nint)first * channels; row < (nint)last * channels; row += channels)
            {
                for (int c = 0; c < channels; c += TFloats.Lanes)
                {
                    TFloats dz = Masked(gradient, result, row + c);
                    TFloats x = TFloats.Load(map + row + c) - TFloats.Load(mean + c);
                    TFloats rest = TFloats.FusedMultiplyAdd(
                        x, TFloats.Load(factors + channels + c), TFloats.Load(factors + (2 * channels) + c));
                    TFloats.FusedMultiplyAdd(dz, TFloats.Load(factors + c), rest).Store(mapGradient + row + c);
                    if (addendGradient is not null)
                    {
                        dz.Store(addendGradient + row + c);
                    }
                }
            }
        });

    private delegate void RunOfRows(int first, int last, int channel, double* share);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sum(int rows, int channels, double* sums, int threads, RunOfRows add)
    {
        int parts = NativeThreads.Parts(threads, rows), width = 2 * channels;
        using AlignedMemory memory = AlignedMemory.Rent((nint)parts * width * (sizeof(double) / sizeof(float)));
        double* shares = (double*)memory.Start;
        NativeThreads.Run(parts, parts, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (part, end) =>
        {
            for (; part < end; part++)
            {
                (int first, int last) = NativeThreads.Share(part, parts, rows);
                double* share = shares + ((nint)part * width);
                new Span<double>(share, width).Clear();
                for (int run = first; run < last; run += RowsPerRun)
                {
                    for (int c = 0; c < channels; c += TFloats.Lanes)
                    {
                        add(run, Math.Min(last, run + RowsPerRun), c, share);
                    }
                }
            }
        });
        new ReadOnlySpan<double>(shares, width).CopyTo(new(sums, width));
        for (int part = 1; part < parts; part++)
        {
            for (int i = 0; i < width; i++)
            {
                sums[i] += shares[((nint)part * width) + i];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TFloats Masked(float* gradient, float* result, nint place) => result is null
        ? TFloats.Load(gradient + place)
        : TFloats.WherePositive(TFloats.Load(result + place), TFloats.Load(gradient + place));
}
