using System.Text.Json;
using SsMfar.Export;
using SsMfar.Imaging;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Predictions;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Tasks;
using SsMfar.Tests.Models;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Tests.Export;

/// <summary>Exported files in ONNX Runtime against the model that they were made of.</summary>
public sealed class OnnxExporterTests : IDisposable
{
    private const int Size = 40;

    private static readonly string[] Tasks = [AffectTaskNames.Expression, AffectTaskNames.ActionUnits, AffectTaskNames.ValenceArousal];

    private readonly TemporaryFolder _folder = new();

    private string File => _folder.File("model.onnx");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(BackbonePropertyTests.Backbones), MemberType = typeof(BackbonePropertyTests))]
    public void A_file_computes_what_the_model_computes(string backbone)
    {
        // An odd size, where edges are padded otherwise than at an even one.
        int size = backbone.EndsWith("b2", StringComparison.Ordinal) ? Size + 1 : Size;
        using MultiTaskModel model = OnnxModels.Trained(backbone);
        OnnxExporter.Export(model, OnnxModels.Metadata(size), File, new() { Input = OnnxInput.NormalizedImages });
        using torch.Tensor images = Build.Images(3, size);
        using OnnxRun run = new(File);

        Dictionary<string, float[]> outputs = run.Run(Build.Values(images), 3, 3, size, size);

        outputs.Keys.Should().BeEquivalentTo(Tasks.SelectMany(task => new[] { task, $"{task}.raw" }));
        ShouldEqual(outputs, model, images);
    }

    [Theory]
    [InlineData(ChannelOrder.Rgb)]
    [InlineData(ChannelOrder.Bgr)]
    public void Pixels_are_normalised_in_the_graph_as_a_predictor_normalises_them(ChannelOrder order)
    {
        using MultiTaskModel model = OnnxModels.Trained();
        ModelMetadata metadata = OnnxModels.Metadata(Size, order) with
        {
            Input = new() {
                Width = Size,
                Height = Size - 8,
                ChannelOrder = order,
                Mean = new(0.5f, 0.4f, 0.3f),
                StandardDeviation = new(0.2f, 0.25f, 0.3f) },
        };
        OnnxExporter.Export(model, metadata, File);
        byte[] pixels = OnnxModels.Pixels(2, Size)[..(2 * Size * (Size - 8) * 3)];
        float[] images = new float[pixels.Length];
        for (int i = 0; i < 2; i++)
        {
            metadata.Input.Normalize(
                pixels.AsSpan(i * pixels.Length / 2, pixels.Length / 2),
                images.AsSpan(i * pixels.Length / 2, pixels.Length / 2));
        }

        using OnnxRun run = new(File);
        Dictionary<string, float[]> outputs = run.Run(pixels, 2, Size - 8, Size, 3);

        using torch.Tensor normalised = torch.tensor(images, [2, 3, Size - 8, Size]);
        ShouldEqual(outputs, model, normalised);
    }

    [Fact]
    public void A_tuned_temperature_is_in_the_probabilities_of_the_graph()
    {
        using MultiTaskModel model = OnnxModels.Trained();
        ModelMetadata tuned = OnnxModels.Metadata(Size).WithExpressionDecision(new([1, 2, 3, 4, 5, 6, 7, 8], 0.25));
        OnnxExporter.Export(model, tuned, File);
        using OnnxRun run = new(File);

        Dictionary<string, float[]> outputs = run.Run(OnnxModels.Pixels(2, Size), 2, Size, Size, 3);

        ITaskDecoder decoder = TaskDecoders.BuiltIn.Create(tuned.Decoders[AffectTaskNames.Expression]);
        for (int i = 0; i < 2; i++)
        {
            float[] values = outputs["expression.raw"][(8 * i)..(8 * (i + 1))];
            decoder.Activate(values);
            values.Zip(outputs["expression"][(8 * i)..]).Max(pair => Math.Abs(pair.First - pair.Second)).Should()
                .BeGreaterThan(1e-3f, "the test must see a temperature");
            ((ExpressionPrediction)decoder.Decode(values)).Probabilities.Zip(outputs["expression"][(8 * i)..]).Should()
                .OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-5);
        }

        ModelMetadata.FromJson(run.Session.ModelMetadata.CustomMetadataMap["metadata"]).ExpressionDecision().Should()
            .Be(tuned.ExpressionDecision());
    }

    [Fact]
    public void A_batch_gives_what_single_images_give()
    {
        using MultiTaskModel model = OnnxModels.Trained();
        OnnxExporter.Export(model, OnnxModels.Metadata(Size), File);
        byte[] pixels = OnnxModels.Pixels(9, Size);
        using OnnxRun run = new(File);

        Dictionary<string, float[]> together = run.Run(pixels, 9, Size, Size, 3);

        for (int i = 0; i < 9; i++)
        {
            Dictionary<string, float[]> alone = run.Run(pixels[(i * pixels.Length / 9)..((i + 1) * pixels.Length / 9)], 1, Size, Size, 3);
            foreach ((string name, float[] values) in alone)
            {
                Largest(values, together[name][(i * values.Length)..((i + 1) * values.Length)]).Should().BeLessThan(1e-5, name);
            }
        }
    }

    [Fact]
    public void The_file_says_everything_that_the_model_file_says()
    {
        using MultiTaskModel model = OnnxModels.Trained();
        ModelMetadata metadata = OnnxModels.Metadata(Size);
        OnnxExporter.Export(model, metadata, File);
        using OnnxRun run = new(File);
        ModelMetadata known = run.Session.ModelMetadata is { } m && m.ProducerName == "SsMfar"
            ? ModelMetadata.FromJson(m.CustomMetadataMap["metadata"])
            : throw new InvalidOperationException("no metadata");
        Dictionary<string, string> properties = run.Session.ModelMetadata.CustomMetadataMap;

        known.Should().BeEquivalentTo(metadata with { LibraryVersion = known.LibraryVersion });
        known.LibraryVersion.Should().NotBeNullOrEmpty();
        properties["format"].Should().Be("ssmfar-onnx");
        properties["format_version"].Should().Be("1");
        properties["input"].Should().Be("pixels");
        ModelArchitecture.FromJson(properties["architecture"]).Should()
            .BeEquivalentTo(model.Architecture);
        run.Session.InputMetadata["pixels"].Dimensions.Should().Equal(-1, Size, Size, 3);
        run.Session.InputMetadata["pixels"].SymbolicDimensions[0].Should().Be("batch");
        run.Session.InputMetadata["pixels"].ElementDataType.Should().Be(Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.UInt8);
        run.Session.OutputMetadata["expression"].Dimensions.Should().Equal(-1, 8);
        run.Session.OutputMetadata["action_units.raw"].Dimensions.Should().Equal(-1, 12);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Every_built_in_head_without_normalised_features_and_a_task_of_ones_own(bool normalise)
    {
        var key = RandomKey.FromSeed(2);
        using var model = new MultiTaskModel(new ResNet(18, key), new FeatureProcessing(0.5, normalise), new Dictionary<string, ITaskHead>
        {
            ["linear"] = new LinearHead(512, 3, key.Fold(1)),
            ["mlp"] = new MlpHead(512, 7, 2, key.Fold(2)),
            ["each"] = new PerOutputMlpHead(512, 5, 4, key.Fold(3)),
        });
        model.eval();
        OnnxExporter.Export(
            model, new() { Input = new() { Width = Size, Height = Size } }, File, new() { Input = OnnxInput.NormalizedImages });
        using torch.Tensor images = Build.Images(2, Size);
        using OnnxRun run = new(File);

        Dictionary<string, float[]> outputs = run.Run(Build.Values(images), 2, 3, Size, Size);

        using TaskOutputs expected = Forward(model, images);
        foreach (string task in model.TaskNames)
        {
            float[] values = Build.Values(expected[task]);
            Largest(outputs[$"{task}.raw"], values).Should().BeLessThan(1e-5 * Math.Max(1, values.Max(Math.Abs)), task);
            outputs[task].Should().Equal(outputs[$"{task}.raw"], "nobody said how to read these outputs");
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Parts_of_ones_own_write_themselves(bool pooled)
    {
        var key = RandomKey.FromSeed(2);
        using var model = new MultiTaskModel(new ExportableBackbone(key, pooled), new FeatureProcessing(), new Dictionary<string, ITaskHead>
        {
            ["first"] = new ExportableHead(6, 2, key.Fold(1)),
            ["second"] = new ExportableHead(6, 3, key.Fold(2)),
        });
        model.train();
        OnnxExporter.Export(
            model, new() { Input = new() { Width = Size, Height = Size } }, File, new() { Input = OnnxInput.NormalizedImages });
        model.training.Should().BeTrue("the model stays as it was");
        model.Backbone.Module.training.Should().BeTrue();
        model.eval();
        using torch.Tensor images = Build.Images(2, Size);
        using OnnxRun run = new(File);

        Dictionary<string, float[]> outputs = run.Run(Build.Values(images), 2, 3, Size, Size);

        using TaskOutputs expected = Forward(model, images);
        Largest(outputs["first"], Build.Values(expected["first"])).Should().BeLessThan(1e-5);
        Largest(outputs["second"], Build.Values(expected["second"])).Should().BeLessThan(1e-5);
    }

    [Fact]
    public void A_part_that_is_frozen_in_a_model_in_training_stays_so()
    {
        var key = RandomKey.FromSeed(2);
        using var model = new MultiTaskModel(new ExportableBackbone(key, pooled: true), new FeatureProcessing(), [
            new("first", new ExportableHead(6, 2, key.Fold(1))),
        ]);
        model.train();
        torch.nn.Module norm = model.Backbone.Module.modules().OfType<TorchSharp.Modules.BatchNorm2d>().Single();
        norm.eval();

        OnnxExporter.Export(model, new() { Input = new() { Width = Size, Height = Size } }, File);

        norm.training.Should().BeFalse();
        model.Backbone.Module.training.Should().BeTrue();
    }

    [Theory]
    [InlineData("pixels", OnnxInput.Pixels, OnnxInput.NormalizedImages)]
    [InlineData("images", OnnxInput.NormalizedImages, OnnxInput.Pixels)]
    public void A_task_that_is_called_as_the_input_is_named(string task, OnnxInput taken, OnnxInput free)
    {
        var key = RandomKey.FromSeed(2);
        using var model = new MultiTaskModel(
            new ExportableBackbone(key, pooled: true), new FeatureProcessing(),
            [new(task, new ExportableHead(6, 2, key))]);

        FluentActions.Invoking(() => Export(taken)).Should().Throw<OnnxExportException>()
            .WithMessage($"*task '{task}' is called as the graph's input*another name*");
        Directory.EnumerateFileSystemEntries(_folder.Path).Should().BeEmpty();
        Export(free);
        using OnnxRun run = new(File);
        run.Session.OutputNames.Should().Equal($"{task}.raw", task);

        void Export(OnnxInput input) =>
            OnnxExporter.Export(model, new() { Input = new() { Width = Size, Height = Size } }, File, new() { Input = input });
    }

    [Fact]
    public void Parts_without_an_exporter_are_all_named_and_nothing_is_written()
    {
        var key = RandomKey.FromSeed(2);
        using var model = new MultiTaskModel(new Training.TinyBackbone(key), new FeatureProcessing(), new Dictionary<string, ITaskHead>
        {
            ["plain"] = new LinearHead(24, 2, key),
            ["own"] = new UnexportableHead(24),
        });

        FluentActions.Invoking(() => OnnxExporter.Export(model, OnnxModels.Metadata(Size), File)).Should().Throw<OnnxExportException>()
            .WithMessage("*backbone 'tiny' (TinyBackbone)*head 'unexportable' of task 'own' (UnexportableHead)*Implement IOnnxExportable*");
        Directory.EnumerateFileSystemEntries(_folder.Path).Should().BeEmpty();
    }

    [Fact]
    public void A_head_of_ones_own_that_gives_other_outputs_than_its_decoder_reads_is_refused_and_nothing_is_written()
    {
        var key = RandomKey.FromSeed(2);
        using var model = new MultiTaskModel(new ExportableBackbone(key, pooled: true), new FeatureProcessing(), [
            new(AffectTaskNames.Expression, new ExportableHead(6, 7, key)),
        ]);

        FluentActions.Invoking(() => OnnxExporter.Export(model, OnnxModels.Metadata(Size), File)).Should().Throw<ArgumentException>()
            .WithMessage("*head of task 'expression' gives 7 outputs*decoder softmax-expression reads 8*");
        Directory.EnumerateFileSystemEntries(_folder.Path).Should().BeEmpty();
    }

    [Fact]
    public void A_file_appears_whole_or_not_at_all()
    {
        using MultiTaskModel model = OnnxModels.Trained();
        System.IO.File.WriteAllText(File, "before");
        FluentActions.Invoking(() => OnnxExporter.Export(model, OnnxModels.Metadata(Size), _folder.File("none/model.onnx")))
            .Should().Throw<ModelFileException>().WithMessage("*none/model.onnx*cannot be written*");
        FluentActions.Invoking(() => OnnxExporter.CheckSize(int.MaxValue + 1L)).Should().Throw<OnnxExportException>()
            .WithMessage("*2147483648 bytes*");
        OnnxExporter.CheckSize(int.MaxValue);
        System.IO.File.ReadAllText(File).Should().Be("before");

        OnnxExporter.Export(model, OnnxModels.Metadata(Size), File);
        byte[] first = System.IO.File.ReadAllBytes(File);
        OnnxExporter.Export(model, OnnxModels.Metadata(Size), File);

        System.IO.File.ReadAllBytes(File).Should().Equal(first, "the same model gives the same bytes");
        Directory.EnumerateFileSystemEntries(_folder.Path).Should().Equal(File);
    }

    [UnixFact]
    public void A_model_file_is_not_replaced_by_its_own_export()
    {
        using MultiTaskModel model = OnnxModels.Trained();
        string file = _folder.File("model.safetensors"), link = _folder.File("link.onnx");
        ModelFile.Save(file, model, OnnxModels.Metadata(Size));
        byte[] before = System.IO.File.ReadAllBytes(file);
        System.IO.File.CreateSymbolicLink(link, file);

        foreach (string path in new[] { file, System.IO.Path.Combine(_folder.Path, ".", "model.safetensors"), link })
        {
            FluentActions.Invoking(() => OnnxExporter.Export(file, path)).Should().Throw<ArgumentException>()
                .WithMessage($"'{path}' is the model file itself*Name another file*").WithParameterName("onnxPath");
        }

        System.IO.File.ReadAllBytes(file).Should().Equal(before);
    }

    [Fact]
    public void A_model_file_is_exported_without_more_words()
    {
        using MultiTaskModel model = OnnxModels.Trained();
        ModelFile.Save(_folder.File("model.safetensors"), model, OnnxModels.Metadata(Size));
        OnnxExporter.Export(model, OnnxModels.Metadata(Size), _folder.File("direct.onnx"));

        OnnxExporter.Export(_folder.File("model.safetensors"), File);

        System.IO.File.ReadAllBytes(File).Should().Equal(System.IO.File.ReadAllBytes(_folder.File("direct.onnx")));
    }

    private static void ShouldEqual(Dictionary<string, float[]> outputs, MultiTaskModel model, torch.Tensor images)
    {
        using var scope = torch.NewDisposeScope();
        using TaskOutputs expected = Forward(model, images);
        foreach (string task in Tasks)
        {
            float[] raw = Build.Values(expected[task]);
            Largest(outputs[$"{task}.raw"], raw).Should().BeLessThan(1e-5 * Math.Max(1, raw.Max(Math.Abs)), $"{task}.raw");
        }

        Largest(outputs[AffectTaskNames.Expression], Build.Values(expected[AffectTaskNames.Expression].softmax(1))).Should()
            .BeLessThan(1e-5);
        Largest(outputs[AffectTaskNames.ActionUnits], Build.Values(expected[AffectTaskNames.ActionUnits].sigmoid())).Should()
            .BeLessThan(1e-5);
        torch.Tensor clamped = expected[AffectTaskNames.ValenceArousal].clamp(Scalars.Of(-1), Scalars.Of(1));
        Largest(outputs[AffectTaskNames.ValenceArousal], Build.Values(clamped)).Should()
            .BeLessThan(1e-5);
    }

    private static TaskOutputs Forward(MultiTaskModel model, torch.Tensor images)
    {
        using var noGradient = torch.no_grad();
        return model.call(images);
    }

    private static double Largest(float[] first, float[] second)
    {
        first.Should().HaveSameCount(second);
        return first.Zip(second, (a, b) => Math.Abs(a - (double)b)).Max();
    }
}
