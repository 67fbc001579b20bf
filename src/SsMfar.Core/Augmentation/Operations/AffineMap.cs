namespace SsMfar.Augmentation;

/// <summary>
/// Where an output point reads the input: x' = XX x + XY y + X0, y' = YX x + YY y + Y0, in pixels, pixel i covering [i, i + 1), as in
/// PIL's <c>Image.transform(AFFINE)</c>.
/// </summary>
internal readonly record struct AffineMap(double XX, double XY, double X0, double YX, double YY, double Y0)
{
    public static AffineMap Identity => new(1, 0, 0, 0, 1, 0);

    public static AffineMap Translate(double x, double y) => new(1, 0, x, 0, 1, y);

    /// <summary>Reads the box whose top left corner is (x, y), <paramref name="scaleX"/> input pixels an output pixel.</summary>
    public static AffineMap Crop(double x, double y, double scaleX, double scaleY) => new(scaleX, 0, x, 0, scaleY, y);

    public static AffineMap FlipHorizontal(int width) => new(-1, 0, width, 0, 1, 0);

    /// <summary>x' = x + slope y, about the top left corner, as PIL's users write it.</summary>
    public static AffineMap ShearX(double slope) => new(1, slope, 0, 0, 1, 0);

    /// <inheritdoc cref="ShearX"/>
    public static AffineMap ShearY(double slope) => new(1, 0, 0, slope, 1, 0);

    /// <summary>Turns the picture counter-clockwise about its centre, as <c>Image.rotate</c>.</summary>
    public static AffineMap Rotate(double degrees, int width, int height)
    {
        double angle = -degrees * Math.PI / 180;
        double cos = Math.Cos(angle), sin = Math.Sin(angle);
        double x = width / 2.0, y = height / 2.0;
        return new(cos, sin, x - (cos * x) - (sin * y), -sin, cos, y + (sin * x) - (cos * y));
    }

    /// <summary>
    /// This map of the output of <paramref name="next"/>: the picture is changed by this, then by <paramref name="next"/>.
    /// </summary>
    public AffineMap Then(AffineMap next) => new(
        (XX * next.XX) + (XY * next.YX), (XX * next.XY) + (XY * next.YY), (XX * next.X0) + (XY * next.Y0) + X0,
        (YX * next.XX) + (YY * next.YX), (YX * next.XY) + (YY * next.YY), (YX * next.X0) + (YY * next.Y0) + Y0);
}
