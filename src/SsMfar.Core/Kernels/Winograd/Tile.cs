namespace SsMfar.Kernels.Winograd;

/// <summary>The sizes of F(4×4, 3×3), the same for vectors of any width.</summary>
internal static class Tile
{
    /// <summary>Pixels of an output tile's side.</summary>
    public const int OutputSide = 4;

    /// <summary>Pixels of an input tile's side.</summary>
    public const int Side = 6;

    /// <summary>Frequencies of a tile: 6×6.</summary>
    public const int Frequencies = Side * Side;

    /// <summary>Elements to set frequencies apart by, which would otherwise share a few sets of the caches. Keeps the alignment.</summary>
    public const int Skew = 16;

    /// <summary>Scratch for a vector of each frequency, of any width.</summary>
    public const int ScratchElements = Frequencies * 16;
}
