using SsMfar.Imaging;

namespace SsMfar.Tests.Faces;

/// <summary>A face of ellipses in whole numbers, 1024 units a side; Golden/write.py draws the same.</summary>
internal static class DrawnFace
{
    private static readonly (long X, long Y, long RadiusX, long RadiusY, byte Red, byte Green, byte Blue)[] Parts =
    [
        (512, 540, 300, 390, 224, 180, 152), (512, 230, 320, 150, 60, 40, 30),
        (395, 470, 62, 34, 250, 250, 250), (629, 470, 62, 34, 250, 250, 250),
        (395, 470, 30, 32, 50, 30, 20), (629, 470, 30, 32, 50, 30, 20),
        (395, 400, 80, 14, 70, 45, 35), (629, 400, 80, 14, 70, 45, 35),
        (512, 600, 36, 70, 200, 150, 125), (512, 745, 115, 38, 170, 70, 75), (512, 742, 100, 8, 90, 30, 35),
    ];

    /// <summary>The face alone.</summary>
    public static RgbImage Paint(int side)
    {
        byte[] pixels = new byte[3 * side * side];
        for (int y = 0; y < side; y++)
        {
            for (int x = 0; x < side; x++)
            {
                (byte red, byte green, byte blue) = ((byte)(90 + (60 * y / side)), (byte)110, (byte)(140 - (50 * x / side)));
                long unitX = ((2 * x) + 1) * 512 / side, unitY = ((2 * y) + 1) * 512 / side;
                foreach (var part in Parts)
                {
                    long squareX = part.RadiusX * part.RadiusX, squareY = part.RadiusY * part.RadiusY;
                    if (((unitX - part.X) * (unitX - part.X) * squareY) +
                        ((unitY - part.Y) * (unitY - part.Y) * squareX) <= squareX * squareY)
                    {
                        (red, green, blue) = (part.Red, part.Green, part.Blue);
                    }
                }

                int at = 3 * ((y * side) + x);
                (pixels[at], pixels[at + 1], pixels[at + 2]) = (red, green, blue);
            }
        }

        return new(side, side, pixels);
    }

    /// <summary>Faces in a picture of the colours around one.</summary>
    public static RgbImage In(int width, int height, params ReadOnlySpan<(int Side, int X, int Y)> faces)
    {
        byte[] pixels = new byte[3 * width * height];
        for (int i = 0; i < width * height; i++)
        {
            (pixels[3 * i], pixels[(3 * i) + 1], pixels[(3 * i) + 2]) = (110, 110, 120);
        }

        foreach ((int side, int x, int y) in faces)
        {
            RgbImage face = Paint(side);
            for (int row = 0; row < side; row++)
            {
                face.Pixels.Slice(3 * row * side, 3 * side).CopyTo(pixels.AsSpan(3 * (((y + row) * width) + x)));
            }
        }

        return new(width, height, pixels);
    }
}
