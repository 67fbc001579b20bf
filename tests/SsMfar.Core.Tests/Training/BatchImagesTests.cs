using SsMfar.Augmentation;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Training;

/// <summary>A batch's network input is the same whether kernels or tensor operations make it.</summary>
public sealed class BatchImagesTests : IDisposable
{
    private readonly TrainingData _data = TrainingData.Load(
        TinyFaces.Dataset(24), [], new() { Width = 36, Height = 29 }, torch.CPU, new(0), null, CancellationToken.None);

    private readonly PixelNormalization _normalization = new([0.5f, 0.4f, 0.3f], [0.2f, 0.25f, 0.3f], bgr: true);

    public void Dispose() => _data.Dispose();

    public static TheoryData<ViewPreset> Presets => [.. Enum.GetValues<ViewPreset>()];

    [Theory]
    [MemberData(nameof(Presets))]
    public void Kernels_and_tensors_make_the_same_input(ViewPreset preset)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        TrainingViews views = TrainingViews.Of(preset);
        torch.Tensor kernels = Build(views);
        kernels.shape.Should().Equal(14, 3, 29, 36);
        kernels.dtype.Should().Be(torch.ScalarType.Float32);
        kernels.requires_grad.Should().BeFalse();
        ChannelsLast.Holds(kernels).Should().BeTrue();
        foreach (TrainingViews others in new TrainingViews[] {
            new(new Wrapped(views.Weak), views.Strong),
            new(views.Weak, new Wrapped(views.Strong)),
            new(new Wrapped(views.Weak), new Wrapped(views.Strong)) })
        {
            torch.Tensor tensors = Build(others);
            ChannelsLast.Holds(tensors).Should().BeTrue();

            // A thousandth of a grey level, normalised.
            kernels.sub(tensors).abs().max().item<float>().Should().BeLessThan(1e-3f / 255 / 0.2f);
        }
    }

    [Fact]
    public void Strong_views_are_of_the_rows_asked_for_and_may_be_none()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        var still = new TrainingViews(AugmentationPipeline.Of(), AugmentationPipeline.Of());
        torch.Tensor all = Build(still);
        for (int i = 0; i < 4; i++)
        {
            all[10 + i].eq(all[Strong[i]]).all().item<bool>().Should().BeTrue();
        }

        var images = new BatchImages(_data, still, _normalization, torch.CPU);
        torch.Tensor weak = images.Build(Rows, [], RandomKey.FromSeed(1));
        weak.shape.Should().Equal(10, 3, 29, 36);
        weak.eq(all.narrow(0, 0, 10)).all().item<bool>().Should().BeTrue();
    }

    [Fact]
    public void Nothing_but_the_input_outlives_the_call()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        TrainingViews views = TrainingViews.Of(ViewPreset.Rich);
        _ = Build(views);
        scope.DisposablesCount.Should().Be(1);
        _ = Build(new(new Wrapped(views.Weak), new Wrapped(views.Strong)));
        scope.DisposablesCount.Should().Be(2);
    }

    private static int[] Rows => [3, 1, 4, 1, 5, 9, 2, 6, 23, 0];

    private static long[] Strong => [0, 2, 8, 9];

    private torch.Tensor Build(TrainingViews views) =>
        new BatchImages(_data, views, _normalization, torch.CPU).Build(Rows, Strong, RandomKey.FromSeed(5));

    /// <summary>As a user's own view: nothing is known of it but its Apply.</summary>
    private sealed class Wrapped(IAugmentation view) : IAugmentation
    {
        public torch.Tensor Apply(torch.Tensor pixels, RandomKey key) => view.Apply(pixels, key);
    }
}
