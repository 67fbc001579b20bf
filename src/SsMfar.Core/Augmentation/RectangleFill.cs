using SsMfar.Imaging;
using SsMfar.Randomness;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Augmentation;

/// <summary>Draws the box of one image.</summary>
internal delegate PixelBox BoxDraw(RandomSource random, int height, int width);

/// <summary>Paints one box of every row.</summary>
internal static class RectangleFill
{
    /// <summary>
    /// Row i of <paramref name="pixels"/>, [N, 3, H, W], gets the box that <paramref name="draw"/> makes of key <c>key.Fold(i)</c>.
    /// </summary>
    public static torch.Tensor Apply(torch.Tensor pixels, RandomKey key, BoxDraw draw, ChannelValues fill)
    {
        (int rows, int height, int width) = PixelBatch.Validate(pixels);
        if (rows == 0)
        {
            return pixels.alias();
        }

        using DisposeScope scope = torch.NewDisposeScope();
        var values = new float[(rows * 4) + 3];
        for (int i = 0; i < rows; i++)
        {
            PixelBox box = draw(key.Fold(i).ToSource(), height, width);
            (values[i], values[rows + i], values[(2 * rows) + i], values[(3 * rows) + i]) = (box.Left, box.Top, box.Right, box.Bottom);
        }

        (values[^3], values[^2], values[^1]) = (fill.Red, fill.Green, fill.Blue);
        torch.Tensor uploaded = Transfers.ToDevice(values, [values.Length], pixels.device);
        torch.Tensor edges = uploaded.narrow(0, 0, rows * 4).reshape(4, rows, 1, 1, 1);
        torch.Tensor x = Scalars.Range(width, torch.float32, pixels.device);
        torch.Tensor y = Scalars.Range(height, torch.float32, pixels.device).reshape(-1, 1);
        torch.Tensor inside = x.ge(edges[0]).logical_and_(x.lt(edges[2]))
            .logical_and(y.ge(edges[1]).logical_and_(y.lt(edges[3])));
        return torch.where(inside, uploaded.narrow(0, rows * 4, 3).reshape(1, 3, 1, 1), pixels).MoveToOuterDisposeScope();
    }
}
