using SsMfar.Augmentation;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Tests.Training;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Augmentation;

/// <summary>A batch's network input from the image cache, as every device makes it, against tensor operations on the CPU.</summary>
public sealed class InputTests
{
    private static readonly int[] Rows = [3, 1, 4, 1, 5, 9, 2, 6, 23, 0];
    private static readonly long[] Strong = [0, 2, 8, 9];

    public static TheoryData<string, ViewPreset> Cases => PresentDevices.With(Enum.GetValues<ViewPreset>());

    [Theory]
    [MemberData(nameof(Cases))]
    public void Weak_and_strong_views_of_every_preset_are_those_of_the_CPU(string device, ViewPreset preset)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        TrainingViews views = TrainingViews.Of(preset);

        // On the CPU the presets' views have kernels; wrapped they have tensor operations alone, as on other devices.
        torch.Tensor expected = Make("cpu", new(new Wrapped(views.Weak), new Wrapped(views.Strong)));
        torch.Tensor actual = Make(device, views);

        actual.device_type.Should().Be(torch.device(device).type);
        actual.shape.Should().Equal(14, 3, 29, 36);
        ChannelsLast.Holds(actual).Should().BeTrue();
        actual.requires_grad.Should().BeFalse();

        // A thousandth of a grey level, normalised.
        actual.to(torch.CPU).sub(expected).abs().max().item<float>().Should().BeLessThan(1e-3f / 255 / 0.2f);
    }

    private static torch.Tensor Make(string device, TrainingViews views)
    {
        torch.Device where = torch.device(device);
        using TrainingData data = TrainingData.Load(
            TinyFaces.Dataset(24),
            [],
            new() { Width = 36, Height = 29 },
            where,
            DeviceImageBudget.For(where, null),
            null,
            CancellationToken.None);
        var normalization = new PixelNormalization([0.5f, 0.4f, 0.3f], [0.2f, 0.25f, 0.3f], bgr: true);
        return new BatchImages(data, views, normalization, where).Build(Rows, Strong, RandomKey.FromSeed(5));
    }

    private sealed class Wrapped(IAugmentation view) : IAugmentation
    {
        public torch.Tensor Apply(torch.Tensor pixels, RandomKey key) => view.Apply(pixels, key);
    }
}
