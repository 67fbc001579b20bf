namespace SsMfar.Imaging;

/// <summary>
/// A rectangle around a face in pixels of the upright image (after EXIF orientation), used to crop before resizing. It may reach
/// outside the image: what is outside is cut off.
/// </summary>
/// <param name="X">The left edge; 0 is the image's left edge.</param>
/// <param name="Y">The upper edge; 0 is the image's upper edge.</param>
/// <param name="Width">The width in pixels.</param>
/// <param name="Height">The height in pixels.</param>
public readonly record struct FaceBox(int X, int Y, int Width, int Height)
{
    /// <summary>The part of the box that lies inside an image.</summary>
    /// <param name="imageWidth">The image's width in pixels.</param>
    /// <param name="imageHeight">The image's height in pixels.</param>
    /// <exception cref="ArgumentException">Nothing of the box lies inside.</exception>
    public FaceBox ClampTo(int imageWidth, int imageHeight)
    {
        long left = Math.Max(X, 0), top = Math.Max(Y, 0);
        long right = Math.Min((long)X + Width, imageWidth), bottom = Math.Min((long)Y + Height, imageHeight);
        return right > left && bottom > top
            ? new FaceBox((int)left, (int)top, (int)(right - left), (int)(bottom - top))
            : throw new ArgumentException(
                FormattableString.Invariant($"The face box (x {X}, y {Y}, {Width}x{Height}) has no part inside the image of {imageWidth}x{imageHeight} pixels."));
    }

    /// <summary>The box grown about its centre, for detectors that cut faces tighter than the training data does.</summary>
    /// <param name="factor">The new width and height as multiples of the old; 1 changes nothing.</param>
    /// <exception cref="ArgumentOutOfRangeException">The factor is not a positive finite number.</exception>
    public FaceBox Scale(double factor)
    {
        if (!double.IsFinite(factor) || factor <= 0)
        {
            throw new ArgumentOutOfRangeException(nameof(factor), factor, "The factor is a positive finite number.");
        }

        double width = Width * factor, height = Height * factor;
        return new FaceBox(
            (int)Math.Round(X + (Width - width) / 2),
            (int)Math.Round(Y + (Height - height) / 2),
            (int)Math.Round(width),
            (int)Math.Round(height));
    }
}
