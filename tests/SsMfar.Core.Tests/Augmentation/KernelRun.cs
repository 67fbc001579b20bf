using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using CsCheck;
using SsMfar.Augmentation;
using SsMfar.Randomness;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Tests.Augmentation;

/// <summary>The CPU kernels on a batch as a view's Apply takes it, and how near they must come to it.</summary>
internal static class KernelRun
{
    // Where libtorch adds and multiplies in one instruction, the kernels round as it does; elsewhere a value may fall to the other side of
    // a whole number now and then.
    private static readonly double OtherRounding = Fma.IsSupported ? 0 : 0.005;

    /// <summary>Batches of whole numbers of any size: noise, few dark values, one value, or one value but for a pixel.</summary>
    public static Gen<torch.Tensor> Images(int rows, int largest = 37) =>
        Gen.Select(Gen.Int[1, largest], Gen.Int[1, largest], Gen.Int[0, 1 << 30], Gen.Int[0, 3]).Select((height, width, seed, kind) =>
        {
            using DisposeScope scope = torch.NewDisposeScope();
            torch.Tensor noise = TestImages.Random(rows, height, width, seed: seed);
            torch.Tensor one = noise.narrow(2, 0, 1).narrow(3, 0, 1).expand(rows, 3, height, width).contiguous();
            torch.Tensor images = kind switch
            {
                0 => noise,
                1 => noise.div(Scalars.Of(255)).pow(Scalars.Of(3)).mul(Scalars.Of(90)).floor(),
                2 => one,
                _ => one.index_put_(torch.full([], Scalars.Of(255f)), [.. Last(height, width)]),
            };
            return images.MoveToOuterDisposeScope().DetachFromDisposeScope();
        });

    /// <summary>[N, 3, H, W], every image by the same working image, one after the other.</summary>
    public static torch.Tensor Apply(IAugmentation augmentation, torch.Tensor images, RandomKey key)
    {
        var kernels = (IKernelAugmentation)augmentation;
        kernels.HasKernels.Should().BeTrue();
        (int rows, int height, int width) = ((int)images.size(0), (int)images.size(2), (int)images.size(3));
        var working = new WorkingImage(height, width);
        byte[] bytes = Bytes(images);
        var values = new float[rows * height * width * 3];
        for (int row = 0; row < rows; row++)
        {
            int start = row * working.Count * 3;
            working.Load(bytes.AsSpan(start, working.Count * 3));
            kernels.Apply(working, key, row);
            working.AllowFractions();
            for (int i = 0; i < working.Count; i++)
            {
                Vector128<float> pixel = working.Values[i];
                (values[start + (i * 3)], values[start + (i * 3) + 1], values[start + (i * 3) + 2]) = (pixel[0], pixel[1], pixel[2]);
            }
        }

        using torch.Tensor packed = torch.tensor(values, [rows, height, width, 3]);
        return packed.permute(0, 3, 1, 2);
    }

    /// <summary>As the image cache has them: height x width x 3, row after row.</summary>
    public static byte[] Bytes(torch.Tensor images)
    {
        using torch.Tensor packed = images.permute(0, 2, 3, 1).contiguous().to(torch.ScalarType.Byte);
        return packed.bytes.ToArray();
    }

    /// <summary>
    /// Same values; sampled between pixels, within two thousandths of a grey level: a picture that stays in its place is sampled by the
    /// tensor operations if others of its batch are moved, at coordinates that float32 rounds.
    /// </summary>
    public static void ShouldAgree(torch.Tensor actual, torch.Tensor expected, string what, bool sampled = false)
    {
        actual.shape.Should().Equal(expected.shape);
        using torch.Tensor distance = actual.sub(expected).abs_();
        using torch.Tensor different = distance.gt(Scalars.Of(sampled ? 2e-3 : 0));
        different.to(torch.float64).mean().item<double>().Should().BeLessThanOrEqualTo(
            OtherRounding, "{0} of {1} differs by up to {2}", what, string.Join('x', expected.shape), distance.max().item<float>());
    }

    private static torch.TensorIndex[] Last(int height, int width) =>
        [torch.TensorIndex.Ellipsis, torch.TensorIndex.Single(height - 1), torch.TensorIndex.Single(width - 1)];
}
