namespace SsMfar.Kernels.Winograd;

/// <summary>
/// The products that a 3×3 convolution of padding 1 has on a map of few pixels: each pixel of the output with each neighbour that lies on
/// the map. On 2×2 pixels these are 16 where the definition, zeros of the border included, takes 36; on one pixel 1 of 9.
/// </summary>
/// <param name="Height">Rows of the map.</param>
/// <param name="Width">Columns of the map.</param>
internal readonly record struct PixelPairs(int Height, int Width)
{
    /// <summary>Taps of a filter.</summary>
    public const int Taps = 9;

    /// <summary>Gets the pixels of a map.</summary>
    public int Pixels => Height * Width;

    /// <summary>Gets how many pairs there are.</summary>
    public long Count => ((3L * Height) - 2) * ((3L * Width) - 2);

    /// <summary>The pairs that each tap multiplies; taps row by row of the filter, pairs row by row of the map.</summary>
    public (int Input, int Output)[][] OfTaps() => [.. Enumerable.Range(0, Taps).Select(Of)];

    private (int Input, int Output)[] Of(int tap)
    {
        (int rows, int columns) = ((tap / 3) - 1, (tap % 3) - 1);
        List<(int, int)> pairs = [];
        for (int y = 0; y < Height; y++)
        {
            for (int x = 0; x < Width; x++)
            {
                (int inputY, int inputX) = (y + rows, x + columns);
                if ((uint)inputY < (uint)Height && (uint)inputX < (uint)Width)
                {
                    pairs.Add(((inputY * Width) + inputX, (y * Width) + x));
                }
            }
        }

        return [.. pairs];
    }
}
