using System.Text.Json;
using SsMfar.Augmentation;
using SsMfar.Randomness;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Tests.Augmentation;

/// <summary>Each operation against PIL 9.4's pixels (Golden/pil-operations.json) and against its definition in plain loops.</summary>
public sealed class ImageOperationTests
{
    private sealed record PilCase(string Operation, float Magnitude, int Size, string Pixels);

    private static readonly PilCase[] Cases = JsonSerializer.Deserialize<PilCase[]>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", "pil-operations.json")), JsonSerializerOptions.Web)!;

    public static TheoryData<string, int> PilCases => PresentDevices.With(Enumerable.Range(0, Cases.Length));

    [Theory]
    [MemberData(nameof(PilCases))]
    public void Operation_gives_the_pixels_of_pil(string device, int index)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        PilCase expected = Cases[index];
        torch.Tensor actual = Run(
            TestImages.Formula(expected.Size, device), Enum.Parse<ImageOperation>(expected.Operation),
            Magnitude.Constant(expected.Magnitude));

        byte[] bytes = Convert.FromBase64String(expected.Pixels);
        float[] values = TestImages.Values(actual.permute(0, 2, 3, 1));
        int[] differences = [.. values.Select((v, i) => (int)Math.Abs(v - bytes[i]))];
        differences.Count(d => d > 0).Should()
            .Be(0, "{0} {1} differs by up to {2}", expected.Operation, expected.Magnitude, differences.Max());
    }

    [Fact]
    public void Every_operation_is_compared_with_pil() =>
        Cases.Select(c => c.Operation).Distinct().Should().BeEquivalentTo(Enum.GetNames<ImageOperation>());

    [Theory]
    [InlineData(nameof(ImageOperation.Brightness))]
    [InlineData(nameof(ImageOperation.Color))]
    [InlineData(nameof(ImageOperation.Contrast))]
    [InlineData(nameof(ImageOperation.Sharpness))]
    public void Enhancement_by_factor_one_changes_nothing(string operation)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor image = TestImages.Random(2, 17, 13);
        TestImages.AreEqual(Run(image, Enum.Parse<ImageOperation>(operation), Magnitude.Constant(1)), image).Should().BeTrue();
    }

    [Theory]
    [InlineData(nameof(ImageOperation.Rotate), 0)]
    [InlineData(nameof(ImageOperation.Rotate), 360)]
    [InlineData(nameof(ImageOperation.ShearX), 0)]
    [InlineData(nameof(ImageOperation.ShearY), 0)]
    [InlineData(nameof(ImageOperation.TranslateX), 0)]
    [InlineData(nameof(ImageOperation.TranslateY), 0)]
    [InlineData(nameof(ImageOperation.Posterize), 8)]
    [InlineData(nameof(ImageOperation.Solarize), 256)]
    [InlineData(nameof(ImageOperation.Identity), 0)]
    public void Neutral_magnitude_changes_nothing(string operation, float magnitude)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor image = TestImages.Random(2, 112, 96);
        TestImages.AreEqual(Run(image, Enum.Parse<ImageOperation>(operation), Magnitude.Constant(magnitude)), image).Should().BeTrue();
    }

    [Fact]
    public void Half_turn_reverses_rows_and_columns()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor image = TestImages.Random(2, 30, 41);
        TestImages.AreEqual(Run(image, ImageOperation.Rotate, Magnitude.Constant(180)), image.flip(2, 3)).Should().BeTrue();
    }

    [Fact]
    public void Sharpness_leaves_the_outermost_pixels_and_images_that_have_no_others()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor small = TestImages.Random(2, 2, 5), image = TestImages.Random(2, 9, 7);
        TestImages.AreEqual(Run(small, ImageOperation.Sharpness, Magnitude.Constant(0.1f)), small).Should().BeTrue();
        torch.Tensor smooth = Run(image, ImageOperation.Sharpness, Magnitude.Constant(0));
        foreach ((int dimension, int place) in new[] { (2, 0), (2, 8), (3, 0), (3, 6) })
        {
            TestImages.AreEqual(smooth.select(dimension, place), image.select(dimension, place)).Should().BeTrue();
        }

        torch.Tensor patch = image[1, 2].narrow(0, 3, 3).narrow(1, 2, 3);
        float sum = patch.sum().item<float>() + (4 * patch[1, 1].item<float>());
        smooth[1, 2, 4, 3].item<float>().Should().Be(MathF.Floor((sum / 13) + 0.5f));
    }

    [Theory]
    [InlineData(nameof(ImageOperation.AutoContrast))]
    [InlineData(nameof(ImageOperation.Equalize))]
    public void Constant_channel_stays(string operation)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor image = torch.full([1, 3, 32, 32], Scalars.Of(77f));
        TestImages.AreEqual(Run(image, Enum.Parse<ImageOperation>(operation), Magnitude.None), image).Should().BeTrue();
    }

    [Fact]
    public void Equalize_follows_the_histogram_rule_on_a_dark_image()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor image = TestImages.Random(3, 48, 40).div(Scalars.Of(255)).pow(Scalars.Of(3)).mul(Scalars.Of(90)).floor();
        float[] source = TestImages.Values(image);
        float[] actual = TestImages.Values(Run(image, ImageOperation.Equalize, Magnitude.None));

        int area = 48 * 40;
        for (int plane = 0; plane < 9; plane++)
        {
            int[] values = [.. source.Skip(plane * area).Take(area).Select(v => (int)v)];
            int step = (area - values.Count(v => v == values.Max())) / 255;
            for (int i = 0; i < area; i += 7)
            {
                int below = values.Count(v => v < values[i]);
                actual[(plane * area) + i].Should().Be(Math.Min(255, ((step / 2) + below) / step));
            }
        }
    }

    [Fact]
    public void Luma_is_the_rounded_ITU_R_601_2_sum_for_every_colour()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor image = TestImages.Random(4, 64, 64);
        torch.Tensor exact = image.to(torch.float64).mul(torch.tensor([19595.0, 38470.0, 7471.0]).reshape(1, 3, 1, 1))
            .sum(1, keepdim: true).Plus(32768).div(Scalars.Of(65536)).floor().to(torch.float32);
        TestImages.AreEqual(ImageOperations.Luma(image), exact).Should().BeTrue();
    }

    private static torch.Tensor Run(torch.Tensor image, ImageOperation operation, Magnitude magnitude) =>
        new RandAugment(new() { Operations = 1, Choices = [new(operation, magnitude)] }).Apply(image, RandomKey.FromSeed(3));
}
