using SsMfar.Imaging;

namespace SsMfar.Faces;

/// <summary>
/// What of a picture a network looks at: a part with the shape of the network's input, which may reach over the picture's edges; what lies
/// outside of the picture is black.
/// </summary>
/// <param name="Left">The left edge in pixels of the picture.</param>
/// <param name="Top">The upper edge.</param>
/// <param name="Scale">Pixels of the picture for a pixel of the input.</param>
internal readonly record struct DetectorView(double Left, double Top, double Scale)
{
    // A finding that comes this near to an edge inside of the picture, as a share of the view, is a face that the view cuts off.
    private const double EdgeShare = 0.01;

    // An edge this near to the picture's is the picture's, whatever the last digits are, in pixels.
    private const double Rounding = 0.5;

    // Faces a seventh smaller than asked for are not worth another step: the size from which a network finds faces is no sharp line.
    private const double Tolerance = 0.2;

    /// <summary>The most views of a picture.</summary>
    public const int Most = 4096;

    // By how much larger the faces are that a picture of more views is searched for instead.
    private const double Coarser = 1.25;

    /// <summary>As <see cref="Of"/>; where that would be more than <see cref="Most"/>, for larger faces.</summary>
    public static DetectorView[] Bounded(int width, int height, DetectorLayout layout, int smallestFace)
    {
        DetectorView[] views;
        double smallest = smallestFace;
        while ((views = [.. Of(width, height, layout, (int)smallest).Take(Most + 1)]).Length > Most)
        {
            smallest *= Coarser;
        }

        return views;
    }

    /// <summary>The views in which every face from a size on is large enough in one, and whole in one.</summary>
    /// <param name="width">The picture's pixels across.</param>
    /// <param name="height">The picture's pixels down.</param>
    /// <param name="layout">The network.</param>
    /// <param name="smallestFace">Pixels of the picture.</param>
    public static IEnumerable<DetectorView> Of(int width, int height, DetectorLayout layout, int smallestFace)
    {
        DetectorView all = Whole(width, height, layout, 1);
        yield return all;

        // Each further step looks twice as close, or less if that is enough.
        double whole = all.Scale, wanted = Math.Max(1, smallestFace) / (double)layout.SmallestFace;
        int steps = wanted >= whole ? 0 : (int)Math.Ceiling(Math.Log2(whole / wanted) - Tolerance);
        for (int step = 1; step <= steps; step++)
        {
            double scale = whole * Math.Pow(wanted / whole, (double)step / steps);

            // What the step before sees at its smallest lies whole in one of two neighbours.
            double shared = 1.5 * layout.SmallestFace * scale * Math.Pow(whole / wanted, 1.0 / steps);
            foreach (double top in Places(height, scale * layout.Height, shared))
            {
                foreach (double left in Places(width, scale * layout.Width, shared))
                {
                    yield return new(left, top, scale);
                }
            }
        }
    }

    /// <summary>The whole picture.</summary>
    /// <param name="width">The picture's pixels across.</param>
    /// <param name="height">The picture's pixels down.</param>
    /// <param name="layout">The network.</param>
    /// <param name="distance">1 to fill the view, more to leave a margin.</param>
    public static DetectorView Whole(int width, int height, DetectorLayout layout, double distance)
    {
        double scale = distance * Math.Max((double)width / layout.Width, (double)height / layout.Height);
        return new((width - (scale * layout.Width)) / 2, (height - (scale * layout.Height)) / 2, scale);
    }

    /// <summary>The view with a face in its middle.</summary>
    public static DetectorView Around(FaceRectangle face, double scale, DetectorLayout layout) =>
        new(face.CenterX - (scale * layout.Width / 2), face.CenterY - (scale * layout.Height / 2), scale);

    /// <summary>Whether any of the picture is to be seen.</summary>
    public bool Shows(int width, int height, DetectorLayout layout) =>
        Left < width - 1 && Top < height - 1 && Left + (Scale * layout.Width) > 1 && Top + (Scale * layout.Height) > 1;

    /// <summary>Paints the view.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="layout">The network.</param>
    /// <param name="canvas">Receives the input's pixels.</param>
    /// <param name="scratch">At least as large; overwritten.</param>
    /// <returns>From pixels of the input to pixels of the picture.</returns>
    public PixelMapping Paint(RgbImage picture, DetectorLayout layout, Span<byte> canvas, Span<byte> scratch)
    {
        // The whole pixels of the picture that the view shows, and those of the input that they become.
        FaceBox part = Inside(picture.Width, picture.Height, layout);
        int x = Math.Clamp((int)Math.Round((part.X - Left) / Scale), 0, layout.Width - 1);
        int y = Math.Clamp((int)Math.Round((part.Y - Top) / Scale), 0, layout.Height - 1);
        int across = Math.Clamp((int)Math.Round(part.Width / Scale), 1, layout.Width - x);
        int down = Math.Clamp((int)Math.Round(part.Height / Scale), 1, layout.Height - y);
        Span<byte> pixels = scratch[..(3 * across * down)];
        picture.Resize(part, pixels, across, down);
        canvas.Clear();
        for (int row = 0; row < down; row++)
        {
            pixels.Slice(3 * row * across, 3 * across).CopyTo(canvas[(3 * (((y + row) * layout.Width) + x))..]);
        }

        double scaleX = (double)part.Width / across, scaleY = (double)part.Height / down;
        return new(part.X - (x * scaleX), part.Y - (y * scaleY), scaleX, scaleY);
    }

    /// <summary>Whether a face, in pixels of the picture, is cut off by an edge of the view that is none of the picture.</summary>
    public bool CutsOff(FaceRectangle face, int width, int height, DetectorLayout layout)
    {
        double right = Left + (Scale * layout.Width), bottom = Top + (Scale * layout.Height);
        double near = EdgeShare * Scale * layout.Width;
        return (Left > Rounding && face.X < Left + near) || (Top > Rounding && face.Y < Top + near)
            || (right < width - Rounding && face.X + face.Width > right - near)
            || (bottom < height - Rounding && face.Y + face.Height > bottom - near);
    }

    private FaceBox Inside(int width, int height, DetectorLayout layout)
    {
        int left = Math.Clamp((int)Math.Round(Left), 0, width - 1), top = Math.Clamp((int)Math.Round(Top), 0, height - 1);
        int right = Math.Clamp((int)Math.Round(Left + (Scale * layout.Width)), left + 1, width);
        int bottom = Math.Clamp((int)Math.Round(Top + (Scale * layout.Height)), top + 1, height);
        return new(left, top, right - left, bottom - top);
    }

    // Where views of a length start, so that they cover a side and neighbours share a part.
    private static IEnumerable<double> Places(int side, double length, double shared)
    {
        if (length >= side)
        {
            return [(side - length) / 2];
        }

        int count = 1 + (int)Math.Ceiling((side - length) / Math.Max(length - shared, length / 4));
        return Enumerable.Range(0, count).Select(i => i * (side - length) / (count - 1));
    }
}

/// <summary>From pixels of a network's input to pixels of a picture.</summary>
internal readonly record struct PixelMapping(double X, double Y, double ScaleX, double ScaleY)
{
    public FaceCandidate Apply(FaceCandidate face, int view)
    {
        float[] points = new float[face.Points.Length];
        for (int i = 0; i < points.Length; i += 2)
        {
            points[i] = (float)(X + (face.Points[i] * ScaleX));
            points[i + 1] = (float)(Y + (face.Points[i + 1] * ScaleY));
        }

        FaceRectangle box = new(
            (float)(X + (face.Box.X * ScaleX)), (float)(Y + (face.Box.Y * ScaleY)),
            (float)(face.Box.Width * ScaleX), (float)(face.Box.Height * ScaleY));
        return new(box, points, face.Score, view);
    }
}
