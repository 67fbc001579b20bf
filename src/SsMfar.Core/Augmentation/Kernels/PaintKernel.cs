using SsMfar.Imaging;
using System.Runtime.Intrinsics;

namespace SsMfar.Augmentation;

/// <summary>Paints a box.</summary>
internal static class PaintKernel
{
    public static void Apply(WorkingImage image, PixelBox box, ChannelValues fill)
    {
        int left = Math.Max(box.Left, 0), right = Math.Min(box.Right, image.Width);
        int top = Math.Max(box.Top, 0), bottom = Math.Min(box.Bottom, image.Height);
        if (left >= right || top >= bottom)
        {
            return;
        }

        if (!image.HasFractions && IsByte(fill.Red) && IsByte(fill.Green) && IsByte(fill.Blue))
        {
            uint color = (uint)fill.Red | ((uint)fill.Green << 8) | ((uint)fill.Blue << 16);
            for (int y = top; y < bottom; y++)
            {
                image.Pixels[((y * image.Width) + left)..((y * image.Width) + right)].Fill(color);
            }

            return;
        }

        image.AllowFractions();
        Vector128<float> value = Vector128.Create(fill.Red, fill.Green, fill.Blue, 0);
        for (int y = top; y < bottom; y++)
        {
            image.Values[((y * image.Width) + left)..((y * image.Width) + right)].Fill(value);
        }
    }

    private static bool IsByte(float value) => value == (byte)value;
}
