using SsMfar.Kernels.Native;
using SsMfar.Kernels.Products;
using SsMfar.Runtime;

namespace SsMfar.Kernels.Fixed;

/// <summary>
/// The products of a convolution, tap by tap: which pixel of the map goes to which of the output, in groups of
/// <see cref="BlockProducts.Rows"/>. A tap has no pair with a pixel beyond the edge.
/// </summary>
internal sealed class TapTable
{
    private static readonly OncePerKey<(ConvolutionGeometry Geometry, int Images, int Shares), TapTable[]> Known = new(key =>
    [
        .. Enumerable.Range(0, key.Shares).Select(share =>
        {
            (int first, int last) = NativeThreads.Share(share, key.Shares, key.Geometry.OutputPixels);
            return new TapTable(key.Geometry, key.Images, first, last);
        }),
    ]);

    private readonly int[][] _sources;
    private readonly int[][] _targets;

    private TapTable(ConvolutionGeometry geometry, int images, int first, int last)
    {
        (First, Pixels, Sums) = (first, last - first, images * (last - first));
        _sources = new int[geometry.Taps][];
        _targets = new int[geometry.Taps][];
        for (int tap = 0; tap < geometry.Taps; tap++)
        {
            List<int> sources = [], targets = [];
            (int tapRow, int tapColumn) = Math.DivRem(tap, geometry.Columns);
            for (int image = 0; image < images; image++)
            {
                for (int pixel = first; pixel < last; pixel++)
                {
                    (int row, int column) = Math.DivRem(pixel, geometry.OutputWidth);
                    int y = (row * geometry.Stride) + tapRow - geometry.Padding;
                    int x = (column * geometry.Stride) + tapColumn - geometry.Padding;
                    if ((uint)y < (uint)geometry.Height && (uint)x < (uint)geometry.Width)
                    {
                        sources.Add((image * geometry.Pixels) + (y * geometry.Width) + x);
                        targets.Add((image * Pixels) + pixel - first);
                    }
                }
            }

            // What fills the last group up is computed from any pixel, and goes to a sum that is not read.
            while (sources.Count % BlockProducts.Rows != 0)
            {
                sources.Add(sources[0]);
                targets.Add(Sums);
            }

            _sources[tap] = [.. sources];
            _targets[tap] = [.. targets];
        }
    }

    /// <summary>Gets the first pixel of each image's output.</summary>
    public int First { get; }

    /// <summary>Gets how many pixels of each image's output it has.</summary>
    public int Pixels { get; }

    /// <summary>Gets how many sums there are. Beside them there has to be room for one that is not read.</summary>
    public int Sums { get; }

    /// <summary>An output of so many images, its pixels cut into adjacent ranges. Tables are made once.</summary>
    public static TapTable[] Of(ConvolutionGeometry geometry, int images, int shares) => Known.Get((geometry, images, shares));

    /// <summary>A tap's pixels of the maps, counted over all images.</summary>
    public ReadOnlySpan<int> Sources(int tap) => _sources[tap];

    /// <summary>A tap's sums: image by image, the pixels from <see cref="First"/>.</summary>
    public ReadOnlySpan<int> Targets(int tap) => _targets[tap];
}
