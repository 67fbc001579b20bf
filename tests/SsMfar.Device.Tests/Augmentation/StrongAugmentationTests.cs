using SsMfar.Augmentation;
using SsMfar.Randomness;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Tests.Augmentation;

public sealed class StrongAugmentationTests
{
    [Theory]
    [MemberData(nameof(PresentDevices.All), MemberType = typeof(PresentDevices))]
    public void Cutout_paints_one_square_of_at_most_half_the_width(string device)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        const int Rows = 400, Size = 60;
        torch.Tensor images = torch.zeros(Rows, 3, Size, Size, device: device);
        torch.Tensor painted = new Cutout().Apply(images, RandomKey.FromSeed(1));
        torch.Tensor inside = painted.select(1, 0).eq(Scalars.Of(125));
        TestImages.AreEqual(painted.select(1, 1), inside.to(torch.float32).mul(Scalars.Of(123))).Should().BeTrue();
        TestImages.AreEqual(painted.select(1, 2), inside.to(torch.float32).mul(Scalars.Of(114))).Should().BeTrue();

        torch.Tensor width = inside.any(1).sum(1), height = inside.any(2).sum(1);
        TestImages.AreEqual(inside.sum([1, 2]), width.mul(height)).Should().BeTrue("what is painted is one full box");
        width.max().item<long>().Should().BeInRange(27, 30);
        height.max().item<long>().Should().BeInRange(27, 30);

        // Mean side of U(0, 30), less what the edges cut.
        width.to(torch.float64).mean().item<double>().Should().BeInRange(12, 16);
    }

    [Fact]
    public void Erasing_paints_half_of_the_images_with_the_mean_colour()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        const int Rows = 600, Size = 50;
        torch.Tensor painted = new RandomErasing().Apply(torch.zeros(Rows, 3, Size, Size), RandomKey.FromSeed(2));
        torch.Tensor shares = painted.select(1, 0).gt(Scalars.Of(0)).to(torch.float32).mean([1, 2]);
        float[] areas = [.. TestImages.Values(shares).Where(a => a > 0)];
        areas.Length.Should().BeInRange(250, 350);
        areas.Should().OnlyContain(a => a > 0.015f && a < 0.35f);

        using torch.Tensor normalised = new PixelNormalization([0.485f, 0.456f, 0.406f], [0.229f, 0.224f, 0.225f]).Apply(painted);
        torch.Tensor inside = painted.gt(Scalars.Of(0));
        normalised.masked_select(inside).abs().max().item<float>().Should().BeLessThan(1e-5f);
    }

    [Theory]
    [InlineData(14)]
    [InlineData(1)]
    public void RandAugment_draws_every_operation_of_its_list_alike_and_with_replacement(int rounds)
    {
        const int Rows = 2800;
        RandAugmentChoice[] choices = [.. new RandAugmentOptions().Choices];
        RandAugmentPlan plan = RandAugmentPlan.Draw(choices, rounds, Rows, 32, 32, RandomKey.FromSeed(3));
        foreach (RandAugmentGroup[] groups in plan.Groups)
        {
            groups.Sum(g => g.Count).Should().Be(Rows);
            groups.Should().HaveCount(10, "five of the fourteen operations are moves, done as one");
            groups.Where(g => g.Operation != ImageOperation.Rotate).Should().OnlyContain(g => g.Count > 140 && g.Count < 260);
            groups.Single(g => g.Operation == ImageOperation.Rotate).Count.Should().BeInRange(900, 1100);
        }
    }

    [Fact]
    public void RandAugment_in_rounds_equals_its_operations_applied_row_by_row()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        const int Rows = 24;
        RandomKey key = RandomKey.FromSeed(4);
        torch.Tensor images = TestImages.Random(Rows, 32, 28);
        torch.Tensor actual = new RandAugment().Apply(images, key);
        for (int row = 0; row < Rows; row++)
        {
            RandomSource random = key.Fold(row).ToSource();
            torch.Tensor image = images.narrow(0, row, 1);
            for (int round = 0; round < 3; round++)
            {
                RandAugmentChoice choice = new RandAugmentOptions().Choices[random.NextInt32(14)];
                float magnitude = choice.Magnitude.Draw(ref random);
                image = new RandAugment(new() { Operations = 1, Choices = [choice with { Magnitude = Magnitude.Constant(magnitude) }] })
                    .Apply(image, RandomKey.FromSeed(0));
            }

            TestImages.AreEqual(actual.narrow(0, row, 1), image).Should().BeTrue("row {0}", row);
        }
    }

    [Fact]
    public void Magnitudes_are_drawn_from_their_distribution()
    {
        RandomSource random = RandomKey.FromSeed(5).ToSource();
        float[] uniform = new float[4000], signed = new float[4000];
        for (int i = 0; i < 4000; i++)
        {
            uniform[i] = Magnitude.Uniform(0.05f, 0.95f).Draw(ref random);
            signed[i] = Magnitude.PlusOrMinus(0.27f, 1).Draw(ref random);
        }

        uniform.Should().OnlyContain(v => v >= 0.05f && v < 0.95f);
        uniform.Average().Should().BeApproximately(0.5f, 0.02f);
        signed.Distinct().Should().BeEquivalentTo([1 - 0.27f, 1 + 0.27f]);
        signed.Average().Should().BeApproximately(1, 0.02f);
    }

    [Fact]
    public void Impossible_choices_are_refused_with_the_range_that_is_taken()
    {
        FluentActions.Invoking(() => new RandAugment(new() { Choices = [] })).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => new RandAugment(new() { Choices = [new(ImageOperation.Posterize, Magnitude.Uniform(0, 8))] }))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("*Posterize*1 to 8*0 to 8*");
        FluentActions.Invoking(() => new RandAugment(new() { Choices = [new((ImageOperation)99, Magnitude.None)] }))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("*99*");
        FluentActions.Invoking(() => new Cutout(new() { MaximumSide = 1.1 })).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => new RandomErasing(new() { MaximumScale = 1.1 })).Should().Throw<ArgumentException>();
    }

    [Theory]
    [MemberData(nameof(PresentDevices.All), MemberType = typeof(PresentDevices))]
    public void Normalisation_follows_its_formula_for_bytes_floats_and_both_channel_orders(string device)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        float[] mean = [0.485f, 0.456f, 0.406f], deviation = [0.229f, 0.224f, 0.225f];
        torch.Tensor images = TestImages.Random(2, 9, 7, device);
        float[] source = TestImages.Values(images);
        foreach (bool bgr in new[] { false, true })
        {
            var normalization = new PixelNormalization(mean, deviation, bgr);
            float[] actual = TestImages.Values(normalization.Apply(images));
            TestImages.Values(normalization.Apply(images.to(torch.uint8))).Should().Equal(actual);
            for (int n = 0; n < 2; n++)
            {
                for (int c = 0; c < 3; c++)
                {
                    for (int i = 0; i < 63; i++)
                    {
                        double pixel = source[(((n * 3) + (bgr ? 2 - c : c)) * 63) + i];
                        actual[(((n * 3) + c) * 63) + i].Should().BeApproximately((float)(((pixel / 255) - mean[c]) / deviation[c]), 1e-5f);
                    }
                }
            }
        }

        FluentActions.Invoking(() => new PixelNormalization([0, 0, 0], [1, 0, 1])).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new PixelNormalization([0, 0], [1, 1, 1])).Should().Throw<ArgumentException>();
    }
}
