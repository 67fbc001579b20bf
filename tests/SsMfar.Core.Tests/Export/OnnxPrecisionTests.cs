using FluentAssertions.Specialized;
using Microsoft.ML.OnnxRuntime;
using SsMfar.Export;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Predictions;
using SsMfar.Randomness;
using SsMfar.Tasks;
using SsMfar.Tests.Models;
using SsMfar.Weights;
using TorchSharp;
using ModelMetadata = SsMfar.Metadata.ModelMetadata;
using SsMfar.Runtime;

namespace SsMfar.Tests.Export;

/// <summary>Files in float16 and int8 against the same model's in float32, in ONNX Runtime.</summary>
public sealed class OnnxPrecisionTests : IDisposable
{
    private const int Size = 48;
    private const int Faces = 6;

    private static readonly string[] Tasks = [AffectTaskNames.Expression, AffectTaskNames.ActionUnits, AffectTaskNames.ValenceArousal];

    private readonly TemporaryFolder _folder = new();
    private readonly byte[] _pixels = OnnxModels.Pixels(Faces, Size);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(BackbonePropertyTests.Families), MemberType = typeof(BackbonePropertyTests))]
    public void Both_precisions_compute_nearly_what_float32_does(string backbone)
    {
        using MultiTaskModel model = OnnxModels.Trained(backbone);
        string whole = Export(model, OnnxPrecision.Float32), half = Export(model, OnnxPrecision.Float16);
        string quantized = Export(model, OnnxPrecision.Int8);

        Dictionary<string, float[]> expected = Run(whole);
        ShouldBeNear(Run(half), expected, 0.005);
        ShouldBeNear(Run(quantized), expected, 0.15);

        double Share(string file) => new FileInfo(file).Length / (double)new FileInfo(whole).Length;
        Share(half).Should().BeInRange(0.49, 0.53);
        Share(quantized).Should().BeInRange(0.24, 0.34);
    }

    [Theory]
    [InlineData(OnnxPrecision.Float32, "float32")]
    [InlineData(OnnxPrecision.Float16, "float16")]
    [InlineData(OnnxPrecision.Int8, "int8")]
    public void A_file_says_its_precision_and_has_all_else_as_in_float32(OnnxPrecision precision, string name)
    {
        using MultiTaskModel model = OnnxModels.Trained();
        ModelMetadata tuned = OnnxModels.Metadata(Size).WithExpressionDecision(new([1, 2, 3, 4, 5, 6, 7, 8], 0.25));
        using OnnxRun run = new(Export(model, precision, metadata: tuned));
        using OnnxRun whole = new(Export(model, OnnxPrecision.Float32, "whole.onnx", metadata: tuned));

        Dictionary<string, string> properties = run.Session.ModelMetadata.CustomMetadataMap;
        properties["precision"].Should().Be(name);
        properties.Remove("precision");
        whole.Session.ModelMetadata.CustomMetadataMap.Where(pair => pair.Key != "precision").Should().BeEquivalentTo(properties);
        foreach ((string output, NodeMetadata described) in whole.Session.OutputMetadata)
        {
            run.Session.OutputMetadata[output].Dimensions.Should().Equal(described.Dimensions);
            run.Session.OutputMetadata[output].ElementType.Should().Be<float>();
        }

        run.Session.InputMetadata["pixels"].Dimensions.Should().Equal(-1, Size, Size, 3);
    }

    [Theory]
    [InlineData(OnnxInput.Pixels, ChannelOrder.Bgr)]
    [InlineData(OnnxInput.NormalizedImages, ChannelOrder.Rgb)]
    public void Other_inputs_are_calibrated_too(OnnxInput input, ChannelOrder order)
    {
        using MultiTaskModel model = OnnxModels.Trained();
        ModelMetadata metadata = OnnxModels.Metadata(Size, order);

        ShouldBeNear(
            Run(Export(model, OnnxPrecision.Int8, input: input, metadata: metadata), metadata.Input),
            Run(Export(model, OnnxPrecision.Float32, "whole.onnx", input, metadata), metadata.Input), 0.15);
    }

    [Fact]
    public void An_images_outputs_do_not_depend_on_the_others_and_a_file_not_on_chance()
    {
        using MultiTaskModel model = OnnxModels.Trained();
        string file = Export(model, OnnxPrecision.Int8);
        byte[] first = File.ReadAllBytes(file);
        Dictionary<string, float[]> together = Run(file);
        using OnnxRun run = new(file);
        for (int i = 0; i < Faces; i++)
        {
            byte[] face = _pixels[(i * _pixels.Length / Faces)..((i + 1) * _pixels.Length / Faces)];
            foreach ((string name, float[] alone) in run.Run(face, 1, Size, Size, 3))
            {
                Largest(alone, together[name][(i * alone.Length)..((i + 1) * alone.Length)]).Should().BeLessThan(1e-5, name);
            }
        }

        Export(model, OnnxPrecision.Int8);

        File.ReadAllBytes(file).Should().Equal(first);
    }

    [Fact]
    public void Images_are_taken_at_even_distances_and_each_is_read()
    {
        OnnxCalibrationOptions options = new() { Faces = [.. Enumerable.Range(0, 10).Select(i => Face(i))], MaximumFaces = 4 };
        options.Chosen().Select(face => face.Name).Should().Equal("face 0", "face 2", "face 5", "face 7");
        options.MaximumFaces = 100;
        options.Chosen().Should().Equal(options.Faces);

        // Other images, other steps.
        using MultiTaskModel model = OnnxModels.Trained();
        byte[] first = File.ReadAllBytes(Export(model, OnnxPrecision.Int8));
        OnnxExportOptions black = new() { Precision = OnnxPrecision.Int8 };
        black.Calibration.Faces = [FaceImage.FromPixels(new RgbImage(Size, Size, new byte[Size * Size * 3]))];
        OnnxExporter.Export(model, OnnxModels.Metadata(Size), _folder.File("black.onnx"), black);
        File.ReadAllBytes(_folder.File("black.onnx")).Should().NotEqual(first);
    }

    [Fact]
    public void Convolutions_of_gates_and_last_layers_of_heads_stay_in_floating_point()
    {
        using MultiTaskModel model = OnnxModels.Trained("efficientnet_b0");
        using FileBytes bytes = FileBytes.Open(Export(model, OnnxPrecision.Int8));
        OnnxModel file = OnnxModel.Read(bytes);

        OnnxNode[] convolutions = [.. file.Nodes.Where(node => node.Operator == "Conv")];
        HashSet<string> restored = [.. file.Nodes.Where(node => node.Operator == "DequantizeLinear").SelectMany(node => node.Outputs)];
        OnnxNode[] inFloat = [.. convolutions.Where(node => !restored.Contains(node.Inputs[1]))];
        inFloat.Should().HaveCount(32, "each of 16 gates has two");
        file.Tensors.Values.Count(tensor => tensor.ElementType == OnnxSchema.ElementType.Int8 && tensor.Shape.Length == 4).Should()
            .Be(convolutions.Length - 32);
        file.Tensors.Should().Contain(pair => pair.Key.Contains("action_units.output.weight", StringComparison.Ordinal)
            && pair.Value.ElementType != OnnxSchema.ElementType.Int8);
    }

    [Fact]
    public void ONNX_Runtime_makes_integer_kernels_of_every_convolution_sum_and_large_layer_of_a_resnet()
    {
        using MultiTaskModel model = OnnxModels.Trained();
        string loaded = _folder.File("loaded.onnx");
        using SessionOptions options = new()
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_EXTENDED,
            OptimizedModelFilePath = loaded,
        };
        using InferenceSession session = new(Export(model, OnnxPrecision.Int8), options);

        using FileBytes bytes = FileBytes.Open(loaded);

        // Microsoft's operators have the domain before their names.
        Dictionary<string, int> operators =
            OnnxModel.Read(bytes).Nodes.CountBy(node => node.Operator.Split('.')[^1]).ToDictionary();

        operators.Should().Contain("QLinearConv", 20).And.Contain("QLinearAdd", 8).And.Contain("QGemm", 1).And.NotContainKey("Conv");
    }

    [Fact]
    public void Parts_of_ones_own_are_stored_in_float16_and_ones_own_head_reads_a_quantised_backbone()
    {
        var key = RandomKey.FromSeed(2);
        using var own = new MultiTaskModel(new ExportableBackbone(key, pooled: false), new FeatureProcessing(), Heads(6));
        ModelMetadata metadata = new() { Input = new() { Width = Size, Height = Size } };
        ShouldBeNear(
            Run(Export(own, OnnxPrecision.Float16, metadata: metadata)),
            Run(Export(own, OnnxPrecision.Float32, "whole.onnx", metadata: metadata)), 0.005, least: 0, "own");

        FluentActions.Invoking(() => Export(own, OnnxPrecision.Int8, "never.onnx", metadata: metadata)).Should()
            .Throw<OnnxExportException>().WithMessage("*'exportable' (ExportableBackbone)*only built-in*Int8*Float16*");
        File.Exists(_folder.File("never.onnx")).Should().BeFalse();

        using var head = new MultiTaskModel(new ResNet(18, key), new FeatureProcessing(), Heads(512));
        OnnxModels.Disturb(head, 4);
        head.eval();
        ShouldBeNear(
            Run(Export(head, OnnxPrecision.Int8, metadata: metadata)),
            Run(Export(head, OnnxPrecision.Float32, "whole.onnx", metadata: metadata)), 0.15, least: 1e-9, "own");

        static Dictionary<string, ITaskHead> Heads(int width) => new() { ["own"] = new ExportableHead(width, 4, RandomKey.FromSeed(5)) };
    }

    [Fact]
    public void A_head_may_begin_with_a_node_without_inputs()
    {
        using var model = new MultiTaskModel(
            new ResNet(18, RandomKey.FromSeed(2)),
            new FeatureProcessing(),
            new Dictionary<string, ITaskHead> { ["own"] = new ConstantHead(512) });
        OnnxModels.Disturb(model, 4);
        model.eval();
        ModelMetadata metadata = new() { Input = new() { Width = Size, Height = Size } };

        ShouldBeNear(
            Run(Export(model, OnnxPrecision.Int8, metadata: metadata)),
            Run(Export(model, OnnxPrecision.Float32, "whole.onnx", metadata: metadata)), 0.5, least: 1e-9, "own");
    }

    [Fact]
    public void A_file_that_cannot_be_written_is_told_before_images_are_read()
    {
        using MultiTaskModel model = OnnxModels.Trained();
        OnnxExportOptions options = new() { Precision = OnnxPrecision.Int8 };
        options.Calibration.Faces = [FaceImage.FromBytes(new byte[] { 1, 2, 3 }, name: "broken.jpg")];

        FluentActions.Invoking(() => OnnxExporter.Export(model, OnnxModels.Metadata(Size), _folder.File("none/model.onnx"), options))
            .Should().Throw<ModelFileException>("the broken image was not come to").WithMessage("*none/model.onnx*cannot be written*");
    }

    [Fact]
    public void What_cannot_be_is_said_before_anything_is_written()
    {
        using MultiTaskModel model = OnnxModels.Trained();
        OnnxExportOptions none = new() { Precision = OnnxPrecision.Int8 };
        Refused(model, none).WithMessage("*Int8 needs images*Calibration.Faces*");
        Refused(model, With(OnnxPrecision.Float16)).WithMessage("*6 images*Float16 has no use for*");
        Refused(model, With(OnnxPrecision.Float32)).WithMessage("*6 images*Float32 has no use for*");

        OnnxExportOptions broken = new() { Precision = OnnxPrecision.Int8 };
        broken.Calibration.Faces = [Face(0), FaceImage.FromBytes(new byte[] { 1, 2, 3 }, name: "broken.jpg")];
        Refused(model, broken).WithMessage("1 of 2 images*'broken.jpg'*Leave them out*").WithInnerException<ImageDecodeException>();

        OnnxExportOptions few = With(OnnxPrecision.Int8);
        few.Calibration.MaximumFaces = 0;
        FluentActions.Invoking(() => OnnxExporter.Export(model, OnnxModels.Metadata(Size), _folder.File("never.onnx"), few)).Should()
            .Throw<ArgumentException>();
        FluentActions.Invoking(() => OnnxExporter.Export(
            model, OnnxModels.Metadata(Size), _folder.File("never.onnx"), new() { Precision = (OnnxPrecision)9 })).Should()
            .Throw<ArgumentException>();
        FluentActions.Invoking(() => OnnxExporter.Export(
            model, OnnxModels.Metadata(Size), _folder.File("never.onnx"), new() { Input = (OnnxInput)9 })).Should()
            .Throw<ArgumentException>().WithMessage("There is no such input*");

        using (torch.no_grad())
        {
            model.state_dict().First(pair => pair.Key.EndsWith("layer2.0.conv1.weight", StringComparison.Ordinal)).Value
                .fill_(Scalars.Of(float.NaN));
        }

        Refused(model, With(OnnxPrecision.Int8)).WithMessage("*not finite*");
        Directory.EnumerateFileSystemEntries(_folder.Path).Should().BeEmpty();
    }

    [Fact]
    public void An_output_without_weight_keeps_its_bias_in_a_wide_layer_too()
    {
        using var model = new MultiTaskModel(
            new ResNet(18, RandomKey.FromSeed(2)),
            new FeatureProcessing(),
            new Dictionary<string, ITaskHead> { ["own"] = new MlpHead(512, 1024, 1, RandomKey.FromSeed(3)) });
        using (torch.no_grad())
        {
            Dictionary<string, torch.Tensor> state = model.state_dict();
            foreach ((string name, double value) in new[]
            {
                ("hidden.weight", 0.0), ("hidden.bias", 0.3), ("output.weight", 1 / 1024.0), ("output.bias", 0.0),
            })
            {
                state[$"heads.own.{name}"].fill_(Scalars.Of(value));
            }
        }

        model.eval();
        string file = Export(model, OnnxPrecision.Int8, metadata: new() { Input = new() { Width = Size, Height = Size } });

        Run(file)["own"].Should().HaveCount(Faces).And.OnlyContain(value => Math.Abs(value - 0.3) < 1e-4);
        using FileBytes bytes = FileBytes.Open(file);
        OnnxTensor[] scales = [.. OnnxModel.Read(bytes).Tensors.Where(pair => pair.Key.Contains(".scale", StringComparison.Ordinal))
            .Select(pair => pair.Value)];
        scales.Count(scale => scale.Elements == 1024).Should().Be(2, "the layer's weights and its biases have one an output");
        scales.Should().OnlyContain(scale => scale.ElementType == OnnxSchema.ElementType.Float32);
    }

    private ExceptionAssertions<OnnxExportException> Refused(MultiTaskModel model, OnnxExportOptions options) =>
        FluentActions.Invoking(() => OnnxExporter.Export(model, OnnxModels.Metadata(Size), _folder.File("never.onnx"), options)).Should()
            .Throw<OnnxExportException>();

    private string Export(
        MultiTaskModel model,
        OnnxPrecision precision,
        string? name = null,
        OnnxInput input = OnnxInput.Pixels,
        ModelMetadata? metadata = null)
    {
        string file = _folder.File(name ?? $"{precision}.onnx");
        OnnxExportOptions options = precision == OnnxPrecision.Int8 ? With(precision) : new() { Precision = precision };
        options.Input = input;
        OnnxExporter.Export(model, metadata ?? OnnxModels.Metadata(Size), file, options);
        return file;
    }

    private OnnxExportOptions With(OnnxPrecision precision)
    {
        OnnxExportOptions options = new() { Precision = precision };
        options.Calibration.Faces = [.. Enumerable.Range(0, Faces).Select(Face)];
        return options;
    }

    private FaceImage Face(int index)
    {
        int size = _pixels.Length / Faces, at = index % Faces;
        return FaceImage.FromPixels(new RgbImage(Size, Size, _pixels[(at * size)..((at + 1) * size)]), name: $"face {index}");
    }

    private Dictionary<string, float[]> Run(string file, ImagePreprocessing? input = null)
    {
        using OnnxRun run = new(file);
        if (run.Session.InputNames[0] == "pixels")
        {
            return run.Run(_pixels, Faces, Size, Size, 3);
        }

        float[] images = new float[_pixels.Length];
        int size = _pixels.Length / Faces;
        for (int i = 0; i < Faces; i++)
        {
            input!.Normalize(_pixels.AsSpan(i * size, size), images.AsSpan(i * size, size));
        }

        return run.Run(images, Faces, 3, Size, Size);
    }

    private static void ShouldBeNear(
        Dictionary<string, float[]> actual, Dictionary<string, float[]> expected, double share, double least = 1e-9, params string[] tasks)
    {
        foreach (string task in tasks.Length > 0 ? tasks : Tasks)
        {
            float[] values = expected[$"{task}.raw"];
            double size = Math.Sqrt(values.Average(value => (double)value * value));
            double error = Math.Sqrt(values.Zip(actual[$"{task}.raw"], (a, b) => Math.Pow(a - (double)b, 2)).Average());
            size.Should().BePositive();
            (error / size).Should().BeInRange(least, share, task);
        }
    }

    private static double Largest(float[] first, float[] second) => first.Zip(second, (a, b) => Math.Abs(a - (double)b)).Max();
}
