using System.Collections.Immutable;
using System.Text.Json;
using CsCheck;
using SsMfar.Imaging;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Tests.Models;

public sealed class ModelFileTests : IDisposable
{
    private static readonly ModelMetadata Metadata = new()
    {
        Input = new ImagePreprocessing { Width = 96, Height = 64, Mean = new ChannelValues(0.1f, 0.2f, 0.3f) },
        ExpressionClasses = ["Neutral", "Anger", "Happy, or \"glad\" ☺"],
        ActionUnits = ["AU1", "AU2"],
        Decoders = ImmutableSortedDictionary<string, PartDescription>.Empty.Add("age", new PartDescription("years").With("scale", 100)),
        Recipe = "recommended",
        Variant = "ss-mfar",
        Training = new ModelTrainingInfo(7, 1.75, 42),
        Notes = ImmutableSortedDictionary<string, string>.Empty.Add("data", "faces"),
    };

    private readonly TemporaryFolder _folder = new();

    private string Path => _folder.File("model.safetensors");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_loaded_model_computes_what_the_saved_one_computed()
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        using var model = Build.Paper(seed: 21);
        var images = Build.Images(4, 64);
        model.train();
        model.call(images).Dispose();
        model.eval();
        using var expected = model.call(images);

        ModelFile.Save(Path, model, Metadata);
        using var loaded = ModelFile.Load(Path);

        loaded.Model.training.Should().BeFalse();
        loaded.Model.Features.Should().BeEquivalentTo(FeatureProcessing.Paper);
        using var actual = loaded.Model.call(images);
        actual.Names.Should().Equal(expected.Names);
        foreach (string task in actual.Names)
        {
            Build.Difference(actual[task], expected[task]).Should().Be(0, task);
        }
    }

    [Fact]
    public void What_is_said_about_a_model_comes_back()
    {
        using var model = Small();
        ModelFile.Save(Path, model, Metadata);

        using var loaded = ModelFile.Load(Path, SmallParts);
        var (architecture, metadata) = ModelFile.ReadDescription(Path);

        metadata.Should().BeEquivalentTo(loaded.Metadata);
        metadata.LibraryVersion.Should().NotBeNullOrEmpty();
        metadata.Should().BeEquivalentTo(Metadata, options => options.Excluding(m => m.LibraryVersion));
        architecture.Should().BeEquivalentTo(model.Architecture);
    }

    [Fact]
    public void The_text_entries_are_plain_json()
    {
        using var model = Small();
        ModelFile.Save(Path, model, Metadata);

        using var reader = SafetensorsReader.Open(Path);
        reader.Metadata["format"].Should().Be("ssmfar-model");
        reader.Metadata["format_version"].Should().Be("1");
        using var architecture = JsonDocument.Parse(reader.Metadata["architecture"]);
        architecture.RootElement.GetProperty("backbone").GetProperty("kind").GetString().Should().Be("identity");
        architecture.RootElement.GetProperty("features").GetProperty("l2Normalize").GetBoolean().Should().BeTrue();
        var head = architecture.RootElement.GetProperty("heads")[0];
        head.GetProperty("task").GetString().Should().Be("expression");
        head.GetProperty("head").GetProperty("settings").GetProperty("hidden").GetString().Should().Be("4");
        using var metadata = JsonDocument.Parse(reader.Metadata["metadata"]);
        metadata.RootElement.GetProperty("input").GetProperty("channelOrder").GetString().Should().Be("Rgb");
        metadata.RootElement.GetProperty("input").GetProperty("mean").GetProperty("red").GetSingle().Should().Be(0.1f);
        metadata.RootElement.GetProperty("expressionClasses")[2].GetString().Should().Be("Happy, or \"glad\" ☺");
        metadata.RootElement.GetProperty("training").GetProperty("epoch").GetInt32().Should().Be(7);
    }

    [Theory]
    [InlineData("format", null, "no model file*PretrainedWeights*")]
    [InlineData("format", "pt", "no model file*")]
    [InlineData("format_version", "2", "format version 2, newer than version 1*Update SsMfar*")]
    [InlineData("format_version", "0", "'0' is no format version*")]
    [InlineData("format_version", "x", "'x' is no format version*")]
    [InlineData("architecture", null, "lack it*")]
    [InlineData("architecture", "null", "cannot be understood*")]
    [InlineData("architecture", "{}", "cannot be understood*")]
    [InlineData(
        "architecture",
        "{\"backbone\":{\"kind\":\"identity\",\"settings\":{}},\"features\":{\"dropout\":1,\"l2Normalize\":true},\"heads\":[]}",
        "cannot be understood*dropout*")]
    [InlineData(
        "architecture",
        "{\"backbone\":{\"kind\":\"identity\",\"settings\":{}},\"features\":{\"dropout\":0,\"l2Normalize\":true},\"heads\":[]}",
        "no head*")]
    [InlineData("architecture", "{\"backbone\":{\"kind\":\"identity\",\"settings\":{}},\"features\":{\"dropout\":0,\"l2Normalize\":true}," +
        "\"heads\":[{\"task\":\"expression\",\"head\":{\"kind\":\"mlp\",\"settings\":{" +
        "\"inputs\":\"8\",\"hidden\":\"2000000000\",\"outputs\":\"3\"}}}]}", "[4, 8]*[2000000000, 8]*")]
    [InlineData("metadata", "{\"input\":{\"width\":0}}", "input size 0x112*")]
    [InlineData("metadata", "{\"input\":{\"resizeFilter\":\"magic\"}}", "'magic'*")]
    [InlineData("metadata", "{}", "cannot be understood*input*")]
    public void A_file_that_is_no_model_or_a_newer_one_is_refused(string key, string? value, string problem)
    {
        using var model = Small();
        ModelFile.Save(Path, model, Metadata);
        Change(Path, key, value);

        ((Action)(() => ModelFile.Load(Path, SmallParts))).Should().Throw<ModelFileException>().WithMessage($"{Path}*{problem}");
    }

    [Fact]
    public void A_part_that_nobody_registered_is_named_with_the_file()
    {
        using var model = Small();
        ModelFile.Save(Path, model, Metadata);

        ((Action)(() => ModelFile.Load(Path))).Should().Throw<UnknownPartException>().WithMessage($"{Path}*'identity'*resnet18*");
    }

    [Fact]
    public void Missing_and_unexpected_weights_are_named()
    {
        using var model = Small();
        using var extra = torch.ones(1);
        var state = model.state_dict();

        ModelFile.Save(Path, model.Architecture, new Dictionary<string, torch.Tensor>(state) { ["heads.age.x"] = extra }, Metadata);
        Refused("*no place for heads.age.x*");
        state.Remove("heads.expression.output.bias");
        ModelFile.Save(Path, model.Architecture, state, Metadata);
        Refused("*lacks heads.expression.output.bias*");

        void Refused(string message) =>
            ((Action)(() => ModelFile.Load(Path, SmallParts))).Should().Throw<ModelFileException>().WithMessage(message);
    }

    [Fact]
    public void Metadata_that_cannot_be_used_are_refused_on_saving()
    {
        using var model = Small();
        Refused(Metadata with { ExpressionClasses = ["a", "a"] }, "*expression class*'a', 'a'*");
        File.Exists(Path).Should().BeFalse();

        void Refused(ModelMetadata metadata, string message) =>
            ((Action)(() => ModelFile.Save(Path, model, metadata))).Should().Throw<ArgumentException>().WithMessage(message);
    }

    [Fact]
    public void Loading_and_disposing_leaves_no_tensor_behind()
    {
        using (var model = Build.Paper())
        {
            ModelFile.Save(Path, model, Metadata);
        }

        ModelFile.Load(Path).Dispose();
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (int i = 0; i < 3; i++)
        {
            using (var loaded = ModelFile.Load(Path))
            {
                loaded.Model.TaskNames.Should().HaveCount(3);
            }

            DisposeScopeManager.Statistics.ThreadTotalLiveCount.Should().Be(before);
        }
    }

    [Fact]
    public void A_model_file_with_any_damage_loads_or_says_what_is_wrong()
    {
        using var model = Small();
        ModelFile.Save(Path, model, Metadata);
        byte[] good = File.ReadAllBytes(Path);
        string damaged = _folder.File("damaged");

        Gen.Select(Gen.Int[8, good.Length - 1], Gen.Byte).Array[1, 3].Sample(
            changes =>
            {
                byte[] bytes = (byte[])good.Clone();
                foreach (var (position, value) in changes)
                {
                    bytes[position] = value;
                }

                File.WriteAllBytes(damaged, bytes);
                try
                {
                    ModelFile.Load(damaged, SmallParts).Dispose();
                }
                catch (Exception e) when (e is ModelFileException or UnknownPartException)
                {
                    e.Message.Should().StartWith(damaged);
                }
            },
            iter: 1000, threads: 1);
    }

    private static ModelParts SmallParts { get; } = ModelParts.BuiltIn.WithBackbone<MultiTaskModelTests.Identity>();

    private static MultiTaskModel Small() => new(
        new MultiTaskModelTests.Identity(), FeatureProcessing.Paper, [new("expression", new MlpHead(8, 4, 3, RandomKey.FromSeed(2)))]);

    private static void Change(string path, string key, string? value)
    {
        using var scope = torch.NewDisposeScope();
        Dictionary<string, torch.Tensor> tensors;
        Dictionary<string, string> metadata;
        using (var reader = SafetensorsReader.Open(path))
        {
            tensors = reader.Keys.ToDictionary(name => name, reader.Read);
            metadata = new Dictionary<string, string>(reader.Metadata);
        }

        metadata.Remove(key);
        if (value is not null)
        {
            metadata[key] = value;
        }

        SafetensorsWriter.Write(path, tensors, metadata);
    }
}
