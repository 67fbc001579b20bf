using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Training;

/// <summary>How many images are judged at once.</summary>
public sealed class EvaluationBatchTests
{
    [Theory]
    [InlineData(112, 112, 64)]
    [InlineData(224, 224, 64)]
    [InlineData(448, 448, 16)]
    [InlineData(1024, 1024, 3)]
    [InlineData(4096, 4096, 1)]
    public void Of_larger_images_as_many_as_have_the_same_pixels(int height, int width, int images) =>
        EvaluationBatch.Of(height, width).Should().Be(images);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Evaluation_and_features_take_no_more_at_once(bool frozen)
    {
        int most = 0;
        BackboneFactory watched = BackboneFactory.Of(key =>
        {
            TinyBackbone backbone = new(key);
            backbone.register_forward_pre_hook((_, input) =>
            {
                most = Math.Max(most, (int)input.size(0));
                return input;
            });
            return backbone;
        });
        void Configure(TrainingOptions options)
        {
            (options.ImageSize, options.BatchSize, options.Epochs) = (448, 4, 1);
            options.FrozenFeatures = new() { Enabled = frozen, WeakViews = 0, StrongViews = 0 };
        }

        (await Tiny.Builder(Configure).UseBackbone(watched).AllowUnusedOptions().Build()
            .FitAsync(TinyFaces.Dataset(20), TinyFaces.Dataset(20, seed: 2))).Dispose();

        most.Should().Be(EvaluationBatch.Of(448, 448));
    }
}
