using System.Runtime.Intrinsics;

namespace SsMfar.Augmentation;

/// <summary>
/// One image on its way through the kernels, small enough to stay in the processor's cache: four bytes a pixel (R, G, B and one that means
/// nothing), or four floats a pixel once its values may have fractions. One for all images of a batch; not safe for several threads.
/// </summary>
internal sealed class WorkingImage
{
    // Room for a black pixel after the last one, and for the last vector of a loop that does not end with the picture.
    private const int Slack = 32;

    private readonly int[] _indexRow;
    private readonly float[] _weightRows;
    private uint[] _pixels;
    private uint[] _sparePixels;
    private Vector128<float>[]? _values;
    private Vector128<float>[]? _spareValues;
    private Vector128<float>[]? _bordered;

    /// <summary>Makes a black image.</summary>
    /// <param name="height">Pixels down.</param>
    /// <param name="width">Pixels across.</param>
    public WorkingImage(int height, int width)
    {
        (Height, Width, Count) = (height, width, checked(height * width));
        _pixels = new uint[(Count + (2 * Slack) - 1) / Slack * Slack];
        _sparePixels = new uint[_pixels.Length];
        _indexRow = new int[RowLength(width)];
        _weightRows = new float[4 * RowLength(width)];
    }

    public int Height { get; }

    public int Width { get; }

    /// <summary>Pixels.</summary>
    public int Count { get; }

    /// <summary>Whether <see cref="Values"/> holds the image; otherwise <see cref="Pixels"/> does.</summary>
    public bool HasFractions { get; private set; }

    /// <summary>
    /// Four bytes a pixel, red lowest, and behind the last pixel at least one more and whatever completes a vector: what is written there
    /// does no harm, what is read there means nothing.
    /// </summary>
    public Span<uint> Pixels => _pixels;

    /// <summary>As long as <see cref="Pixels"/>; the next picture is built here, then <see cref="SwapPixels"/> called.</summary>
    public Span<uint> SparePixels => _sparePixels;

    /// <summary>Four floats a pixel, the last of no meaning; one more behind the last pixel.</summary>
    public Span<Vector128<float>> Values => _values;

    /// <summary>As long as <see cref="Values"/>; the next picture is built here, then <see cref="SwapValues"/> called.</summary>
    public Span<Vector128<float>> SpareValues => _spareValues ??= new Vector128<float>[Count + 1];

    /// <summary>Room for an index of every column, in whole vectors.</summary>
    public Span<int> IndexRow => _indexRow;

    /// <summary>Room for a weight of every column, likewise: row 0 to 3.</summary>
    public Span<float> WeightRow(int row) => _weightRows.AsSpan(row * _indexRow.Length, _indexRow.Length);

    /// <summary>Takes an image of whole numbers.</summary>
    /// <param name="rgb">height x width x 3.</param>
    public void Load(ReadOnlySpan<byte> rgb)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(rgb.Length, Count * 3);
        PixelFormats.Unpack(rgb, _pixels);
        HasFractions = false;
    }

    /// <summary><see cref="SparePixels"/> becomes the image.</summary>
    public void SwapPixels() => (_pixels, _sparePixels) = (_sparePixels, _pixels);

    /// <summary><see cref="SpareValues"/> becomes the image.</summary>
    public void SwapValues()
    {
        (_values, _spareValues) = (_spareValues, _values);
        HasFractions = true;
    }

    /// <summary>From now on <see cref="Values"/> holds the image.</summary>
    public void AllowFractions()
    {
        if (!HasFractions)
        {
            _values ??= new Vector128<float>[Count + 1];
            PixelFormats.ToFloats(_pixels.AsSpan(0, Count), _values);
            HasFractions = true;
        }
    }

    /// <summary>From now on <see cref="Pixels"/> holds the image, rounded to whole numbers, ties to even, and clipped.</summary>
    public void RoundFractions()
    {
        if (HasFractions)
        {
            PixelFormats.ToBytes(_values.AsSpan(0, Count), _pixels);
            HasFractions = false;
        }
    }

    /// <summary>The image as floats with a black pixel on every side: rows of width + 2.</summary>
    public ReadOnlySpan<Vector128<float>> Bordered()
    {
        int stride = Width + 2;
        _bordered ??= new Vector128<float>[(Height + 2) * stride];
        for (int y = 0; y < Height; y++)
        {
            Span<Vector128<float>> row = _bordered.AsSpan(((y + 1) * stride) + 1, Width);
            if (HasFractions)
            {
                _values.AsSpan(y * Width, Width).CopyTo(row);
            }
            else
            {
                PixelFormats.ToFloats(_pixels.AsSpan(y * Width, Width), row);
            }
        }

        return _bordered;
    }

    private static int RowLength(int width) => (width + Slack - 1) / Slack * Slack;
}
