using System.Runtime.Intrinsics;
using SsMfar.Kernels.Native;

namespace SsMfar.Kernels.Normalization;

/// <summary>
/// Batch normalisation (Ioffe and Szegedy, 2015) of float32 maps [rows, channels], what is added to it and ReLU in two passes over memory
/// each way: one for the sums of every channel, one for the values. Separate operations take seven and eight.
/// </summary>
internal static unsafe class BatchNormKernels
{
    /// <summary>Channels must be a multiple of this.</summary>
    public const int Lanes = 16;

    // Rows summed in float32 before the sum goes to float64.
    private const int RowsPerRun = 64;

    public static bool IsSupported => Vector512.IsHardwareAccelerated;

    /// <summary>The sums of x - shift and of its square.</summary>
    /// <param name="map">x, [rows, channels].</param>
    /// <param name="shift">[channels]: near the mean, so that the squares' sum does not lose it.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="sums">Receives them, [2 * channels].</param>
    /// <param name="threads">How many threads to use.</param>
    public static void Moments(float* map, float* shift, int rows, int channels, double* sums, int threads) =>
        Sum(rows, channels, sums, threads, (first, last, c, share) =>
        {
            Vector512<float> origin = Vector512.Load(shift + c), sum = Vector512<float>.Zero, squares = Vector512<float>.Zero;
            float* place = map + ((nint)first * channels) + c;
            for (int row = first; row < last; row++, place += channels)
            {
                Vector512<float> x = Vector512.Load(place) - origin;
                sum += x;
                squares = Vector512.FusedMultiplyAdd(x, x, squares);
            }

            AddTo(share + c, sum);
            AddTo(share + channels + c, squares);
        });

    /// <summary>y = max(0, scale (x - mean) + shift + addend).</summary>
    /// <param name="map">x, [rows, channels].</param>
    /// <param name="mean">[channels].</param>
    /// <param name="scale">[channels].</param>
    /// <param name="shift">[channels].</param>
    /// <param name="addend">[rows, channels], or null.</param>
    /// <param name="result">Receives y.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="threads">How many threads to use.</param>
    public static void Apply(
        float* map, float* mean, float* scale, float* shift, float* addend, float* result, int rows, int channels, int threads) =>
        NativeThreads.Run(threads, rows, (first, last) =>
        {
            for (nint row = (nint)first * channels; row < (nint)last * channels; row += channels)
            {
                for (int c = 0; c < channels; c += Lanes)
                {
                    Vector512<float> x = Vector512.Load(map + row + c) - Vector512.Load(mean + c);
                    Vector512<float> y = Vector512.FusedMultiplyAdd(x, Vector512.Load(scale + c), Vector512.Load(shift + c));
                    y = addend is null ? y : y + Vector512.Load(addend + row + c);
                    Vector512.Max(y, Vector512<float>.Zero).Store(result + row + c);
                }
            }
        });

    /// <summary>The sums of dz and of dz (x - mean), where dz is dy where y is above 0.</summary>
    /// <param name="gradient">dy, [rows, channels].</param>
    /// <param name="result">y.</param>
    /// <param name="map">x.</param>
    /// <param name="mean">[channels].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="sums">Receives them, [2 * channels].</param>
    /// <param name="threads">How many threads to use.</param>
    public static void GradientSums(
        float* gradient, float* result, float* map, float* mean, int rows, int channels, double* sums, int threads) =>
        Sum(rows, channels, sums, threads, (first, last, c, share) =>
        {
            Vector512<float> origin = Vector512.Load(mean + c), sum = Vector512<float>.Zero, products = Vector512<float>.Zero;
            nint place = ((nint)first * channels) + c;
            for (int row = first; row < last; row++, place += channels)
            {
                Vector512<float> dz = Masked(gradient + place, result + place);
                sum += dz;
                products = Vector512.FusedMultiplyAdd(dz, Vector512.Load(map + place) - origin, products);
            }

            AddTo(share + c, sum);
            AddTo(share + channels + c, products);
        });

    /// <summary>dx = a dz + b (x - mean) + c, and dz itself where it is wanted.</summary>
    /// <param name="gradient">dy, [rows, channels].</param>
    /// <param name="result">y.</param>
    /// <param name="map">x.</param>
    /// <param name="mean">[channels].</param>
    /// <param name="factors">[3, channels]: a, b and c.</param>
    /// <param name="mapGradient">Receives dx.</param>
    /// <param name="addendGradient">Receives dz, or null.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="threads">How many threads to use.</param>
    public static void ApplyGradient(
        float* gradient, float* result, float* map, float* mean, float* factors, float* mapGradient, float* addendGradient,
        int rows, int channels, int threads) =>
        NativeThreads.Run(threads, rows, (first, last) =>
        {
            for (nint row = (nint)first * channels; row < (nint)last * channels; row += channels)
            {
                for (int c = 0; c < channels; c += Lanes)
                {
                    Vector512<float> dz = Masked(gradient + row + c, result + row + c);
                    Vector512<float> x = Vector512.Load(map + row + c) - Vector512.Load(mean + c);
                    Vector512<float> rest = Vector512.FusedMultiplyAdd(
                        x, Vector512.Load(factors + channels + c), Vector512.Load(factors + (2 * channels) + c));
                    Vector512.FusedMultiplyAdd(dz, Vector512.Load(factors + c), rest).Store(mapGradient + row + c);
                    if (addendGradient is not null)
                    {
                        dz.Store(addendGradient + row + c);
                    }
                }
            }
        });

    private delegate void RunOfRows(int first, int last, int channel, double* share);

    private static void Sum(int rows, int channels, double* sums, int threads, RunOfRows add)
    {
        int parts = NativeThreads.Parts(threads, rows), width = 2 * channels;
        using AlignedMemory memory = AlignedMemory.Rent((nint)parts * width * (sizeof(double) / sizeof(float)));
        double* shares = (double*)memory.Start;
        NativeThreads.Run(parts, parts, (part, end) =>
        {
            for (; part < end; part++)
            {
                (int first, int last) = NativeThreads.Share(part, parts, rows);
                double* share = shares + ((nint)part * width);
                new Span<double>(share, width).Clear();
                for (int run = first; run < last; run += RowsPerRun)
                {
                    for (int c = 0; c < channels; c += Lanes)
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

    private static Vector512<float> Masked(float* gradient, float* result) =>
        Vector512.ConditionalSelect(
            Vector512.GreaterThan(Vector512.Load(result), Vector512<float>.Zero),
            Vector512.Load(gradient),
            Vector512<float>.Zero);

    private static void AddTo(double* target, Vector512<float> values)
    {
        (Vector512<double> lower, Vector512<double> upper) = Vector512.Widen(values);
        (Vector512.Load(target) + lower).Store(target);
        (Vector512.Load(target + (Lanes / 2)) + upper).Store(target + (Lanes / 2));
    }
}
