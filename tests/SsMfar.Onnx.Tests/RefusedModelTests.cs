using System.Text.Json.Nodes;
using SsMfar.Export;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Onnx;
using SsMfar.Predictions;
using SsMfar.Weights;

namespace SsMfar.Tests.Onnx;

/// <summary>Files that are no models of SsMfar, or newer, or damaged.</summary>
public sealed class RefusedModelTests(ExportedModel model) : IClassFixture<ExportedModel>
{
    private static readonly (string Key, string Value)[] Good =
    [
        ("format", "ssmfar-onnx"), ("format_version", "1"),
        ("metadata", """{"input":{"width":4,"height":4},"decoders":{"age":{"kind":"number"}}}"""),
    ];

    [Fact]
    public void A_missing_file_and_a_file_that_is_no_model_are_named()
    {
        string garbage = model.PathOf("garbage.onnx");
        File.WriteAllBytes(garbage, [1, 2, 3, 4]);
        string truncated = model.PathOf("truncated.onnx");
        File.WriteAllBytes(truncated, File.ReadAllBytes(model.Onnx)[..100_000]);

        Refusal(model.PathOf("none.onnx")).Should().Contain("none.onnx").And.Contain("no such file");
        Refusal(garbage).Should().Contain("garbage.onnx").And.Contain("ONNX Runtime cannot load it");
        Refusal(truncated).Should().Contain("truncated.onnx").And.Contain("ONNX Runtime cannot load it");
        Refusal(model.Model).Should().Contain("model.safetensors");
    }

    [Fact]
    public void A_small_model_made_by_hand_is_read()
    {
        string file = Write("good.onnx", Good);

        using OnnxAffectPredictor predictor = OnnxAffectPredictor.Load(file);

        predictor.Metadata.Input.Width.Should().Be(4);
        predictor.Metadata.Input.Mean.Should().Be(ImagePreprocessing.ImageNetMean, "what the file lacks keeps its usual value");
        predictor.Predict(new RgbImage(1, 1, new byte[] { 9, 9, 9 })).Custom["age"].Should().Be(9f);
    }

    [Theory]
    [InlineData("format", "another", "lack format = ssmfar-onnx")]
    [InlineData("format_version", "2", "version 2, newer than version 1")]
    [InlineData("format_version", "one", "'one' is no format version")]
    [InlineData("metadata", "{", "cannot be understood")]
    [InlineData("metadata", """{"input":{"width":0}}""", "input size 0x112")]
    [InlineData(
        "metadata",
        """{"input":{"width":5,"height":4}}""",
        "its shape is [-1, 4, 4, 3], but the metadata's input says [-1, 4, 5, 3]")]
    [InlineData("metadata", """{"input":{"resizeFilter":"sinc"}}""", "'sinc' is unknown")]
    [InlineData("metadata", "null", "it is null")]
    [InlineData("metadata", """{"input":{"width":4,"height":100000}}""", "input size 4x100000 must be from 1x1 to 1024x1024")]
    [InlineData("metadata", """{"input":{"width":4,"height":4},"decoders":{"age":null}}""", "decoder of task 'age' is null")]
    [InlineData(
        "metadata",
        """{"input":{"width":4,"height":4},"decoders":{"age":{"kind":"clamped-valence-arousal"}}}""",
        "gives 1 outputs, but its decoder clamped-valence-arousal reads 2")]
    [InlineData(
        "metadata",
        """{"input":{"width":4,"height":4},"expressionClasses":["a","b"],""" +
            """ "decoders":{"expression":{"kind":"softmax-expression","settings":{"classes":"b|a"}}}}""",
        "expression classes are 'a', 'b', but the decoder's are 'b', 'a'")]
    [InlineData(
        "metadata",
        """{"input":{"width":4,"height":4},"decoders":{"action_units":{"kind":"sigmoid-action-units","settings":{"thresholds":"x"}}}}""",
        "decoder of task 'action_units' cannot be made")]
    public void Metadata_that_cannot_be_used_are_refused(string key, string value, string message)
    {
        string file = Write("bad.onnx", [.. Good.Where(pair => pair.Key != key), (key, value)]);

        Refusal(file).Should().Contain("bad.onnx").And.Contain(message);
    }

    [Fact]
    public void Missing_metadata_unusual_inputs_and_missing_outputs_are_refused()
    {
        Refusal(Write("bad.onnx", [])).Should().Contain("lack format");
        Refusal(Write("bad.onnx", Good[..2])).Should().Contain("metadata").And.Contain("lack it");
        Refusal(Write("bad.onnx", Good, input: "x")).Should().Contain("its inputs are x");
        Refusal(Write("bad.onnx", Good, output: "age")).Should().Contain("its outputs are age").And.Contain("TASK.raw");
    }

    [Theory]
    [InlineData(OnnxSchema.ElementType.Float16, OnnxSchema.ElementType.Float32, "'pixels': its elements are Float16, but UInt8 is read")]
    [InlineData(OnnxSchema.ElementType.Float32, OnnxSchema.ElementType.Float32, "'pixels': its elements are Float, but UInt8 is read")]
    [InlineData(OnnxSchema.ElementType.UInt8, OnnxSchema.ElementType.Float16, "'age.raw': its elements are Float16, but Float is read")]
    public void Inputs_and_outputs_that_another_tool_gave_other_types_are_refused_on_loading(int input, int output, string message)
    {
        string file = Write("converted.onnx", Good, inputType: input, outputType: output);

        Refusal(file).Should().Contain("converted.onnx").And.Contain(message).And.Contain("keep the types of inputs and outputs");
    }

    [Fact]
    public void A_decoder_of_ones_own_is_registered_or_an_error_that_names_it()
    {
        var metadata = JsonNode.Parse(Good[2].Value)!;
        metadata["decoders"]!["age"]!["kind"] = "years";
        string file = Write("own.onnx", [.. Good[..2], ("metadata", metadata.ToJsonString())]);

        FluentActions.Invoking(() => OnnxAffectPredictor.Load(file)).Should().Throw<UnknownPartException>().WithMessage("*'years'*");
        using OnnxAffectPredictor predictor = OnnxAffectPredictor.Load(
            file,
            new() { Decoders = TaskDecoders.BuiltIn.With<YearsDecoder>() });
        predictor.Predict(new RgbImage(1, 1, new byte[] { 30, 0, 0 })).Custom["age"].Should().Be("30 years");
    }

    private static string Refusal(string file) =>
        FluentActions.Invoking(() => OnnxAffectPredictor.Load(file)).Should().Throw<ModelFileException>().Which.Message;

    // The largest value of the red plane.
    private string Write(
        string name,
        IEnumerable<(string Key, string Value)> properties,
        string input = "pixels",
        string output = "age.raw",
        int inputType = OnnxSchema.ElementType.UInt8,
        int outputType = OnnxSchema.ElementType.Float32)
    {
        var graph = new OnnxGraph();
        OnnxValue pixels = graph.AddInput(input, inputType, "", "batch", 4, 4, 3);
        OnnxValue numbers = graph.Node("Cast", [pixels], OnnxAttribute.Of("to", 1));
        OnnxValue red = graph.Node("Gather", [numbers, graph.Initializer("red", [0L], 1)], OnnxAttribute.Of("axis", 3));
        OnnxValue largest = graph.Node("ReduceMax", [red], OnnxAttribute.Of("axes", [1, 2]), OnnxAttribute.Of("keepdims", 0));
        graph.Content.Nodes.Add(new("Cast", [largest.Name], [OnnxAttribute.Of("to", outputType)], output));
        graph.Content.AddOutput(output, outputType, "", ["batch", 1]);
        ProtobufMessage message = new ProtobufMessage().Add(OnnxSchema.Model.IrVersion, OnnxSchema.IrVersion)
            .Add(
                OnnxSchema.Model.OperatorSets,
                new ProtobufMessage().Add(OnnxSchema.OperatorSetId.Domain, "").Add(OnnxSchema.OperatorSetId.Version, 17))
            .Add(OnnxSchema.Model.Graph, graph.ToMessage("test"));
        foreach ((string key, string value) in properties)
        {
            message.Add(OnnxSchema.Model.MetadataProperties, new ProtobufMessage().Add(1, key).Add(2, value));
        }

        string file = model.PathOf(name);
        using FileStream stream = File.Create(file);
        message.WriteTo(stream);
        return file;
    }

    private sealed class YearsDecoder : ITaskDecoder<YearsDecoder>
    {
        public static string Kind => "years";

        public static YearsDecoder Create(PartDescription description) => new();

        public object Decode(ReadOnlySpan<float> outputs) => FormattableString.Invariant($"{outputs[0]} years");
    }
}
