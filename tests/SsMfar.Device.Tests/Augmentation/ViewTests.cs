using SsMfar.Augmentation;
using SsMfar.Randomness;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Tests.Augmentation;

/// <summary>What holds for every view: the same key gives the same pixels, rows know nothing of each other, values stay in range.</summary>
public sealed class ViewTests
{
    public static TheoryData<string, int> Views => PresentDevices.With(Enumerable.Range(0, TestImages.AllViews.Count));

    [Theory]
    [MemberData(nameof(Views))]
    public void Same_key_gives_the_same_pixels_and_another_key_others(string device, int view)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        IAugmentation augmentation = TestImages.AllViews[view].Augmentation;
        torch.Tensor images = TestImages.Random(9, 40, 36, device);
        torch.Tensor before = images.clone();

        torch.Tensor first = augmentation.Apply(images, RandomKey.FromSeed(5));
        TestImages.AreEqual(augmentation.Apply(images, RandomKey.FromSeed(5)), first).Should().BeTrue();
        TestImages.AreEqual(augmentation.Apply(images, RandomKey.FromSeed(6)), first).Should().BeFalse();
        TestImages.AreEqual(images, before).Should().BeTrue("a view leaves its input alone");
    }

    [Theory]
    [MemberData(nameof(Views))]
    public void Row_depends_on_the_key_its_place_and_its_pixels_alone(string device, int view)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        IAugmentation augmentation = TestImages.AllViews[view].Augmentation;
        RandomKey key = RandomKey.FromSeed(7);
        torch.Tensor images = TestImages.Random(12, 40, 36, device), others = TestImages.Random(20, 40, 36, device, seed: 2);
        torch.Tensor expected = augmentation.Apply(images, key);
        for (int row = 0; row < 12; row += 5)
        {
            torch.Tensor mixed = others.clone();
            mixed[row] = images[row];
            Distance(augmentation.Apply(mixed, key)[row], expected[row]).Should().BeLessThan(1e-3f);
        }

        // A shorter batch draws the same for the rows it has.
        Distance(augmentation.Apply(images.narrow(0, 0, 4), key), expected.narrow(0, 0, 4)).Should().BeLessThan(1e-3f);
    }

    [Theory]
    [MemberData(nameof(Views))]
    public void Values_stay_finite_and_in_range(string device, int view)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        IAugmentation augmentation = TestImages.AllViews[view].Augmentation;
        torch.Tensor images = torch.cat(
            [TestImages.Random(40, 24, 31, device), torch.zeros(4, 3, 24, 31, device: device), torch.full(
                [4, 3, 24, 31],
                Scalars.Of(255f),
                device: device)]);
        torch.Tensor result = augmentation.Apply(images, RandomKey.FromSeed(8));
        result.shape.Should().Equal(48, 3, 24, 31);
        result.dtype.Should().Be(torch.ScalarType.Float32);
        result.device_type.Should().Be(images.device_type);
        result.isfinite().all().item<bool>().Should().BeTrue();
        result.min().item<float>().Should().BeGreaterThanOrEqualTo(0);
        result.max().item<float>().Should().BeLessThanOrEqualTo(255);
    }

    [Theory]
    [MemberData(nameof(Views))]
    public void Memory_format_makes_no_difference_and_nothing_leaks(string device, int view)
    {
        IAugmentation augmentation = TestImages.AllViews[view].Augmentation;
        using torch.Tensor channelsLast = TestImages.Random(6, 33, 33, device);
        using torch.Tensor contiguous = channelsLast.contiguous();
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor a = augmentation.Apply(channelsLast, RandomKey.FromSeed(9));
        torch.Tensor b = augmentation.Apply(contiguous, RandomKey.FromSeed(9));
        scope.DisposablesCount.Should().Be(2, "only the results may outlive the call");
        Distance(a, b).Should().BeLessThan(1e-3f);
    }

    [Fact]
    public void Empty_batch_is_returned_empty()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        foreach ((string name, IAugmentation augmentation) in TestImages.AllViews)
        {
            augmentation.Apply(torch.zeros(0, 3, 8, 8), RandomKey.FromSeed(1)).shape.Should().Equal([0, 3, 8, 8], name);
        }
    }

    [Fact]
    public void Wrong_shape_or_type_is_refused_with_what_was_given()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        foreach ((string name, IAugmentation augmentation) in TestImages.AllViews)
        {
            augmentation.Invoking(a => a.Apply(torch.zeros(2, 8, 8, 3), RandomKey.FromSeed(1)))
                .Should().Throw<ArgumentException>(name).WithMessage("*[2, 8, 8, 3]*");
            augmentation.Invoking(a => a.Apply(torch.zeros(2, 3, 8, 8, dtype: torch.uint8), RandomKey.FromSeed(1)))
                .Should().Throw<ArgumentException>(name).WithMessage("*Byte*float32*");
        }
    }

    [Fact]
    public void Pipeline_gives_each_stage_its_own_draws_in_order()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor images = TestImages.Random(8, 20, 20);
        var crop = new WeakAugmentation(new() { CropProbability = 1, FlipProbability = 0 });
        RandomKey key = RandomKey.FromSeed(4);
        torch.Tensor twice = AugmentationPipeline.Of(crop, crop).Apply(images, key);
        TestImages.AreEqual(twice, crop.Apply(crop.Apply(images, key.Fold(-1)), key.Fold(-2))).Should().BeTrue();
        TestImages.AreEqual(AugmentationPipeline.Of().Apply(images, key), images).Should().BeTrue();
    }

    private static float Distance(torch.Tensor a, torch.Tensor b) => a.sub(b).abs().max().item<float>();
}
