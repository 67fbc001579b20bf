using SsMfar.Imaging;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Tasks;
using SsMfar.Tests.Weights.PyTorch;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Tests.Models;

/// <summary>A checkpoint in the published layout becomes the model that it is.</summary>
public sealed class PublishedCheckpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    private string Path => _folder.File("best.pth");

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("state_dict.module.", 18)]
    [InlineData("", 50)]
    public void Backbone_and_heads_are_those_of_the_checkpoint(string prefix, int depth)
    {
        using var model = Build.Paper(seed: 3, depth);
        PyTorchForge.Save(Path, PublishedLayout.TensorsOf(model, prefix));
        using var noGradient = torch.no_grad();
        var images = Build.Images(2, 64);

        using var loaded = PublishedCheckpoint.Load(Path, ChannelOrder.Rgb);
        using var expected = model.call(images);
        using var actual = loaded.Model.call(images);

        foreach (string task in model.TaskNames)
        {
            Build.Difference(actual[task], expected[task]).Should().Be(0, task);
        }
    }

    [Fact]
    public void The_published_bgr_is_folded_and_the_model_file_predicts_alone()
    {
        using var model = Build.Paper(seed: 3);
        PyTorchForge.Save(Path, PublishedLayout.TensorsOf(model, "state_dict.module."));
        using var noGradient = torch.no_grad();
        var images = Build.Images(2, 64);

        using (var loaded = PublishedCheckpoint.Load(Path))
        {
            loaded.Metadata.Input.Width.Should().Be(224);
            loaded.Metadata.Input.ChannelOrder.Should().Be(ChannelOrder.Rgb);
            loaded.Metadata.Input.Mean.Should().Be(new ChannelValues(0.406f, 0.456f, 0.485f));
            loaded.Metadata.Notes.Should().Contain("converted-from", "best.pth");
            ModelFile.Save(_folder.File("model.safetensors"), loaded.Model, loaded.Metadata);
        }

        using var again = ModelFile.Load(_folder.File("model.safetensors"));
        using var actual = again.Model.call(images);
        using var expected = model.call(images.flip(1));
        Build.Difference(actual[AffectTaskNames.Expression], expected[AffectTaskNames.Expression]).Should().BeLessThan(1e-5);
        again.Metadata.Decoders.Should()
            .ContainKeys(AffectTaskNames.Expression, AffectTaskNames.ValenceArousal, AffectTaskNames.ActionUnits);
        using var predictor = SsMfar.Inference.AffectPredictor.Load(_folder.File("model.safetensors"));
        predictor.Metadata.ExpressionClasses.Should().HaveCount(8);
    }

    [Fact]
    public void What_is_missing_or_of_another_shape_is_named()
    {
        using var model = Build.Paper(seed: 3);
        var tensors = PublishedLayout.TensorsOf(model, "module.").ToDictionary();
        Refused(tensors.Where(pair => pair.Key != "module.au_fc.7.0.bias"), "*'module.au_fc.7.0.bias'*no such tensor*");
        Refused(
            tensors.Where(pair => pair.Key != "module.exp_classifier.weight"),
            "*exp_classifier.weight*no checkpoint of the published*PretrainedWeights.FromFile*");
        Refused(
            tensors.Where(pair => !pair.Key.StartsWith("module.base.7.1", StringComparison.Ordinal)), "*lacks module.base.7.1.bn1.bias*");
        Refused(tensors.Concat(tensors.Select(pair => KeyValuePair.Create("x." + pair.Key, pair.Value))), "*several models*");
        tensors["module.exp_classifier.weight"] = torch.ones(7, 16);
        Refused(tensors, "*'module.exp_classifier.weight'*[7, 16]*[8, 16] is needed*");

        void Refused(IEnumerable<KeyValuePair<string, torch.Tensor>> content, string message)
        {
            PyTorchForge.Save(Path, content);
            ((Action)(() => PublishedCheckpoint.Load(Path))).Should().Throw<ModelFileException>().WithMessage(Path + message);
        }
    }

    [Fact]
    public void Its_backbone_alone_can_start_a_training()
    {
        using var model = Build.Paper(seed: 3);
        PyTorchForge.Save(Path, PublishedLayout.TensorsOf(model, "state_dict.module."));
        using var network = new ResNet(18, SsMfar.Randomness.RandomKey.FromSeed(9));

        var report = PretrainedWeights.FromPyTorch(Path, ChannelOrder.Bgr).LoadInto(network);

        report.Prefix.Should().Be("state_dict.module.base.");
        report.IsComplete.Should().BeTrue();
        report.Unexpected.Should().HaveCount(34).And.OnlyContain(name => !name.Contains(".base.", StringComparison.Ordinal));
    }
}
