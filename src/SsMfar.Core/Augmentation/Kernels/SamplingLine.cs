using System.Numerics;

namespace SsMfar.Augmentation;

/// <summary>
/// Where the pixels of an output row read the input, in pixels from the first one's centre: the arithmetic of <see cref="AffineSampler"/>
/// and libtorch's grid_sample, step by step, so that every coordinate rounds as theirs.
/// </summary>
internal readonly struct SamplingLine
{
    private readonly Vector<float> _xFactor;
    private readonly Vector<float> _yFactor;
    private readonly Vector<float> _xStart;
    private readonly Vector<float> _yStart;
    private readonly Vector<float> _halfWidth;
    private readonly Vector<float> _halfHeight;

    /// <summary>Makes the coordinates of one row.</summary>
    /// <param name="coefficients">What <see cref="AffineSampler.Write"/> writes.</param>
    /// <param name="y">The output row.</param>
    /// <param name="width">Of input and output.</param>
    /// <param name="height">Likewise.</param>
    public SamplingLine(ReadOnlySpan<float> coefficients, int y, int width, int height)
    {
        _xFactor = new(coefficients[0]);
        _yFactor = new(coefficients[1]);
        _xStart = new(MathF.FusedMultiplyAdd(coefficients[2], y + 0.5f, coefficients[4]));
        _yStart = new(MathF.FusedMultiplyAdd(coefficients[3], y + 0.5f, coefficients[5]));
        _halfWidth = new(width / 2f);
        _halfHeight = new(height / 2f);
    }

    /// <summary>The columns that the output pixels from <paramref name="x"/> on read.</summary>
    public Vector<float> Columns(int x) => Unnormalize(Vector.FusedMultiplyAdd(_xFactor, Centers(x), _xStart), _halfWidth);

    /// <summary>The rows that the output pixels from <paramref name="x"/> on read.</summary>
    public Vector<float> Rows(int x) => Unnormalize(Vector.FusedMultiplyAdd(_yFactor, Centers(x), _yStart), _halfHeight);

    private static Vector<float> Centers(int x) => Vector.CreateSequence(x + 0.5f, 1f);

    // From [-1, 1], align_corners = false.
    private static Vector<float> Unnormalize(Vector<float> position, Vector<float> half) =>
        Vector.FusedMultiplyAdd(position + Vector<float>.One, half, new Vector<float>(-0.5f));
}
