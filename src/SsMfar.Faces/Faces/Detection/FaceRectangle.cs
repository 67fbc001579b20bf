using System.Globalization;
using SsMfar.Imaging;

namespace SsMfar.Faces;

/// <summary>
/// A rectangle around a face in pixels of the upright picture, whose edges may lie between pixels and reach over the picture's edge.
/// </summary>
/// <param name="X">The left edge; 0 is the picture's left edge.</param>
/// <param name="Y">The upper edge; 0 is the picture's upper edge.</param>
/// <param name="Width">The width in pixels, positive.</param>
/// <param name="Height">The height in pixels, positive.</param>
public readonly record struct FaceRectangle(float X, float Y, float Width, float Height)
{
    /// <summary>Gets width times height.</summary>
    public float Area => Width * Height;

    /// <summary>Gets the middle, across.</summary>
    public float CenterX => X + (Width / 2);

    /// <summary>Gets the middle, down.</summary>
    public float CenterY => Y + (Height / 2);

    /// <summary>Returns the area that two rectangles share as a share of what they cover together, 0 to 1.</summary>
    /// <param name="other">The other rectangle.</param>
    public float IntersectionOverUnion(FaceRectangle other)
    {
        float shared = Shared(other);
        float all = Area + other.Area - shared;
        return all > 0 ? shared / all : 0;
    }

    /// <summary>
    /// Returns the nearest box of whole pixels, at least one pixel wide and high, for what takes a <see cref="FaceBox"/>.
    /// </summary>
    public FaceBox ToFaceBox()
    {
        int left = (int)MathF.Round(X), top = (int)MathF.Round(Y);
        return new(
            left, top, Math.Max(1, (int)MathF.Round(X + Width) - left), Math.Max(1, (int)MathF.Round(Y + Height) - top));
    }

    /// <summary>Returns the rectangle of a box of whole pixels.</summary>
    /// <param name="box">The box.</param>
    public static FaceRectangle FromFaceBox(FaceBox box) => new(box.X, box.Y, box.Width, box.Height);

    /// <summary>Returns the numbers to a tenth of a pixel.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"x {X:0.#}, y {Y:0.#}, {Width:0.#}x{Height:0.#}");

    /// <summary>The area that two rectangles share.</summary>
    internal float Shared(FaceRectangle other)
    {
        float width = Math.Min(X + Width, other.X + other.Width) - Math.Max(X, other.X);
        float height = Math.Min(Y + Height, other.Y + other.Height) - Math.Max(Y, other.Y);
        return width > 0 && height > 0 ? width * height : 0;
    }
}
