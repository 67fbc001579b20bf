using TorchSharp;

namespace SsMfar.Augmentation;

/// <summary>A box of whole pixels, right and bottom edge excluded; empty where they are not beyond left and top.</summary>
internal readonly record struct PixelBox(int Left, int Top, int Right, int Bottom);

/// <summary>Paints one box of every row.</summary>
internal static class RectangleFill
{
    internal static torch.Tensor Apply(torch.Tensor pixels, ReadOnlySpan<PixelBox> boxes, RgbColor fill)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        int rows = boxes.Length;
        long height = pixels.size(2), width = pixels.size(3);
        var values = new float[(rows * 4) + 3];
        for (int i = 0; i < rows; i++)
        {
            (values[i], values[rows + i], values[(2 * rows) + i], values[(3 * rows) + i]) =
                (boxes[i].Left, boxes[i].Top, boxes[i].Right, boxes[i].Bottom);
        }

        (values[^3], values[^2], values[^1]) = (fill.Red, fill.Green, fill.Blue);
        torch.Tensor uploaded = PixelBatch.Upload(values, [values.Length], pixels.device);
        torch.Tensor edges = uploaded.narrow(0, 0, rows * 4).reshape(4, rows, 1, 1, 1);
        torch.Tensor x = torch.arange(width, dtype: torch.float32, device: pixels.device);
        torch.Tensor y = torch.arange(height, dtype: torch.float32, device: pixels.device).reshape(-1, 1);
        torch.Tensor inside = x.ge(edges[0]).logical_and_(x.lt(edges[2]))
            .logical_and(y.ge(edges[1]).logical_and_(y.lt(edges[3])));
        return torch.where(inside, uploaded.narrow(0, rows * 4, 3).reshape(1, 3, 1, 1), pixels).MoveToOuterDisposeScope();
    }
}
