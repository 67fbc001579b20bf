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

    public static TheoryData<string, float, float> Ranges => new()
    {
        { nameof(ImageOperation.Identity), 0, 0 },
        { nameof(ImageOperation.AutoContrast), 0, 0 },
        { nameof(ImageOperation.Equalize), 0, 0 },
        { nameof(ImageOperation.Brightness), 0, 3 },
        { nameof(ImageOperation.Color), 0, 3 },
        { nameof(ImageOperation.Contrast), 0, 3 },
        { nameof(ImageOperation.Sharpness), 0, 3 },
        { nameof(ImageOperation.Posterize), 1, 8 },
        { nameof(ImageOperation.Solarize), 0, 256 },
        { nameof(ImageOperation.Rotate), -360, 360 },
        { nameof(ImageOperation.ShearX), -2, 2 },
        { nameof(ImageOperation.ShearY), -2, 2 },
        { nameof(ImageOperation.TranslateX), -2, 2 },
        { nameof(ImageOperation.TranslateY), -2, 2 },
    };

    [Fact]
    public void Every_operation_is_compared() =>
        Ranges.Select(row => (string)row[0]).Should().BeEquivalentTo(Enum.GetNames<ImageOperation>());

    [Theory]
    [MemberData(nameof(Ranges))]
    public void Operation_gives_the_pixels_of_the_tensor_operations(string operation, float least, float most)
    {
        Gen<float> magnitudes = least == most ?
            Gen.Const(least) :
            Gen.OneOf(Gen.Float[least, most], Gen.Int[(int)least, (int)most].Select(i => (float)i));
        Gen.Select(KernelRun.Images(rows: 2), magnitudes).Sample((images, magnitude) =>
        {
            using DisposeScope scope = torch.NewDisposeScope();
            RandAugment one = One(Enum.Parse<ImageOperation>(operation), magnitude);
            KernelRun.ShouldAgree(
                KernelRun.Apply(one, images, RandomKey.FromSeed(1)), one.Apply(images, RandomKey.FromSeed(1)), $"{operation} {magnitude}");
            GC.KeepAlive(images);
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
            Choices = [.. new RandAugmentOptions().Choices
                .Where(choice => choice.Operation is ImageOperation.Rotate or ImageOperation.ShearX or ImageOperation.ShearY)],
        });
        KernelRun.ShouldAgree(KernelRun.Apply(moves, images, RandomKey.FromSeed(2)), moves.Apply(images, RandomKey.FromSeed(2)), "a move");
    }

    private static RandAugment One(ImageOperation operation, float magnitude) =>
        new(new() { Operations = 1, Choices = [new(operation, Magnitude.Constant(magnitude))] });
}
