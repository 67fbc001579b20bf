using SsMfar.Augmentation;
using SsMfar.Randomness;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Tests.Augmentation;

public sealed class WeakAugmentationTests
{
    [Theory]
    [MemberData(nameof(PresentDevices.All), MemberType = typeof(PresentDevices))]
    public void Flip_mirrors_exactly(string device)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor images = TestImages.Random(4, 112, 97, device);
        torch.Tensor flipped = new WeakAugmentation(new() { CropProbability = 0, FlipProbability = 1 }).Apply(
            images,
            RandomKey.FromSeed(1));
        TestImages.AreEqual(flipped, images.flip(3)).Should().BeTrue();
    }

    [Theory]
    [MemberData(nameof(PresentDevices.All), MemberType = typeof(PresentDevices))]
    public void Crop_is_a_window_of_the_zero_padded_image(string device)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        const int Rows = 60, Padding = 2, Height = 14, Width = 11;
        torch.Tensor images = TestImages.Random(Rows, Height, Width, device).clamp(min: Scalars.Of(1));
        torch.Tensor cropped = new WeakAugmentation(new() { CropProbability = 1, Padding = Padding, FlipProbability = 0 })
            .Apply(images, RandomKey.FromSeed(2));
        torch.Tensor padded = torch.nn.functional.pad(images, [Padding, Padding, Padding, Padding]);

        var found = new HashSet<(int, int)>();
        for (int row = 0; row < Rows; row++)
        {
            for (int y = 0; y <= 2 * Padding; y++)
            {
                for (int x = 0; x <= 2 * Padding; x++)
                {
                    torch.Tensor window = padded[row].narrow(1, y, Height).narrow(2, x, Width);
                    if (TestImages.AreEqual(window, cropped[row]))
                    {
                        found.Add((x, y));
                        goto next;
                    }
                }
            }

            Assert.Fail($"row {row} is no window of its padded image");
        next:;
        }

        // 25 windows, 60 draws: seeing fewer than 18 of them has odds below one in a thousand, and the seed is fixed.
        found.Count.Should().BeGreaterThan(17);
        found.Should().Contain(p => p.Item1 == 0).And.Contain(p => p.Item1 == 4).And.Contain(p => p.Item2 == 0).And
            .Contain(p => p.Item2 == 4);
    }

    [Fact]
    public void Half_of_the_images_are_flipped_and_half_cropped()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor images = TestImages.Random(2000, 4, 4);
        torch.Tensor flipped = new WeakAugmentation(new() { CropProbability = 0 }).Apply(images, RandomKey.FromSeed(3));
        torch.Tensor same = flipped.eq(images).flatten(1).all(1);
        same.sum().item<long>().Should().BeInRange(900, 1100);
        torch.Tensor cropped = new WeakAugmentation(new() { FlipProbability = 0, Padding = 8 }).Apply(images, RandomKey.FromSeed(3));
        cropped.eq(images).flatten(1).all(1).sum().item<long>().Should().BeInRange(900, 1110);
    }

    [Theory]
    [MemberData(nameof(PresentDevices.All), MemberType = typeof(PresentDevices))]
    public void Rich_view_with_nothing_to_do_returns_the_image(string device)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor images = TestImages.Random(3, 50, 40, device);
        TestImages.Values(
            new RichWeakAugmentation(Still(_ => { })).Apply(images, RandomKey.FromSeed(1)).sub(images).abs().max())[0].Should()
            .BeLessThan(1e-3f);
        torch.Tensor flipped = new RichWeakAugmentation(Still(o => o.FlipProbability = 1)).Apply(images, RandomKey.FromSeed(1));
        TestImages.Values(flipped.sub(images.flip(3)).abs().max())[0].Should().BeLessThan(0.01f);
    }

    [Fact]
    public void Grey_view_has_equal_channels_of_its_luma()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor images = TestImages.Random(3, 20, 20);
        torch.Tensor grey = new RichWeakAugmentation(Still(o => o.GrayscaleProbability = 1)).Apply(images, RandomKey.FromSeed(1));
        torch.Tensor luma = images.mul(torch.tensor([0.299f, 0.587f, 0.114f]).reshape(1, 3, 1, 1)).sum(1, keepdim: true);
        grey.sub(luma).abs().max().item<float>().Should().BeLessThan(0.01f);
    }

    [Fact]
    public void Colour_jitter_is_torchvisions_three_operations_in_any_order()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor image = TestImages.Random(1, 16, 16).div(Scalars.Of(4)).Plus(90);
        torch.Tensor actual = ColorJitter.Apply(image, [new(1.2f, 0.8f, 1.15f)]);
        (Func<torch.Tensor, torch.Tensor> b, Func<torch.Tensor, torch.Tensor> c, Func<torch.Tensor, torch.Tensor> s) = (
            x => x.mul(Scalars.Of(1.2)),
            x => x.mul(Scalars.Of(0.8)).Plus(Luma(x).mean().mul(Scalars.Of(1 - 0.8))),
            x => x.mul(Scalars.Of(1.15)).Plus(Luma(x).mul(Scalars.Of(1 - 1.15))));
        foreach (torch.Tensor expected in new[] { s(c(b(image))), b(s(c(image))), c(b(s(image))) })
        {
            actual.sub(expected).abs().max().item<float>().Should().BeLessThan(1e-3f);
        }

        static torch.Tensor Luma(torch.Tensor x) =>
            x.mul(torch.tensor([0.299f, 0.587f, 0.114f]).reshape(1, 3, 1, 1)).sum(1, keepdim: true);
    }

    [Fact]
    public void Resized_crop_shows_between_the_least_and_the_whole_area()
    {
        using DisposeScope scope = torch.NewDisposeScope();

        // Red is the column, green the row: the spread between opposite pixels is the size of the window seen.
        torch.Tensor ramp = torch.arange(Scalars.Of(0), Scalars.Of(100), dtype: torch.float32);
        torch.Tensor image = torch.stack([ramp.expand(100, 100), ramp.reshape(100, 1).expand(100, 100), torch.zeros(100, 100)]);
        torch.Tensor images = image.expand(200, 3, 100, 100);
        torch.Tensor seen = new RichWeakAugmentation(Still(o => (o.MinimumScale, o.MinimumRatio, o.MaximumRatio) = (0.7, 0.9, 1.1)))
            .Apply(images, RandomKey.FromSeed(5));
        torch.Tensor width = seen.select(1, 0).select(1, 50).select(1, 75)
            .sub(seen.select(1, 0).select(1, 50).select(1, 25)).mul(Scalars.Of(2));
        torch.Tensor height = seen.select(1, 1).select(1, 75).select(1, 50)
            .sub(seen.select(1, 1).select(1, 25).select(1, 50)).mul(Scalars.Of(2));
        float[] areas = TestImages.Values(width.mul(height).div(Scalars.Of(10000))), ratios = TestImages.Values(width.div(height));
        areas.Should().OnlyContain(a => a > 0.69f && a < 1.01f);
        areas.Max().Should().BeGreaterThan(0.93f);
        areas.Min().Should().BeLessThan(0.75f);
        ratios.Should().OnlyContain(r => r > 0.88f && r < 1.12f);
        (ratios.Max() - ratios.Min()).Should().BeGreaterThan(0.1f);
    }

    [Fact]
    public void Rotation_turns_by_the_drawn_angle_at_most()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor ramp = torch.arange(Scalars.Of(0), Scalars.Of(101), dtype: torch.float32);
        torch.Tensor images = torch.stack([ramp.expand(101, 101), ramp.reshape(101, 1).expand(101, 101), torch.zeros(101, 101)])
            .expand(300, 3, 101, 101);
        torch.Tensor turned = new RichWeakAugmentation(Still(o => (o.RotationProbability, o.RotationDegrees) = (0.5, 12))).Apply(
            images,
            RandomKey.FromSeed(6));
        torch.Tensor across = turned.select(2, 50).select(2, 80).sub(turned.select(2, 50).select(2, 20));
        float[] angles = TestImages.Values(torch.atan2(across.select(1, 1), across.select(1, 0)).mul(Scalars.Of(180 / Math.PI)));
        angles.Should().OnlyContain(a => Math.Abs(a) < 12.01f);
        angles.Count(a => Math.Abs(a) < 0.001f).Should().BeInRange(110, 190);
        angles.Max().Should().BeGreaterThan(11);
        angles.Min().Should().BeLessThan(-11);
        TestImages.Values(turned.select(2, 50).select(2, 50).sub(Scalars.Of(50))).Where((_, i) => i % 3 < 2).Should()
            .OnlyContain(d => Math.Abs(d) < 0.01f);
    }

    [Fact]
    public void Options_out_of_range_are_refused_by_name()
    {
        FluentActions.Invoking(() => new WeakAugmentation(new() { CropProbability = 1.5 })).Should().Throw<ArgumentException>()
            .WithMessage("*CropProbability*");
        FluentActions.Invoking(() => new WeakAugmentation(new() { Padding = -1 })).Should().Throw<ArgumentException>()
            .WithMessage("*Padding*");
        FluentActions.Invoking(() => new RichWeakAugmentation(new() { MinimumScale = 0 })).Should().Throw<ArgumentException>()
            .WithMessage("*MinimumScale*");
        FluentActions.Invoking(() => new RichWeakAugmentation(new() { Contrast = double.NaN })).Should().Throw<ArgumentException>()
            .WithMessage("*Contrast*");
    }

    private static RichWeakAugmentationOptions Still(Action<RichWeakAugmentationOptions> change)
    {
        RichWeakAugmentationOptions options = new()
        {
            MinimumScale = 1, MinimumRatio = 1, MaximumRatio = 1, RotationProbability = 0, Brightness = 0, Contrast = 0, Saturation = 0,
            GrayscaleProbability = 0, FlipProbability = 0,
        };
        change(options);
        return options;
    }
}
