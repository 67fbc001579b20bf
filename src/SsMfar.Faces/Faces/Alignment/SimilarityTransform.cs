using System.Globalization;

namespace SsMfar.Faces;

/// <summary>
/// A turn, a scale and a shift: (x, y) goes to (A x - B y + ShiftX, B x + A y + ShiftY). Never a reflection.
/// </summary>
/// <param name="A">The scale times the cosine of the angle.</param>
/// <param name="B">The scale times its sine.</param>
/// <param name="ShiftX">The shift to the right.</param>
/// <param name="ShiftY">The shift down.</param>
public readonly record struct SimilarityTransform(double A, double B, double ShiftX, double ShiftY)
{
    /// <summary>Gets the scale, from 0.</summary>
    public double Scale => Math.Sqrt((A * A) + (B * B));

    /// <summary>Gets the angle in degrees, from -180 to 180, positive from right to down.</summary>
    public double Degrees => Math.Atan2(B, A) * 180 / Math.PI;

    /// <summary>
    /// The transform that brings points closest to others, in the sum of squared distances (Umeyama, 1991, without reflection).
    /// </summary>
    /// <param name="from">Points, at least two different ones.</param>
    /// <param name="to">As many others, in the same order.</param>
    /// <exception cref="ArgumentException">The numbers differ, or there are no two different points, or one is not finite.</exception>
    public static SimilarityTransform Estimate(ReadOnlySpan<(double X, double Y)> from, ReadOnlySpan<(double X, double Y)> to)
    {
        if (from.Length != to.Length || from.Length < 2)
        {
            throw new ArgumentException($"{from.Length} and {to.Length} points; as many of each are needed, and at least 2.", nameof(to));
        }

        (double fromX, double fromY) = Mean(from);
        (double toX, double toY) = Mean(to);
        double spread = 0, dot = 0, cross = 0;
        for (int i = 0; i < from.Length; i++)
        {
            (double x, double y) = (from[i].X - fromX, from[i].Y - fromY);
            (double u, double v) = (to[i].X - toX, to[i].Y - toY);
            spread += (x * x) + (y * y);
            dot += (x * u) + (y * v);
            cross += (x * v) - (y * u);
        }

        if (!(spread > 0) || !double.IsFinite(spread + dot + cross))
        {
            throw new ArgumentException("The points are all one, or one of them is not finite.", nameof(from));
        }

        // In the plane the best turn has the angle of (dot, cross), and the singular values of Umeyama's covariance add up to its length.
        double a = dot / spread, b = cross / spread;
        return new(a, b, toX - (a * fromX) + (b * fromY), toY - (b * fromX) - (a * fromY));
    }

    /// <summary>Applies it to a point.</summary>
    /// <param name="x">To the right.</param>
    /// <param name="y">Down.</param>
    public (double X, double Y) Apply(double x, double y) => ((A * x) - (B * y) + ShiftX, (B * x) + (A * y) + ShiftY);

    /// <summary>Returns the transform that undoes it.</summary>
    /// <exception cref="InvalidOperationException">The scale is 0.</exception>
    public SimilarityTransform Invert()
    {
        double square = (A * A) + (B * B);
        if (!(square > 0))
        {
            throw new InvalidOperationException("A transform of scale 0 cannot be undone.");
        }

        double a = A / square, b = -B / square;
        return new(a, b, -((a * ShiftX) - (b * ShiftY)), -((b * ShiftX) + (a * ShiftY)));
    }

    /// <summary>Returns angle, scale and shift.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture,
            $"turn {Degrees:0.##} degrees, scale {Scale:0.####}, shift ({ShiftX:0.##}, {ShiftY:0.##})");

    private static (double X, double Y) Mean(ReadOnlySpan<(double X, double Y)> points)
    {
        double x = 0, y = 0;
        foreach ((double pointX, double pointY) in points)
        {
            x += pointX;
            y += pointY;
        }

        return (x / points.Length, y / points.Length);
    }
}
