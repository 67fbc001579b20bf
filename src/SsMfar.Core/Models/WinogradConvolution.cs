using System.Collections.Concurrent;
using TorchSharp;

namespace SsMfar.Models;

/// <summary>
/// The 3×3 convolution of stride 1 and padding 1 by Winograd's minimal filtering F(2×2, 3×3) (Lavin and Gray, 2016): 16 products for four
/// outputs where the definition takes 36. The constants are 0, ±1 and ±1/2, so nothing of float32's accuracy is lost. All three
/// transforms are products with constant matrices, and autograd derives the backward passes, which save as much.
/// </summary>
/// <remarks>
/// It pays on the CPU where maps are tiny and channels many, as in a ResNet's last stage: there direct kernels stall on the border, and
/// transforming a 4×4 map costs next to nothing.
/// </remarks>
internal static class WinogradConvolution
{
    private const int Frequencies = 16;
    private const int LargestMap = 16;
    private const int FewestChannels = 256;
    private const int FewestImages = 8;

    private static readonly double[,] InputTransform = { { 1, 0, -1, 0 }, { 0, 1, 1, 0 }, { 0, -1, 1, 0 }, { 0, 1, 0, -1 } };
    private static readonly double[,] WeightTransform = { { 1, 0, 0 }, { 0.5, 0.5, 0.5 }, { 0.5, -0.5, 0.5 }, { 0, 0, 1 } };
    private static readonly double[,] OutputTransform = { { 1, 1, 1, 0 }, { 0, 1, -1, -1 } };

    private static readonly ConcurrentDictionary<(long Height, long Width, torch.ScalarType Type), Matrices> Known = new();

    /// <summary>Whether it is faster here than libtorch's convolution: a training pass on the CPU over many channels and few pixels.</summary>
    public static bool Pays(torch.Tensor input, torch.Tensor weight) =>
        input.device_type == DeviceType.CPU
        && input.dtype == torch.ScalarType.Float32
        && input.size(2) * input.size(3) <= LargestMap
        && input.size(0) >= FewestImages
        && Math.Min(weight.size(0), weight.size(1)) >= FewestChannels;

    /// <summary>The convolution.</summary>
    /// <param name="input">[N, I, H, W].</param>
    /// <param name="weight">[O, I, 3, 3]; fastest with channels-last strides.</param>
    /// <returns>[N, O, H, W], channels-last; the caller's.</returns>
    public static torch.Tensor Apply(torch.Tensor input, torch.Tensor weight)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (long images, long inputs, long height, long width) = (input.size(0), input.size(1), input.size(2), input.size(3));
        long outputs = weight.size(0);
        Matrices matrices = Known.GetOrAdd((height, width, input.dtype), key => new(key.Height, key.Width, key.Type));

        // Pixels first, so that each transform is one product over all images and channels.
        torch.Tensor pixels = input.permute(2, 3, 0, 1).reshape(height * width, images * inputs);
        torch.Tensor tiles = matrices.Input.matmul(pixels).view(Frequencies, matrices.Tiles * images, inputs);
        torch.Tensor filters = matrices.Weight.matmul(weight.permute(0, 2, 3, 1).reshape(outputs, 9, inputs)).permute(1, 2, 0);
        torch.Tensor products = tiles.bmm(filters).view(Frequencies * matrices.Tiles, images * outputs);
        return matrices.Output.matmul(products).view(height, width, images, outputs)
            .permute(2, 0, 1, 3).contiguous().permute(0, 3, 1, 2).MoveToOuterDisposeScope();
    }

    /// <summary>The transforms of a map's size, its tiling and its zero border included. They live as long as the process.</summary>
    private sealed class Matrices
    {
        public Matrices(long height, long width, torch.ScalarType type)
        {
            (long rows, long columns) = ((height + 1) / 2, (width + 1) / 2);
            Tiles = rows * columns;
            var input = new double[Frequencies * Tiles, height * width];
            var output = new double[height * width, Frequencies * Tiles];
            var weight = new double[Frequencies, 9];
            for (int f = 0; f < Frequencies; f++)
            {
                (int fy, int fx) = (f / 4, f % 4);
                for (int k = 0; k < 9; k++)
                {
                    weight[f, k] = WeightTransform[fy, k / 3] * WeightTransform[fx, k % 3];
                }

                for (long tile = 0; tile < Tiles; tile++)
                {
                    (long top, long left) = (2 * (tile / columns), 2 * (tile % columns));
                    for (long pixel = 0; pixel < height * width; pixel++)
                    {
                        (long y, long x) = ((pixel / width) - top, (pixel % width) - left);
                        if (y is >= -1 and < 3 && x is >= -1 and < 3)
                        {
                            input[(f * Tiles) + tile, pixel] = InputTransform[fy, y + 1] * InputTransform[fx, x + 1];
                        }

                        if (y is >= 0 and < 2 && x is >= 0 and < 2)
                        {
                            output[pixel, (f * Tiles) + tile] = OutputTransform[y, fy] * OutputTransform[x, fx];
                        }
                    }
                }
            }

            Input = Constant(input, type);
            Weight = Constant(weight, type);
            Output = Constant(output, type);
        }

        public long Tiles { get; }

        public torch.Tensor Input { get; }

        public torch.Tensor Weight { get; }

        public torch.Tensor Output { get; }

        private static torch.Tensor Constant(double[,] values, torch.ScalarType type)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            return torch.tensor(values).to(type).DetachFromDisposeScope();
        }
    }
}
