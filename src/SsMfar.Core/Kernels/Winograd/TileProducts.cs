using System.Runtime.CompilerServices;
using SsMfar.Kernels.Vectors;

namespace SsMfar.Kernels.Winograd;

/// <summary>
/// Products of small float32 matrices that lie in the cache, in blocks of <see cref="Tile.RowBlock"/> rows by
/// <see cref="Tile.ChannelBlock"/> columns.
/// </summary>
/// <remarks>Written out for each width: how many sums the registers hold decides how a block is worked through.</remarks>
internal static unsafe class TileProducts<TFloats>
    where TFloats : struct, IFloats<TFloats>
{
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
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyBlock(
        float* left, nint leftRow, nint leftStep, float* right, nint rightStep, int steps, float* result, nint resultRow, bool add)
    {
        if (typeof(TFloats) == typeof(Floats16))
        {
            BlockProducts.By16(left, leftRow, leftStep, right, rightStep, steps, result, resultRow, add);
            return;
        }

        for (int column = 0; column < Tile.ChannelBlock; column += 2 * TFloats.Lanes)
        {
            BlockProducts.By8(left, leftRow, leftStep, right + column, rightStep, steps, result + column, resultRow, add);
        }
    }
}
