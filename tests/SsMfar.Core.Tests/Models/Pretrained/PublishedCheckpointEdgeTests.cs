using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Tasks;
using SsMfar.Tests.Weights.PyTorch;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Tests.Models;

/// <summary>What a checkpoint in the published layout is told from, and what the model made of it says of itself.</summary>
public sealed class PublishedCheckpointEdgeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    private string Path => _folder.File("epoch 3.pth");

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("exp_classifier.weight", true)]
    [InlineData("module.exp_classifier.weight", true)]
    [InlineData("my_exp_classifier.weight", false)]
    [InlineData("exp_classifier.weight.old", false)]
    [InlineData("exp_classifier.bias", false)]
    public void A_checkpoint_is_told_by_its_expression_classifier(string name, bool expected)
    {
        PyTorchForge.Save(Path, new Dictionary<string, torch.Tensor> { [name] = torch.ones(2, 2), ["other"] = torch.ones(1) });
        using WeightFile file = WeightFile.Open(Path);
        PublishedCheckpoint.IsIn(file).Should().Be(expected);
    }

    [Fact]
    public void The_model_is_ready_to_predict_and_says_what_it_is()
    {
        using MultiTaskModel model = Build.Paper(seed: 3);
        PyTorchForge.Save(Path, PublishedLayout.TensorsOf(model, "module."));
        using LoadedModel loaded = PublishedCheckpoint.Load(Path, ChannelOrder.Rgb, imageSize: 96);

        loaded.Model.training.Should().BeFalse();
        loaded.Model.TaskNames.Should().Equal(AffectTaskNames.Expression, AffectTaskNames.ValenceArousal, AffectTaskNames.ActionUnits);
        loaded.Model.Features.Should().BeEquivalentTo(FeatureProcessing.Paper);
        (loaded.Metadata.Input.Width, loaded.Metadata.Input.Height).Should().Be((96, 96));
        loaded.Metadata.Recipe.Should().Be("published");
        loaded.Metadata.Notes["converted-from"].Should().Be("epoch 3.pth");
        loaded.Metadata.ExpressionClasses.Should().Equal(ExpressionClassSet.AffWild2.Names);
        loaded.Metadata.ActionUnits.Should().Equal(ActionUnits.Names);
        loaded.Metadata.Decoders.Keys.Should().BeEquivalentTo(loaded.Model.TaskNames);
        foreach (int size in new[] { 0, 1025 })
        {
            FluentActions.Invoking(() => PublishedCheckpoint.Load(Path, ChannelOrder.Rgb, size))
                .Should().Throw<ArgumentOutOfRangeException>().WithParameterName("imageSize");
        }
    }

    [Theory]
    [InlineData(new long[] { 8 })]
    [InlineData(new long[] { 8, 0 })]
    [InlineData(new long[] { 1, 65536 })]
    public void A_classifier_that_is_no_matrix_of_a_width_that_can_be_is_refused(long[] shape)
    {
        using MultiTaskModel model = Build.Paper(seed: 3);
        Dictionary<string, torch.Tensor> tensors = PublishedLayout.TensorsOf(model, "").ToDictionary();
        tensors["exp_classifier.weight"] = torch.zeros(shape);
        PyTorchForge.Save(Path, tensors);
        FluentActions.Invoking(() => PublishedCheckpoint.Load(Path))
            .Should().Throw<ModelFileException>().WithMessage("*'exp_classifier.weight'*is not ?classes, hidden width]*");
    }

    [Theory]
    [InlineData("exp_classifier.weight", new long[] { 8, 40_000 }, "'exp_fc.0.weight'*[16, 512]*[40000, 512] is needed")]
    [InlineData("va_classifier.weight", new long[] { 2, 40_000 }, "'va_classifier.weight'*[2, 40000]*[2, 16] is needed")]
    [InlineData("au_fc.11.0.weight", new long[] { 400, 512 }, "'au_fc.11.0.weight'*[400, 512]*[16, 512] is needed")]
    [InlineData("au_fc.11.0.bias", new long[] { 17 }, "'au_fc.11.0.bias'*[17]*[16] is needed")]
    public void Heads_are_compared_with_each_other_before_anything_is_made_of_their_width(string name, long[] shape, string problem)
    {
        using MultiTaskModel model = Build.Paper(seed: 3);
        Dictionary<string, torch.Tensor> tensors = PublishedLayout.TensorsOf(model, "").ToDictionary();
        tensors[name] = torch.zeros(shape);

        // What is looked for once the model is made.
        tensors.Remove("base.1.weight").Should().BeTrue();
        PyTorchForge.Save(Path, tensors);

        FluentActions.Invoking(() => PublishedCheckpoint.Load(Path)).Should().Throw<ModelFileException>().WithMessage($"*{problem}*");
    }
}
