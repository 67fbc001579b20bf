using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SsMfar.Kernels.Vectors;

/// <summary>Sixteen values, by AVX-512.</summary>
internal readonly unsafe struct Floats16 : IFloats<Floats16>
{
    private readonly Vector512<float> _values;

    private Floats16(Vector512<float> values) => _values = values;

    /// <inheritdoc/>
    public static bool IsSupported => Avx512F.IsSupported && Vector512.IsHardwareAccelerated;

    /// <inheritdoc/>
    public static int Lanes => 16;

    /// <inheritdoc/>
    public static Floats16 Zero => new(Vector512<float>.Zero);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 Create(float value) => new(Vector512.Create(value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 Load(float* source) => new(Vector512.Load(source));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 FusedMultiplyAdd(Floats16 left, Floats16 right, Floats16 addend) =>
        new(Vector512.FusedMultiplyAdd(left._values, right._values, addend._values));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 Max(Floats16 left, Floats16 right) => new(Vector512.Max(left._values, right._values));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 WherePositive(Floats16 condition, Floats16 values) => new(Vector512.ConditionalSelect(
        Vector512.GreaterThan(condition._values, Vector512<float>.Zero), values._values, Vector512<float>.Zero));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 WhereEqual(Floats16 left, Floats16 right, Floats16 values) => new(Vector512.ConditionalSelect(
        Vector512.Equals(left._values, right._values), values._values, Vector512<float>.Zero));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 WhereAtMost(Floats16 left, Floats16 right, Floats16 then, Floats16 otherwise) => new(
        Vector512.ConditionalSelect(
            Vector512.LessThanOrEqual(left._values, right._values), then._values, otherwise._values));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 operator +(Floats16 left, Floats16 right) => new(left._values + right._values);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 operator -(Floats16 left, Floats16 right) => new(left._values - right._values);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 operator *(Floats16 left, float right) => new(left._values * right);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transpose(float* source, nint stride, float* target, nint targetStride)
    {
        // Rows in pairs, then in fours: vector 4g + j holds, in quarter q, column 4q + j of rows 4g to 4g + 3.
        Vector512<float>* fours = stackalloc Vector512<float>[Lanes];
        for (int g = 0; g < 4; g++)
        {
            float* row = source + (4 * g * stride);
            Vector512<float> r0 = Vector512.Load(row), r1 = Vector512.Load(row + stride);
            Vector512<float> r2 = Vector512.Load(row + (2 * stride)), r3 = Vector512.Load(row + (3 * stride));
            Vector512<double> low0 = Avx512F.UnpackLow(r0, r1).AsDouble(), low1 = Avx512F.UnpackLow(r2, r3).AsDouble();
            Vector512<double> high0 = Avx512F.UnpackHigh(r0, r1).AsDouble(), high1 = Avx512F.UnpackHigh(r2, r3).AsDouble();
            fours[4 * g] = Avx512F.UnpackLow(low0, low1).AsSingle();
            fours[(4 * g) + 1] = Avx512F.UnpackHigh(low0, low1).AsSingle();
            fours[(4 * g) + 2] = Avx512F.UnpackLow(high0, high1).AsSingle();
            fours[(4 * g) + 3] = Avx512F.UnpackHigh(high0, high1).AsSingle();
        }

        const byte Even = 0x88, Odd = 0xDD;
        for (int j = 0; j < 4; j++)
        {
            Vector512<float> even0 = Avx512F.Shuffle4x128(fours[j], fours[4 + j], Even);
            Vector512<float> odd0 = Avx512F.Shuffle4x128(fours[j], fours[4 + j], Odd);
            Vector512<float> even1 = Avx512F.Shuffle4x128(fours[8 + j], fours[12 + j], Even);
            Vector512<float> odd1 = Avx512F.Shuffle4x128(fours[8 + j], fours[12 + j], Odd);
            Avx512F.Shuffle4x128(even0, even1, Even).Store(target + (j * targetStride));
            Avx512F.Shuffle4x128(odd0, odd1, Even).Store(target + ((4 + j) * targetStride));
            Avx512F.Shuffle4x128(even0, even1, Odd).Store(target + ((8 + j) * targetStride));
            Avx512F.Shuffle4x128(odd0, odd1, Odd).Store(target + ((12 + j) * targetStride));
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* target) => _values.Store(target);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddTo(double* target)
    {
        (Vector512<double> lower, Vector512<double> upper) = Vector512.Widen(_values);
        (Vector512.Load(target) + lower).Store(target);
        (Vector512.Load(target + (Lanes / 2)) + upper).Store(target + (Lanes / 2));
    }
}
