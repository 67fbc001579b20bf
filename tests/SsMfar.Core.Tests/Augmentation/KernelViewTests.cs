using CsCheck;
using SsMfar.Augmentation;
using SsMfar.Randomness;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Tests.Augmentation;

/// <summary>Whole views by the CPU kernels against the tensor operations that define them.</summary>
public sealed class KernelViewTests
{
    // Every part, those with fractions among them, so that they meet in any order.
    private static readonly IAugmentation[] Parts =
    [
        .. TestImages.AllViews.Select(view => view.Augmentation),
        new Cutout(new() { Fill = new(300, -1, 0.5f) }),
        new RandomErasing(new() { Probability = 1 }),
        new RandAugment(new() { Operations = 0 }),
        new WeakAugmentation(new() { CropProbability = 1, Padding = 50 }),
    ];

    public static TheoryData<string> Views => [.. TestImages.AllViews.Select(view => view.Name)];

    [Theory]
    [MemberData(nameof(Views))]
    public void View_gives_the_values_of_the_tensor_operations(string name)
    {
        IAugmentation view = TestImages.AllViews.Single(v => v.Name == name).Augmentation;
        Gen.Select(KernelRun.Images(rows: 9), Gen.Int).Sample((images, seed) => Agree(view, images, RandomKey.FromSeed(seed), name));
    }

    [Theory]
    [MemberData(nameof(Views))]
    public void View_of_faces_in_their_usual_size_gives_the_values_of_the_tensor_operations(string name)
    {
        using torch.Tensor images = TestImages.Random(40, 112, 112);
        Agree(TestImages.AllViews.Single(v => v.Name == name).Augmentation, images, RandomKey.FromSeed(11), name);
    }

    [Theory]
    [InlineData(112, 112)]
    [InlineData(37, 30)]
    [InlineData(61, 97)]
    public void Sampling_between_pixels_gives_the_values_of_the_tensor_operations(int height, int width)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using torch.Tensor images = TestImages.Random(24, height, width);

        // No crop is as large as the picture, or too large for it, so that none stays as it is.
        RichWeakAugmentationOptions colorless = new()
        {
            MinimumScale = 0.3, MaximumScale = 0.5, Brightness = 0, Contrast = 0, Saturation = 0, GrayscaleProbability = 0,
        };
        RandomKey key = RandomKey.FromSeed(13);
        torch.Tensor expected = new RichWeakAugmentation(colorless).Apply(images, key);
        torch.Tensor actual = KernelRun.Apply(new RichWeakAugmentation(colorless), images, key);
        actual.sub(expected).abs().max().item<float>().Should().BeLessThan(1e-4f);
    }

    [Fact]
    public void Parts_give_the_values_of_the_tensor_operations_in_any_order() =>
        Gen.Select(KernelRun.Images(rows: 3, largest: 20), Gen.Int, Gen.Int[0, Parts.Length - 1].Select(i => Parts[i]).Array[0, 4])
            .Sample((images, seed, parts) =>
                {
                    // A number that is rounded must not lie so near to a half that a trifle decides; after the rich view's sampling it may.
                    int rich = Array.FindIndex(parts, part => part is RichWeakAugmentation);
                    if (rich < 0 || !parts.Skip(rich).Any(part => part is RandAugment { Options.Operations: > 0 } or StrongAugmentation))
                    {
                        Agree(
                    AugmentationPipeline.Of(parts),
                    images,
                    RandomKey.FromSeed(seed),
                    string.Join(", ", parts.Select(part => part.GetType().Name)),
                    rich >= 0);
                    }
                });

    [Fact]
    public void Fractions_are_rounded_before_operations_on_bytes()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor images = TestImages.Random(4, 9, 11);
        var painted = AugmentationPipeline.Of(
            new RandomErasing(new() { Probability = 1, Fill = new(123.5f, 124.5f, 0.4f) }),
            new RandAugment(new() { Operations = 1, Choices = [new(ImageOperation.Identity, Magnitude.None)] }));
        torch.Tensor actual = KernelRun.Apply(painted, images, RandomKey.FromSeed(1));
        TestImages.AreEqual(actual, painted.Apply(images, RandomKey.FromSeed(1))).Should().BeTrue();
        TestImages.AreEqual(actual, actual.round()).Should().BeTrue();
    }

    [Fact]
    public void Pipeline_with_a_part_of_the_users_own_has_no_kernels()
    {
        ((IKernelAugmentation)AugmentationPipeline.Of(new Cutout(), new Own())).HasKernels.Should().BeFalse();
        ((IKernelAugmentation)AugmentationPipeline.Of(AugmentationPipeline.Of(new Own()))).HasKernels.Should().BeFalse();
        ((IKernelAugmentation)AugmentationPipeline.Of(AugmentationPipeline.Of(new Cutout()))).HasKernels.Should().BeTrue();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Normalised_pixels_are_those_of_the_tensor_operation(bool bgr) =>
        Gen.Select(KernelRun.Images(rows: 1), Gen.Bool).Sample((images, fractions) =>
        {
            using DisposeScope scope = torch.NewDisposeScope();
            var normalization = new PixelNormalization([0.485f, 0.456f, 0.406f], [0.229f, 0.224f, 0.225f], bgr);
            var working = new WorkingImage((int)images.size(2), (int)images.size(3));
            working.Load(KernelRun.Bytes(images));
            if (fractions)
            {
                working.AllowFractions();
            }

            // What stands behind the image's own place stays as it is.
            var actual = new float[(working.Count * 3) + 1];
            actual[^1] = 7;
            normalization.Write(working, actual.AsSpan(0, working.Count * 3));
            actual[^1].Should().Be(7);
            if (!fractions)
            {
                float[] ofBytes = new float[working.Count * 3];
                normalization.Write(KernelRun.Bytes(images), ofBytes);
                ofBytes.Should().Equal(actual[..^1]);
            }

            float[] expected = TestImages.Values(normalization.Apply(images).permute(0, 2, 3, 1));
            actual.Zip(expected, (a, b) => Math.Abs(a - b)).Max().Should().BeLessThan(1e-6f);
            GC.KeepAlive(images);
        });

    private static void Agree(IAugmentation view, torch.Tensor images, RandomKey key, string what, bool sampled = false)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        KernelRun.ShouldAgree(KernelRun.Apply(view, images, key), view.Apply(images, key), what, sampled || view is RichWeakAugmentation);
        GC.KeepAlive(images);
    }

    private sealed class Own : IAugmentation
    {
        public torch.Tensor Apply(torch.Tensor pixels, RandomKey key) => pixels.alias();
    }
}
