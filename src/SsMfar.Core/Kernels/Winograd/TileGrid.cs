using System.Runtime.CompilerServices;
namespace SsMfar.Kernels.Winograd;

/// <summary>How maps of N images are cut into 4×4 tiles of the output, each of which needs 6×6 pixels of the input.</summary>
/// <param name="Images">N.</param>
/// <param name="Height">Rows of a map.</param>
/// <param name="Width">Columns of a map.</param>
internal readonly record struct TileGrid(int Images, int Height, int Width)
{
    private int Rows => (Height + Tile.OutputSide - 1) / Tile.OutputSide;

    private int Columns => (Width + Tile.OutputSide - 1) / Tile.OutputSide;

    /// <summary>Gets all tiles of all images.</summary>
    public int Count => Images * Rows * Columns;

    /// <summary>The addresses of the 36 pixels that a tile is computed from.</summary>
    /// <param name="tile">From 0.</param>
    /// <param name="map">[N, H, W, channels].</param>
    /// <param name="channels">Channels of the map.</param>
    /// <param name="outside">The address for pixels beyond the edge.</param>
    /// <param name="addresses">Receives them, row by row.</param>
    public unsafe void Inputs(int tile, float* map, int channels, float* outside, float** addresses) =>
        Addresses(tile, map, channels, outside, addresses, Tile.Side, border: 1);

    /// <summary>The addresses of a tile's 16 pixels.</summary>
    /// <param name="tile">From 0.</param>
    /// <param name="map">[N, H, W, channels].</param>
    /// <param name="channels">Channels of the map.</param>
    /// <param name="outside">The address for pixels beyond the edge.</param>
    /// <param name="addresses">Receives them, row by row.</param>
    public unsafe void Outputs(int tile, float* map, int channels, float* outside, float** addresses) =>
        Addresses(tile, map, channels, outside, addresses, Tile.OutputSide, border: 0);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private unsafe void Addresses(int tile, float* map, int channels, float* outside, float** addresses, int side, int border)
    {
        (int image, int place) = Math.DivRem(tile, Rows * Columns);
        (int row, int column) = Math.DivRem(place, Columns);
        int top = (row * Tile.OutputSide) - border, left = (column * Tile.OutputSide) - border;
        float* start = map + ((nint)image * Height * Width * channels);
        for (int y = top; y < top + side; y++)
        {
            for (int x = left; x < left + side; x++)
            {
                // One comparison for both ends: a negative number is a large unsigned one.
                bool inside = (uint)y < (uint)Height && (uint)x < (uint)Width;
                *addresses++ = inside ? start + ((((nint)y * Width) + x) * channels) : outside;
            }
        }
    }
}
