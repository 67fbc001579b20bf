using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Kernels.Winograd;

/// <summary>
/// F(2×2, 3×3) (Lavin and Gray, 2016): 16 products for four outputs where the definition takes 36. The constants are 0, ±1 and ±1/2, so
/// nothing of float32's accuracy is lost. All three transforms are products with constant matrices, by libtorch, so the backward passes are
/// of the same kind and save as much.
/// </summary>
/// <remarks>
/// For tiny maps with many channels, as in a ResNet's last stage: there direct kernels stall on the border, and transforming a 4×4 map
/// costs next to nothing.
/// </remarks>
internal sealed class MatrixWinograd : IMinimalFiltering
{
    private const int Frequencies = 16;
    private const int LargestMap = 16;
    private const int FewestChannels = 256;
    private const int FewestImages = 8;

    private static readonly double[,] InputTransform = { { 1, 0, -1, 0 }, { 0, 1, 1, 0 }, { 0, -1, 1, 0 }, { 0, 1, 0, -1 } };
    private static readonly double[,] WeightTransform = { { 1, 0, 0 }, { 0.5, 0.5, 0.5 }, { 0.5, -0.5, 0.5 }, { 0, 0, 1 } };
    private static readonly double[,] OutputTransform = { { 1, 1, 1, 0 }, { 0, 1, -1, -1 } };

    private static readonly OncePerKey<(long Height, long Width, torch.ScalarType Type), Matrices> Known =
        new(key => new(key.Height, key.Width, key.Type));

    /// <summary>Whether it is faster than libtorch's convolution.</summary>
    /// <param name="input">[N, I, H, W].</param>
    /// <param name="weight">[O, I, 3, 3].</param>
    public static bool Suits(torch.Tensor input, torch.Tensor weight) =>
        input.size(2) * input.size(3) <= LargestMap
        && input.size(0) >= FewestImages
        && Math.Min(weight.size(0), weight.size(1)) >= FewestChannels;

    /// <inheritdoc/>
    public bool Pays(torch.Tensor input, torch.Tensor weight) => Suits(input, weight);

    /// <inheritdoc/>
    public torch.Tensor Apply(torch.Tensor input, torch.Tensor weight) => Differentiable.apply(input, weight);

    /// <summary>Weights that no longer change, transformed once.</summary>
    /// <param name="weight">[O, I, 3, 3].</param>
    /// <returns>[16, I, O]; the caller's.</returns>
    public static torch.Tensor Filters(torch.Tensor weight)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using torch.Tensor transform = Matrices.Constant(Matrices.WeightMatrix(), weight.dtype);
        return transform.matmul(weight.permute(0, 2, 3, 1).reshape(weight.size(0), 9, weight.size(1)))
            .permute(1, 2, 0).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>The convolution without gradients, from transformed weights.</summary>
    /// <param name="input">[N, I, H, W].</param>
    /// <param name="filters">From <see cref="Filters"/>.</param>
    /// <param name="bias">[O].</param>
    /// <returns>[N, O, H, W], channels-last; the caller's.</returns>
    public static torch.Tensor ApplyFilters(torch.Tensor input, torch.Tensor filters, torch.Tensor bias)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        var shape = new MapShape(input.size(0), input.size(1), bias.size(0), input.size(2), input.size(3));
        Matrices matrices = Matrices.Of(shape, input.dtype);
        torch.Tensor tiles = matrices.Input.matmul(PixelsFirst(input)).view(Frequencies, matrices.Tiles * shape.Images, shape.Inputs);
        torch.Tensor products = tiles.bmm(filters).view(Frequencies * matrices.Tiles, shape.Images * shape.Outputs);
        torch.Tensor pixels = matrices.Output.matmul(products).view(-1, shape.Outputs).PlusInPlace(bias);
        return ImagesFirst(pixels, shape, shape.Outputs).MoveToOuterDisposeScope();
    }

    private static torch.Tensor PixelsFirst(torch.Tensor map) =>
        map.permute(2, 3, 0, 1).reshape(map.size(2) * map.size(3), map.size(0) * map.size(1));

    private static torch.Tensor ImagesFirst(torch.Tensor pixels, MapShape shape, long channels) =>
        pixels.view(shape.Height, shape.Width, shape.Images, channels).permute(2, 0, 1, 3).contiguous().permute(0, 3, 1, 2);

    /// <summary>
    /// The passes. Autograd would derive the backward ones too, but with transposed copies of the filters, which cost what the filtering
    /// saves; here every product writes the layout that the next one reads.
    /// </summary>
    private sealed class Differentiable : torch.autograd.SingleTensorFunction<Differentiable>
    {
        private const string Shape = "shape";

        public override string Name => nameof(MatrixWinograd);

        public override torch.Tensor forward(torch.autograd.AutogradContext ctx, params object[] vars)
        {
            var (input, weight) = ((torch.Tensor)vars[0], (torch.Tensor)vars[1]);
            var shape = new MapShape(input.size(0), input.size(1), weight.size(0), input.size(2), input.size(3));
            Matrices matrices = Matrices.Of(shape, input.dtype);

            // Pixels first, so that each transform is one product over all images and channels.
            torch.Tensor tiles = matrices.Input.matmul(PixelsFirst(input)).view(Frequencies, matrices.Tiles * shape.Images, shape.Inputs);
            torch.Tensor filters = matrices.Weight.matmul(weight.permute(0, 2, 3, 1).reshape(shape.Outputs, 9, shape.Inputs));
            torch.Tensor products = tiles.bmm(filters.permute(1, 2, 0)).view(Frequencies * matrices.Tiles, shape.Images * shape.Outputs);
            ctx.save_data(Shape, shape);
            ctx.save_for_backward([tiles, filters]);
            return ImagesFirst(matrices.Output.matmul(products), shape, shape.Outputs);
        }

        public override List<torch.Tensor> backward(torch.autograd.AutogradContext ctx, torch.Tensor grad_output)
        {
            var shape = (MapShape)ctx.get_data(Shape);
            List<torch.Tensor> saved = ctx.get_saved_variables();
            (torch.Tensor tiles, torch.Tensor filters) = (saved[0], saved[1]);
            Matrices matrices = Matrices.Of(shape, tiles.dtype);
            torch.Tensor products = matrices.Output.t().matmul(PixelsFirst(grad_output))
                .view(Frequencies, matrices.Tiles * shape.Images, shape.Outputs);
            torch.Tensor tileGradient = products.bmm(filters.permute(1, 0, 2))
                .view(Frequencies * matrices.Tiles, shape.Images * shape.Inputs);
            torch.Tensor filterGradient = products.transpose(1, 2).bmm(tiles);
            torch.Tensor weightGradient = matrices.Weight.t().matmul(filterGradient.permute(1, 0, 2));
            return
            [
                ImagesFirst(matrices.Input.t().matmul(tileGradient), shape, shape.Inputs),
                weightGradient.view(shape.Outputs, 3, 3, shape.Inputs).permute(0, 3, 1, 2),
            ];
        }
    }

    private sealed record MapShape(long Images, long Inputs, long Outputs, long Height, long Width);

    /// <summary>The transforms of a map's size, its tiling and its zero border included. They live as long as the process.</summary>
    private sealed class Matrices
    {
        public Matrices(long height, long width, torch.ScalarType type)
        {
            (long rows, long columns) = ((height + 1) / 2, (width + 1) / 2);
            Tiles = rows * columns;
            var input = new double[Frequencies * Tiles, height * width];
            var output = new double[height * width, Frequencies * Tiles];
            for (int f = 0; f < Frequencies; f++)
            {
                (int fy, int fx) = (f / 4, f % 4);
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
            Weight = Constant(WeightMatrix(), type);
            Output = Constant(output, type);
        }

        public long Tiles { get; }

        public torch.Tensor Input { get; }

        public torch.Tensor Weight { get; }

        public torch.Tensor Output { get; }

        public static Matrices Of(MapShape shape, torch.ScalarType type) =>
            Known.Get((shape.Height, shape.Width, type));

        public static double[,] WeightMatrix()
        {
            var weight = new double[Frequencies, 9];
            for (int f = 0; f < Frequencies; f++)
            {
                for (int k = 0; k < 9; k++)
                {
                    weight[f, k] = WeightTransform[f / 4, k / 3] * WeightTransform[f % 4, k % 3];
                }
            }

            return weight;
        }

        public static torch.Tensor Constant(double[,] values, torch.ScalarType type)
        {
            // Also where a predictor is the first to come by: what is made in inference mode could not be trained with.
            using var trainable = torch.inference_mode(false);
            using DisposeScope scope = torch.NewDisposeScope();
            return Transfers.ToDevice([.. values.Cast<double>()], [values.GetLength(0), values.GetLength(1)], type, torch.CPU)
                .DetachFromDisposeScope();
        }
    }
}
