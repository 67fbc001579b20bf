using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using SsMfar.Kernels.Vectors;

namespace SsMfar.Kernels.Products;

/// <summary>
/// The innermost loops of all convolutions: products of small float32 matrices that lie in the cache, in blocks of four rows by 64 columns.
/// </summary>
/// <remarks>Written out for each width: how many sums the registers hold decides how a block is worked through.</remarks>
internal static unsafe class BlockProducts
{
    /// <summary>Rows of a block.</summary>
    public const int Rows = 4;

    /// <summary>Columns of a block.</summary>
    public const int Columns = 64;

    /// <summary>Elements of a line of the cache: so many are asked for ahead with each step.</summary>
    public const int Line = 16;

    private const int Lanes8 = 8;
    private const int Lanes16 = 16;

    /// <summary>result[4, 64] = left[4, steps] * right[steps, 64], or adds it.</summary>
    /// <typeparam name="TFloats">The vectors; each width sums in the same order.</typeparam>
    /// <param name="left">Where the rows of the left block begin.</param>
    /// <param name="leftStep">From a step of the left block to the next, in elements.</param>
    /// <param name="right">The right block, 64 adjacent columns.</param>
    /// <param name="rightStep">From a step of the right block to the next.</param>
    /// <param name="steps">How many products each sum has, at least 1.</param>
    /// <param name="result">Where the rows of the result begin.</param>
    /// <param name="add">Whether to add to what is there.</param>
    /// <param name="ahead">What is read next, <see cref="Line"/> elements a step: the cache is asked for it meanwhile.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Multiply<TFloats>(
        in FourRows left, nint leftStep, float* right, nint rightStep, int steps, in FourRows result, bool add, float* ahead)
        where TFloats : struct, IFloats<TFloats>
    {
        if (typeof(TFloats) == typeof(Floats16))
        {
            By16(left, leftStep, right, rightStep, steps, result, add, ahead);
        }
        else
        {
            By8(left, leftStep, right, rightStep, steps, result, add, ahead);
        }
    }

    /// <summary>The same for rows that lie equally far apart, with nothing to ask for.</summary>
    /// <inheritdoc cref="Multiply{TFloats}(in FourRows, nint, float*, nint, int, in FourRows, bool, float*)"/>
    /// <param name="left">The left block.</param>
    /// <param name="leftRow">From a row of the left block to the next, in elements.</param>
    /// <param name="leftStep">From a step of the left block to the next.</param>
    /// <param name="right">The right block, 64 adjacent columns.</param>
    /// <param name="rightStep">From a step of the right block to the next.</param>
    /// <param name="steps">How many products each sum has, at least 1.</param>
    /// <param name="result">Receives the block.</param>
    /// <param name="resultRow">From a row of the result to the next.</param>
    /// <param name="add">Whether to add to what is there.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Multiply<TFloats>(
        float* left, nint leftRow, nint leftStep, float* right, nint rightStep, int steps, float* result, nint resultRow, bool add)
        where TFloats : struct, IFloats<TFloats> =>
        Multiply<TFloats>(new(left, leftRow), leftStep, right, rightStep, steps, new(result, resultRow), add, right);

    // 64 columns: 16 sums of 512 bits.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void By16(
        in FourRows left, nint leftStep, float* right, nint rightStep, int steps, in FourRows result, bool add, float* ahead)
    {
        Vector512<float> s00, s01, s02, s03, s10, s11, s12, s13, s20, s21, s22, s23, s30, s31, s32, s33;
        s00 = s01 = s02 = s03 = s10 = s11 = s12 = s13 = s20 = s21 = s22 = s23 = s30 = s31 = s32 = s33 = Vector512<float>.Zero;
        float* left0 = left.First, left1 = left.Second, left2 = left.Third, left3 = left.Fourth;
        nint at = 0;
        for (int k = 0; k < steps; k++)
        {
            Sse.Prefetch1(ahead);
            Vector512<float> b0 = Vector512.Load(right), b1 = Vector512.Load(right + Lanes16);
            Vector512<float> b2 = Vector512.Load(right + (2 * Lanes16)), b3 = Vector512.Load(right + (3 * Lanes16));
            Vector512<float> a = Vector512.Create(left0[at]);
            s00 = Vector512.FusedMultiplyAdd(a, b0, s00);
            s01 = Vector512.FusedMultiplyAdd(a, b1, s01);
            s02 = Vector512.FusedMultiplyAdd(a, b2, s02);
            s03 = Vector512.FusedMultiplyAdd(a, b3, s03);
            a = Vector512.Create(left1[at]);
            s10 = Vector512.FusedMultiplyAdd(a, b0, s10);
            s11 = Vector512.FusedMultiplyAdd(a, b1, s11);
            s12 = Vector512.FusedMultiplyAdd(a, b2, s12);
            s13 = Vector512.FusedMultiplyAdd(a, b3, s13);
            a = Vector512.Create(left2[at]);
            s20 = Vector512.FusedMultiplyAdd(a, b0, s20);
            s21 = Vector512.FusedMultiplyAdd(a, b1, s21);
            s22 = Vector512.FusedMultiplyAdd(a, b2, s22);
            s23 = Vector512.FusedMultiplyAdd(a, b3, s23);
            a = Vector512.Create(left3[at]);
            s30 = Vector512.FusedMultiplyAdd(a, b0, s30);
            s31 = Vector512.FusedMultiplyAdd(a, b1, s31);
            s32 = Vector512.FusedMultiplyAdd(a, b2, s32);
            s33 = Vector512.FusedMultiplyAdd(a, b3, s33);
            right += rightStep;
            at += leftStep;
            ahead += Line;
        }

        StoreRow(result.First, s00, s01, s02, s03, add);
        StoreRow(result.Second, s10, s11, s12, s13, add);
        StoreRow(result.Third, s20, s21, s22, s23, add);
        StoreRow(result.Fourth, s30, s31, s32, s33, add);
    }

    // 16 columns at a time: eight sums of 256 bits, of the 16 registers that there are.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void By8(
        in FourRows left, nint leftStep, float* right, nint rightStep, int steps, in FourRows result, bool add, float* ahead)
    {
        float* left0 = left.First, left1 = left.Second, left2 = left.Third, left3 = left.Fourth;
        for (int column = 0; column < Columns; column += 2 * Lanes8)
        {
            Vector256<float> s00, s01, s10, s11, s20, s21, s30, s31;
            s00 = s01 = s10 = s11 = s20 = s21 = s30 = s31 = Vector256<float>.Zero;
            float* values = right + column, next = ahead;
            nint at = 0;
            for (int k = 0; k < steps; k++)
            {
                Sse.Prefetch1(next);
                Vector256<float> b0 = Vector256.Load(values), b1 = Vector256.Load(values + Lanes8);
                Vector256<float> a = Vector256.Create(left0[at]);
                s00 = Vector256.FusedMultiplyAdd(a, b0, s00);
                s01 = Vector256.FusedMultiplyAdd(a, b1, s01);
                a = Vector256.Create(left1[at]);
                s10 = Vector256.FusedMultiplyAdd(a, b0, s10);
                s11 = Vector256.FusedMultiplyAdd(a, b1, s11);
                a = Vector256.Create(left2[at]);
                s20 = Vector256.FusedMultiplyAdd(a, b0, s20);
                s21 = Vector256.FusedMultiplyAdd(a, b1, s21);
                a = Vector256.Create(left3[at]);
                s30 = Vector256.FusedMultiplyAdd(a, b0, s30);
                s31 = Vector256.FusedMultiplyAdd(a, b1, s31);
                values += rightStep;
                at += leftStep;
                next += Line;
            }

            StoreRow(result.First + column, s00, s01, add);
            StoreRow(result.Second + column, s10, s11, add);
            StoreRow(result.Third + column, s20, s21, add);
            StoreRow(result.Fourth + column, s30, s31, add);
        }
    }

    private static void StoreRow(
        float* row, Vector512<float> s0, Vector512<float> s1, Vector512<float> s2, Vector512<float> s3, bool add)
    {
        if (add)
        {
            s0 += Vector512.Load(row);
            s1 += Vector512.Load(row + Lanes16);
            s2 += Vector512.Load(row + (2 * Lanes16));
            s3 += Vector512.Load(row + (3 * Lanes16));
        }

        s0.Store(row);
        s1.Store(row + Lanes16);
        s2.Store(row + (2 * Lanes16));
        s3.Store(row + (3 * Lanes16));
    }

    private static void StoreRow(float* row, Vector256<float> s0, Vector256<float> s1, bool add)
    {
        if (add)
        {
            s0 += Vector256.Load(row);
            s1 += Vector256.Load(row + Lanes8);
        }

        s0.Store(row);
        s1.Store(row + Lanes8);
    }
}
