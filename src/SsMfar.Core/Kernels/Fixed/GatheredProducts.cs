using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using SsMfar.Kernels.Vectors;

namespace SsMfar.Kernels.Fixed;

/// <summary>The innermost loops of <see cref="DirectKernels{TFloats}"/>: four rows that lie anywhere by 64 columns.</summary>
internal static unsafe class GatheredProducts
{
    /// <summary>Rows of a group.</summary>
    public const int Rows = 4;

    /// <summary>Columns of a block.</summary>
    public const int Columns = 64;

    /// <summary>Elements that are asked for ahead with each step: a line of the cache.</summary>
    public const int Ahead = 16;

    private const int Lanes8 = 8;
    private const int Lanes16 = 16;

    /// <summary>Adds left[4, steps] * right[steps, 64] to result[4, 64].</summary>
    /// <typeparam name="TFloats">The vectors; either width sums in the same order.</typeparam>
    /// <param name="left">Where each row begins; its values are adjacent.</param>
    /// <param name="right">[steps, 64], adjacent.</param>
    /// <param name="steps">How many products each sum has.</param>
    /// <param name="result">Where each row of the result begins.</param>
    /// <param name="next">What will be read next: a line of the cache is asked for with each step.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add<TFloats>(FourRows left, float* right, int steps, FourRows result, float* next)
        where TFloats : struct, IFloats<TFloats>
    {
        if (typeof(TFloats) == typeof(Floats16))
        {
            Add16(left.First, left.Second, left.Third, left.Fourth, right, steps, result, next);
            return;
        }

        for (int column = 0; column < Columns; column += 2 * Lanes8)
        {
            Add8(left, right + column, steps, result.Plus(column));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add16(
        float* left, float* left1, float* left2, float* left3, float* right, int steps, in FourRows result, float* next)
    {
        Vector512<float> s00, s01, s02, s03, s10, s11, s12, s13, s20, s21, s22, s23, s30, s31, s32, s33;
        s00 = s01 = s02 = s03 = s10 = s11 = s12 = s13 = s20 = s21 = s22 = s23 = s30 = s31 = s32 = s33 = Vector512<float>.Zero;
        for (int k = 0; k < steps; k++)
        {
            Sse.Prefetch1(next);
            Vector512<float> b0 = Vector512.Load(right), b1 = Vector512.Load(right + Lanes16);
            Vector512<float> b2 = Vector512.Load(right + (2 * Lanes16)), b3 = Vector512.Load(right + (3 * Lanes16));
            Vector512<float> a = Vector512.Create(left[k]);
            s00 = Vector512.FusedMultiplyAdd(a, b0, s00);
            s01 = Vector512.FusedMultiplyAdd(a, b1, s01);
            s02 = Vector512.FusedMultiplyAdd(a, b2, s02);
            s03 = Vector512.FusedMultiplyAdd(a, b3, s03);
            a = Vector512.Create(left1[k]);
            s10 = Vector512.FusedMultiplyAdd(a, b0, s10);
            s11 = Vector512.FusedMultiplyAdd(a, b1, s11);
            s12 = Vector512.FusedMultiplyAdd(a, b2, s12);
            s13 = Vector512.FusedMultiplyAdd(a, b3, s13);
            a = Vector512.Create(left2[k]);
            s20 = Vector512.FusedMultiplyAdd(a, b0, s20);
            s21 = Vector512.FusedMultiplyAdd(a, b1, s21);
            s22 = Vector512.FusedMultiplyAdd(a, b2, s22);
            s23 = Vector512.FusedMultiplyAdd(a, b3, s23);
            a = Vector512.Create(left3[k]);
            s30 = Vector512.FusedMultiplyAdd(a, b0, s30);
            s31 = Vector512.FusedMultiplyAdd(a, b1, s31);
            s32 = Vector512.FusedMultiplyAdd(a, b2, s32);
            s33 = Vector512.FusedMultiplyAdd(a, b3, s33);
            right += Columns;
            next += Ahead;
        }

        AddRow(result.First, s00, s01, s02, s03);
        AddRow(result.Second, s10, s11, s12, s13);
        AddRow(result.Third, s20, s21, s22, s23);
        AddRow(result.Fourth, s30, s31, s32, s33);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add8(in FourRows left, float* right, int steps, in FourRows result)
    {
        Vector256<float> s00, s01, s10, s11, s20, s21, s30, s31;
        s00 = s01 = s10 = s11 = s20 = s21 = s30 = s31 = Vector256<float>.Zero;
        float* left0 = left.First, left1 = left.Second, left2 = left.Third, left3 = left.Fourth;
        for (int k = 0; k < steps; k++)
        {
            Vector256<float> b0 = Vector256.Load(right), b1 = Vector256.Load(right + Lanes8);
            Vector256<float> a = Vector256.Create(left0[k]);
            s00 = Vector256.FusedMultiplyAdd(a, b0, s00);
            s01 = Vector256.FusedMultiplyAdd(a, b1, s01);
            a = Vector256.Create(left1[k]);
            s10 = Vector256.FusedMultiplyAdd(a, b0, s10);
            s11 = Vector256.FusedMultiplyAdd(a, b1, s11);
            a = Vector256.Create(left2[k]);
            s20 = Vector256.FusedMultiplyAdd(a, b0, s20);
            s21 = Vector256.FusedMultiplyAdd(a, b1, s21);
            a = Vector256.Create(left3[k]);
            s30 = Vector256.FusedMultiplyAdd(a, b0, s30);
            s31 = Vector256.FusedMultiplyAdd(a, b1, s31);
            right += Columns;
        }

        AddRow(result.First, s00, s01);
        AddRow(result.Second, s10, s11);
        AddRow(result.Third, s20, s21);
        AddRow(result.Fourth, s30, s31);
    }

    private static void AddRow(float* row, Vector512<float> s0, Vector512<float> s1, Vector512<float> s2, Vector512<float> s3)
    {
        (Vector512.Load(row) + s0).Store(row);
        (Vector512.Load(row + Lanes16) + s1).Store(row + Lanes16);
        (Vector512.Load(row + (2 * Lanes16)) + s2).Store(row + (2 * Lanes16));
        (Vector512.Load(row + (3 * Lanes16)) + s3).Store(row + (3 * Lanes16));
    }

    private static void AddRow(float* row, Vector256<float> s0, Vector256<float> s1)
    {
        (Vector256.Load(row) + s0).Store(row);
        (Vector256.Load(row + Lanes8) + s1).Store(row + Lanes8);
    }
}

/// <summary>Where four rows begin.</summary>
internal readonly unsafe struct FourRows(float* first, float* second, float* third, float* fourth)
{
    /// <summary>Gets the first row.</summary>
    public float* First => first;

    /// <summary>Gets the second row.</summary>
    public float* Second => second;

    /// <summary>Gets the third row.</summary>
    public float* Third => third;

    /// <summary>Gets the fourth row.</summary>
    public float* Fourth => fourth;

    /// <summary>Rows so many elements further on.</summary>
    public FourRows Plus(nint elements) => new(first + elements, second + elements, third + elements, fourth + elements);
}
