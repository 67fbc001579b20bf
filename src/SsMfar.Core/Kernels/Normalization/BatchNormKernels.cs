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
    public IPooledNormKernels Pooled { get; } = new PooledNormKernels<TFloats>();

    /// <inheritdoc/>
    public void Moments(float* map, float* shift, int rows, int channels, double* sums, int threads) =>
        Sum(rows, channels, sums, threads, (first, last, c, isFour, share) =>
        {
            float* start = map + ((nint)first * channels) + c;
            if (isFour)
            {
                ChannelSums<TFloats>.FourMoments(start, last - first, channels, shift + c, share, share + channels);
            }
            else
            {
                ChannelSums<TFloats>.Moments(start, last - first, channels, shift + c, share, share + channels);
            }
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
        Sum(rows, channels, sums, threads, (first, last, c, isFour, share) =>
        {
            nint start = ((nint)first * channels) + c;
            float* y = result is null ? null : result + start;
            if (isFour)
            {
                ChannelSums<TFloats>.FourGradients(
                    gradient + start, y, map + start, last - first, channels, mean + c, share, share + channels);
            }
            else
            {
                ChannelSums<TFloats>.Gradients(
                    gradient + start, y, map + start, last - first, channels, mean + c, share, share + channels);
            }
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
                    TFloats dz = NormGradients<TFloats>.Masked(gradient, result, row + c);
                    NormGradients<TFloats>.OfMap(dz, map + row + c, mean + c, factors + c, channels).Store(mapGradient + row + c);
                    if (addendGradient is not null)
                    {
                        dz.Store(addendGradient + row + c);
                    }
                }
            }
        });

    // Of one or four vectors of channels from a channel on, whose place in a part's sums it gets.
    private delegate void RunOfRows(int first, int last, int channel, bool isFour, double* sums);

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
                    int step;
                    for (int c = 0; c < channels; c += step)
                    {
                        bool isFour = c + (ChannelSums<TFloats>.Four * TFloats.Lanes) <= channels;
                        step = (isFour ? ChannelSums<TFloats>.Four : 1) * TFloats.Lanes;
                        add(run, Math.Min(last, run + RowsPerRun), c, isFour, share + c);
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
}
