namespace SsMfar.Imaging;

/// <summary>
/// A rectangle around a face in pixels of the upright image (after EXIF orientation), which is resized to a model's input. A box that
/// reaches over the image's edge is cut off there (<see cref="ClampTo"/>), which changes its shape; a box without any part inside the
/// image, or without width or height, is an <see cref="ImageDecodeException"/>.
/// </summary>
/// <remarks>
/// Inside a box resizing is Pillow's <c>Image.resize(size, BILINEAR, box=(X, Y, X + Width, Y + Height))</c>, bit for bit,
/// not a crop followed by a resize: the filter is not stopped at the box's edge, only at the image's. With s
/// = box width / input width (and likewise down), the outermost output pixels weigh in image pixels up to s / 2 outside of the box when
/// shrinking (s above 1), and less than one image pixel when enlarging. With s = 1 nothing outside counts. Whoever needs no influence from
/// outside crops first and gives the crop. Of a large JPEG that is decoded at a fraction of its size
/// (<see cref="ImageDecoder.ScaledDecoding"/>) the box's edges may then lie between pixels, as Pillow's may.
/// </remarks>
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
                FormattableString.Invariant(
                    $"The face box (x {X}, y {Y}, {Width}x{Height}) has no part inside the image of {imageWidth}x{imageHeight} pixels."));
    }

    /// <summary>The part of a box that lies inside an image; the whole image when there is no box.</summary>
    /// <exception cref="ImageDecodeException">Nothing of the box lies inside.</exception>
    internal static FaceBox Within(int imageWidth, int imageHeight, FaceBox? box, string imageName)
    {
        try
        {
            return (box ?? new(0, 0, imageWidth, imageHeight)).ClampTo(imageWidth, imageHeight);
        }
        catch (ArgumentException outside)
        {
            throw new ImageDecodeException(
                imageName,
                FormattableString.Invariant($"its {imageWidth}x{imageHeight} pixels lie outside the face box {box}"),
                "Check the box; it is in pixels of the upright image.",
                outside);
        }
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
