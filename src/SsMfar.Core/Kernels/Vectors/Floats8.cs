using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SsMfar.Kernels.Vectors;

/// <summary>Eight values, by AVX2 and FMA.</summary>
internal readonly unsafe struct Floats8 : IFloats<Floats8>
{
    private readonly Vector256<float> _values;

    private Floats8(Vector256<float> values) => _values = values;

    /// <inheritdoc/>
    public static bool IsSupported => Avx2.IsSupported && Fma.IsSupported;

    /// <inheritdoc/>
    public static int Lanes => 8;

    /// <inheritdoc/>
    public static Floats8 Zero => new(Vector256<float>.Zero);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 Create(float value) => new(Vector256.Create(value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 Load(float* source) => new(Vector256.Load(source));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 FusedMultiplyAdd(Floats8 left, Floats8 right, Floats8 addend) =>
        new(Vector256.FusedMultiplyAdd(left._values, right._values, addend._values));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 Max(Floats8 left, Floats8 right) => new(Vector256.Max(left._values, right._values));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 WherePositive(Floats8 condition, Floats8 values) => new(Vector256.ConditionalSelect(
        Vector256.GreaterThan(condition._values, Vector256<float>.Zero), values._values, Vector256<float>.Zero));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 WhereEqual(Floats8 left, Floats8 right, Floats8 values) => new(Vector256.ConditionalSelect(
        Vector256.Equals(left._values, right._values), values._values, Vector256<float>.Zero));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 WhereAtMost(Floats8 left, Floats8 right, Floats8 then, Floats8 otherwise) => new(
        Vector256.ConditionalSelect(
            Vector256.LessThanOrEqual(left._values, right._values), then._values, otherwise._values));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 operator +(Floats8 left, Floats8 right) => new(left._values + right._values);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 operator -(Floats8 left, Floats8 right) => new(left._values - right._values);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 operator *(Floats8 left, float right) => new(left._values * right);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transpose(float* source, nint stride, float* target, nint targetStride)
    {
        // Rows in pairs, then in fours: vector 4g + j holds, in half q, column 4q + j of rows 4g to 4g + 3.
        Vector256<float>* fours = stackalloc Vector256<float>[Lanes];
        for (int g = 0; g < 2; g++)
        {
            float* row = source + (4 * g * stride);
            Vector256<float> r0 = Vector256.Load(row), r1 = Vector256.Load(row + stride);
            Vector256<float> r2 = Vector256.Load(row + (2 * stride)), r3 = Vector256.Load(row + (3 * stride));
            Vector256<double> low0 = Avx.UnpackLow(r0, r1).AsDouble(), low1 = Avx.UnpackLow(r2, r3).AsDouble();
            Vector256<double> high0 = Avx.UnpackHigh(r0, r1).AsDouble(), high1 = Avx.UnpackHigh(r2, r3).AsDouble();
            fours[4 * g] = Avx.UnpackLow(low0, low1).AsSingle();
            fours[(4 * g) + 1] = Avx.UnpackHigh(low0, low1).AsSingle();
            fours[(4 * g) + 2] = Avx.UnpackLow(high0, high1).AsSingle();
            fours[(4 * g) + 3] = Avx.UnpackHigh(high0, high1).AsSingle();
        }

        const byte Lower = 0x20, Upper = 0x31;
        for (int j = 0; j < 4; j++)
        {
            Avx.Permute2x128(fours[j], fours[4 + j], Lower).Store(target + (j * targetStride));
            Avx.Permute2x128(fours[j], fours[4 + j], Upper).Store(target + ((4 + j) * targetStride));
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* target) => _values.Store(target);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddTo(double* target)
    {
        (Vector256<double> lower, Vector256<double> upper) = Vector256.Widen(_values);
        (Vector256.Load(target) + lower).Store(target);
        (Vector256.Load(target + (Lanes / 2)) + upper).Store(target + (Lanes / 2));
    }
}
