using SsMfar.Kernels.Native;

namespace SsMfar.Kernels.Fixed;

/// <summary>Which pixels of a map a convolution's output is computed from. Pixels beyond the edge are zeros.</summary>
/// <param name="Height">Rows of the map.</param>
/// <param name="Width">Columns of the map.</param>
/// <param name="Rows">Rows of the kernel.</param>
/// <param name="Columns">Columns of the kernel.</param>
/// <param name="Stride">The stride in both directions.</param>
/// <param name="Padding">Rows above and columns before the map that the first output sees.</param>
/// <param name="OutputHeight">Rows of the output.</param>
/// <param name="OutputWidth">Columns of the output.</param>
internal readonly record struct ConvolutionGeometry(
    int Height, int Width, int Rows, int Columns, int Stride, int Padding, int OutputHeight, int OutputWidth)
{
    /// <summary>Gets how many taps the kernel has.</summary>
    public int Taps => Rows * Columns;

    /// <summary>Gets the pixels of the map.</summary>
    public int Pixels => Height * Width;

    /// <summary>Gets the pixels of the output.</summary>
    public int OutputPixels => OutputHeight * OutputWidth;

    /// <summary>A square kernel, padded by half of it: a tap is a pixel.</summary>
    public static ConvolutionGeometry Of(MapSize map, int kernel, int stride) =>
        new(map.Height, map.Width, kernel, kernel, stride, kernel / 2, Divided(map.Height, stride), Divided(map.Width, stride));

    /// <summary>The same on a map that has its border of zeros: a tap is a row of the kernel, whose pixels lie side by side.</summary>
    public ConvolutionGeometry OfPaddedRows() => this with
    {
        Height = Height + (2 * Padding), Width = Width + (2 * Padding), Columns = 1, Padding = 0,
    };

    private static int Divided(int length, int stride) => (length + stride - 1) / stride;
}
