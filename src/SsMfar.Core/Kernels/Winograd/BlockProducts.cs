using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SsMfar.Kernels.Winograd;

/// <summary>The innermost loops of <see cref="TileProducts{TFloats}"/>: four rows by as many columns as registers hold sums of.</summary>
internal static unsafe class BlockProducts
{
    private const int Lanes8 = 8;
    private const int Lanes16 = 16;

    /// <summary>64 columns: 16 sums of 512 bits.</summary>
    /// <inheritdoc cref="TileProducts{TFloats}.MultiplyBlock"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void By16(
        float* left, nint leftRow, nint leftStep, float* right, nint rightStep, int steps, float* result, nint resultRow, bool add)
    {
        Vector512<float> s00, s01, s02, s03, s10, s11, s12, s13, s20, s21, s22, s23, s30, s31, s32, s33;
        s00 = s01 = s02 = s03 = s10 = s11 = s12 = s13 = s20 = s21 = s22 = s23 = s30 = s31 = s32 = s33 = Vector512<float>.Zero;
        float* left1 = left + leftRow, left2 = left1 + leftRow, left3 = left2 + leftRow;
        for (int k = 0; k < steps; k++)
        {
            Vector512<float> b0 = Vector512.Load(right), b1 = Vector512.Load(right + Lanes16);
            Vector512<float> b2 = Vector512.Load(right + (2 * Lanes16)), b3 = Vector512.Load(right + (3 * Lanes16));
            Vector512<float> a = Vector512.Create(*left);
            s00 = Vector512.FusedMultiplyAdd(a, b0, s00);
            s01 = Vector512.FusedMultiplyAdd(a, b1, s01);
            s02 = Vector512.FusedMultiplyAdd(a, b2, s02);
            s03 = Vector512.FusedMultiplyAdd(a, b3, s03);
            a = Vector512.Create(*left1);
            s10 = Vector512.FusedMultiplyAdd(a, b0, s10);
            s11 = Vector512.FusedMultiplyAdd(a, b1, s11);
            s12 = Vector512.FusedMultiplyAdd(a, b2, s12);
            s13 = Vector512.FusedMultiplyAdd(a, b3, s13);
            a = Vector512.Create(*left2);
            s20 = Vector512.FusedMultiplyAdd(a, b0, s20);
            s21 = Vector512.FusedMultiplyAdd(a, b1, s21);
            s22 = Vector512.FusedMultiplyAdd(a, b2, s22);
            s23 = Vector512.FusedMultiplyAdd(a, b3, s23);
            a = Vector512.Create(*left3);
            s30 = Vector512.FusedMultiplyAdd(a, b0, s30);
            s31 = Vector512.FusedMultiplyAdd(a, b1, s31);
            s32 = Vector512.FusedMultiplyAdd(a, b2, s32);
            s33 = Vector512.FusedMultiplyAdd(a, b3, s33);
            right += rightStep;
            left += leftStep;
            left1 += leftStep;
            left2 += leftStep;
            left3 += leftStep;
        }

        StoreRow(result, s00, s01, s02, s03, add);
        StoreRow(result + resultRow, s10, s11, s12, s13, add);
        StoreRow(result + (2 * resultRow), s20, s21, s22, s23, add);
        StoreRow(result + (3 * resultRow), s30, s31, s32, s33, add);
    }

    /// <summary>16 columns: eight sums of 256 bits, of the 16 registers that there are.</summary>
    /// <inheritdoc cref="TileProducts{TFloats}.MultiplyBlock"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void By8(
        float* left, nint leftRow, nint leftStep, float* right, nint rightStep, int steps, float* result, nint resultRow, bool add)
    {
        Vector256<float> s00, s01, s10, s11, s20, s21, s30, s31;
        s00 = s01 = s10 = s11 = s20 = s21 = s30 = s31 = Vector256<float>.Zero;
        float* left1 = left + leftRow, left2 = left1 + leftRow, left3 = left2 + leftRow;
        for (int k = 0; k < steps; k++)
        {
            Vector256<float> b0 = Vector256.Load(right), b1 = Vector256.Load(right + Lanes8);
            Vector256<float> a = Vector256.Create(*left);
            s00 = Vector256.FusedMultiplyAdd(a, b0, s00);
            s01 = Vector256.FusedMultiplyAdd(a, b1, s01);
            a = Vector256.Create(*left1);
            s10 = Vector256.FusedMultiplyAdd(a, b0, s10);
            s11 = Vector256.FusedMultiplyAdd(a, b1, s11);
            a = Vector256.Create(*left2);
            s20 = Vector256.FusedMultiplyAdd(a, b0, s20);
            s21 = Vector256.FusedMultiplyAdd(a, b1, s21);
            a = Vector256.Create(*left3);
            s30 = Vector256.FusedMultiplyAdd(a, b0, s30);
            s31 = Vector256.FusedMultiplyAdd(a, b1, s31);
            right += rightStep;
            left += leftStep;
            left1 += leftStep;
            left2 += leftStep;
            left3 += leftStep;
        }

        StoreRow(result, s00, s01, add);
        StoreRow(result + resultRow, s10, s11, add);
        StoreRow(result + (2 * resultRow), s20, s21, add);
        StoreRow(result + (3 * resultRow), s30, s31, add);
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
