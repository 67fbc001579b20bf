using System.Text.Json;
using CsCheck;
using SsMfar.Augmentation;
using SsMfar.Randomness;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Tests.Augmentation;

/// <summary>The CPU kernels' operations against PIL's pixels and against the tensor operations that define them.</summary>
public sealed class KernelOperationTests
{
    private sealed record PilCase(string Operation, float Magnitude, int Size, string Pixels);

    [Fact]
    public void Operations_give_the_pixels_of_pil()
    {
        PilCase[] cases = JsonSerializer.Deserialize<PilCase[]>(
            File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", "pil-operations.json")), JsonSerializerOptions.Web)!;
        cases.Should().NotBeEmpty();
        foreach (PilCase expected in cases)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            RandAugment operation = One(Enum.Parse<ImageOperation>(expected.Operation), expected.Magnitude);
            torch.Tensor actual = KernelRun.Apply(operation, TestImages.Formula(expected.Size), RandomKey.FromSeed(3));
            KernelRun.Bytes(actual).Should()
                .Equal(Convert.FromBase64String(expected.Pixels), "{0} {1}", expected.Operation, expected.Magnitude);
        }
    }

    public static TheoryData<ImageOperation, float, float> Ranges => new()
    {
        { ImageOperation.Identity, 0, 0 },
        { ImageOperation.AutoContrast, 0, 0 },
        { ImageOperation.Equalize, 0, 0 },
        { ImageOperation.Brightness, 0, 3 },
        { ImageOperation.Color, 0, 3 },
        { ImageOperation.Contrast, 0, 3 },
        { ImageOperation.Sharpness, 0, 3 },
        { ImageOperation.Posterize, 1, 8 },
        { ImageOperation.Solarize, 0, 256 },
        { ImageOperation.Rotate, -360, 360 },
        { ImageOperation.ShearX, -2, 2 },
        { ImageOperation.ShearY, -2, 2 },
        { ImageOperation.TranslateX, -2, 2 },
        { ImageOperation.TranslateY, -2, 2 },
    };

    [Fact]
    public void Every_operation_is_compared() =>
        Ranges.Select(row => (ImageOperation)row[0]).Should().BeEquivalentTo(Enum.GetValues<ImageOperation>());

    [Theory]
    [MemberData(nameof(Ranges))]
    public void Operation_gives_the_pixels_of_the_tensor_operations(ImageOperation operation, float least, float most)
    {
        Gen<float> magnitudes = least == most ?
            Gen.Const(least) :
            Gen.OneOf(Gen.Float[least, most], Gen.Int[(int)least, (int)most].Select(i => (float)i));
        Gen.Select(KernelRun.Images(rows: 2), magnitudes).Sample((images, magnitude) =>
        {
            using DisposeScope scope = torch.NewDisposeScope();
            RandAugment one = One(operation, magnitude);
            KernelRun.ShouldAgree(
                KernelRun.Apply(one, images, RandomKey.FromSeed(1)), one.Apply(images, RandomKey.FromSeed(1)), $"{operation} {magnitude}");
        });
    }

    [Theory]
    [InlineData(112, 112)]
    [InlineData(224, 224)]
    [InlineData(97, 61)]
    public void Moves_of_faces_in_their_usual_sizes_read_the_same_pixels(int height, int width)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor images = TestImages.Random(24, height, width);
        var moves = new RandAugment(new()
        {
            Choices = [.. RandAugmentOptions.Published.Choices
                .Where(choice => choice.Operation is ImageOperation.Rotate or ImageOperation.ShearX or ImageOperation.ShearY)],
        });
        KernelRun.ShouldAgree(KernelRun.Apply(moves, images, RandomKey.FromSeed(2)), moves.Apply(images, RandomKey.FromSeed(2)), "a move");
    }

    private static RandAugment One(ImageOperation operation, float magnitude) =>
        new(new() { Operations = 1, Choices = [new(operation, Magnitude.Constant(magnitude))] });
}
