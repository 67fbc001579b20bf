using System.Runtime.Intrinsics;

namespace SsMfar.Kernels.Winograd;

/// <summary>
/// Products of small float32 matrices that lie in the cache, in blocks of 4 rows by 64 columns: 16 sums of 512 bits in registers.
/// </summary>
internal static unsafe class TileProducts
{
    /// <summary>Rows of the left matrix must be a multiple of this.</summary>
    public const int RowBlock = 4;

    /// <summary>Columns of the right matrix must be a multiple of this.</summary>
    public const int ColumnBlock = 64;

    private const int Lanes = 16;

    /// <summary>result[4, 64] = left[4, steps] * right[steps, 64], or adds it.</summary>
    /// <param name="left">The left block; row r and step k lie at r * <paramref name="leftRow"/> + k * <paramref name="leftStep"/>.</param>
    /// <param name="leftRow">From a row to the next, in elements.</param>
    /// <param name="leftStep">From a step to the next.</param>
    /// <param name="right">The right block, 64 adjacent columns.</param>
    /// <param name="rightStep">From a step to the next.</param>
    /// <param name="steps">How many products each sum has, at least 1.</param>
    /// <param name="result">Receives the block.</param>
    /// <param name="resultRow">From a row of the result to the next.</param>
    /// <param name="add">Whether to add to what is there.</param>
    public static void MultiplyBlock(
        float* left, nint leftRow, nint leftStep, float* right, nint rightStep, int steps, float* result, nint resultRow, bool add)
    {
        Vector512<float> s00, s01, s02, s03, s10, s11, s12, s13, s20, s21, s22, s23, s30, s31, s32, s33;
        s00 = s01 = s02 = s03 = s10 = s11 = s12 = s13 = s20 = s21 = s22 = s23 = s30 = s31 = s32 = s33 = Vector512<float>.Zero;
        float* left1 = left + leftRow, left2 = left1 + leftRow, left3 = left2 + leftRow;
        for (int k = 0; k < steps; k++)
        {
            Vector512<float> b0 = Vector512.Load(right), b1 = Vector512.Load(right + Lanes);
            Vector512<float> b2 = Vector512.Load(right + (2 * Lanes)), b3 = Vector512.Load(right + (3 * Lanes));
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

    private static void StoreRow(
        float* row, Vector512<float> s0, Vector512<float> s1, Vector512<float> s2, Vector512<float> s3, bool add)
    {
        if (add)
        {
            s0 += Vector512.Load(row);
            s1 += Vector512.Load(row + Lanes);
            s2 += Vector512.Load(row + (2 * Lanes));
            s3 += Vector512.Load(row + (3 * Lanes));
        }

        s0.Store(row);
        s1.Store(row + Lanes);
        s2.Store(row + (2 * Lanes));
        s3.Store(row + (3 * Lanes));
    }
}
