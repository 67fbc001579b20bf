using System.Collections.Immutable;
using System.Text.Json;
using SsMfar.Imaging;
using SsMfar.Metadata;

namespace SsMfar.Tests.Metadata;

/// <summary>The JSON documents of model files. The texts are of files that earlier versions wrote, byte for byte.</summary>
public sealed class ModelMetadataJsonTests
{
    private const string Whole =
        """{"input":{"width":112,"height":112,"mean":{"red":0.1,"green":0.25,"blue":1E-07}""" +
        ""","standardDeviation":{"red":0.229,"green":0.224,"blue":0.225}""" +
        ""","channelOrder":"Bgr","resizeFilter":"bilinear-antialiased"},"expressionClasses":["\u00C4rger","b"],"actionUnits":["AU1"]""" +
        ""","decoders":{"action_units":{"kind":"x","settings":{}}""" +
        ""","expression":{"kind":"softmax-expression","settings":{"classes":"a|b\u0022\u00FC\u003C\u003E"}}}""" +
        ""","recipe":"Recommended","variant":null,"training":{"epoch":7,"score":1.75,"seed":42}""" +
        ""","libraryVersion":"0.1.0","notes":{"a":"1","b":"2"}}""";

    private const string Least =
        """{"input":{"width":112,"height":112,"mean":{"red":0.485,"green":0.456,"blue":0.406}""" +
        ""","standardDeviation":{"red":0.229,"green":0.224,"blue":0.225}""" +
        ""","channelOrder":"Rgb","resizeFilter":"bilinear-antialiased"},"expressionClasses":[],"actionUnits":[],"decoders":{}""" +
        ""","recipe":null,"variant":null""" +
        ""","training":null,"libraryVersion":null,"notes":{}}""";

    private const string Architecture =
        """{"backbone":{"kind":"resnet18","settings":{}},"features":{"l2Normalize":true,"dropout":0.5}""" +
        ""","heads":[{"task":"expression","head":{"kind":"mlp","settings":{"hidden":"16","inputs":"512"}}}]}""";

    private static ModelMetadata Full => new()
    {
        Input = new() { Mean = new(0.1f, 0.25f, 1e-7f), ChannelOrder = ChannelOrder.Bgr },
        ExpressionClasses = ["Ärger", "b"],
        ActionUnits = ["AU1"],
        Decoders = ImmutableSortedDictionary<string, PartDescription>.Empty
            .Add("expression", new PartDescription("softmax-expression").With("classes", "a|b\"ü<>")).Add("action_units", new("x")),
        Recipe = "Recommended",
        Training = new(7, 1.75, 42),
        LibraryVersion = "0.1.0",
        Notes = ImmutableSortedDictionary<string, string>.Empty.Add("b", "2").Add("a", "1"),
    };

    [Fact]
    public void Metadata_are_written_as_they_always_were()
    {
        Full.ToJson().Should().Be(Whole);
        new ModelMetadata { Input = new() }.ToJson().Should().Be(Least);
    }

    [Theory]
    [InlineData(Whole)]
    [InlineData(Least)]
    public void Metadata_written_before_are_read(string json)
    {
        ModelMetadata read = ModelMetadata.FromJson(json);

        read.ToJson().Should().Be(json);
        read.Should().Be(json == Whole ? Full : new ModelMetadata { Input = new() });
    }

    [Fact]
    public void An_architecture_is_written_and_read_as_it_always_was()
    {
        ModelArchitecture architecture = new(
            new("resnet18"), new(0.5, true), [new("expression", new PartDescription("mlp").With("inputs", 512).With("hidden", 16))]);

        architecture.ToJson().Should().Be(Architecture);
        ModelArchitecture.FromJson(Architecture).Should().BeEquivalentTo(architecture);
    }

    [Fact]
    public void What_a_document_lacks_keeps_its_usual_value()
    {
        ModelMetadata read = ModelMetadata.FromJson("""{"input":{"width":64,"unknown":1},"decoders":{"age":{"kind":"number"}}}""");

        read.Input.Should().Be(new ImagePreprocessing { Width = 64 });
        read.Decoders["age"].Should().Be(new PartDescription("number"));
        read.Notes.Should().BeEmpty();
    }

    [Theory]
    [InlineData("null", "*it is null*")]
    [InlineData("{", "*")]
    [InlineData("{}", "*input*")]
    [InlineData("""{"input":null}""", "*input*")]
    [InlineData("""{"input":{"width":3000000000}}""", "*width*")]
    [InlineData("""{"input":{},"input":{}}""", "*input*")]
    [InlineData("""{"input":{},"notes":null}""", "*notes*")]
    [InlineData("""{"input":{},"expressionClasses":null}""", "*expressionClasses*")]
    [InlineData("""{"input":{},"decoders":{"age":{}}}""", "*kind*")]
    [InlineData("""{"input":{},"training":{"epoch":1,"seed":2}}""", "*score*")]
    public void Damaged_metadata_are_refused(string json, string message) =>
        FluentActions.Invoking(() => ModelMetadata.FromJson(json)).Should().Throw<JsonException>().WithMessage(message);

    [Theory]
    [InlineData("{}", "*backbone*")]
    [InlineData("""{"backbone":{"kind":"x"},"features":{"dropout":1},"heads":[]}""", "*dropout*")]
    [InlineData("""{"backbone":{"kind":"x"},"features":{},"heads":[null]}""", "*a head is null*")]
    [InlineData("""{"backbone":{"kind":"x"},"features":{},"heads":[{"task":"a"}]}""", "*head*")]
    public void Damaged_architectures_are_refused(string json, string message) =>
        FluentActions.Invoking(() => ModelArchitecture.FromJson(json)).Should().Throw<JsonException>().WithMessage(message);

    [Fact]
    public void Metadata_are_equal_when_all_values_are()
    {
        Full.Should().Be(Full);
        Full.GetHashCode().Should().Be(Full.GetHashCode());
        ModelMetadata[] others =
        [
            Full with { Input = new() }, Full with { ExpressionClasses = ["b", "Ärger"] }, Full with { ActionUnits = [] },
            Full with { Decoders = Full.Decoders.Remove("expression") },
            Full with { Decoders = Full.Decoders.SetItem("expression", new("x")) },
            Full with { Recipe = null }, Full with { Variant = "x" }, Full with { LibraryVersion = null }, Full with { Training = null },
            Full with { Training = new(8, 1.75, 42) }, Full with { Training = new(7, null, 42) }, Full with { Training = new(7, 1.75, 43) },
            Full with { Notes = Full.Notes.SetItem("a", "2") },
        ];
        foreach (ModelMetadata other in others)
        {
            Full.Should().NotBe(other);
        }
    }

    [Fact]
    public void Parts_are_equal_when_kind_and_settings_are()
    {
        PartDescription part = new PartDescription("mlp").With("a", 1).With("b", 2);

        part.Should().Be(new PartDescription("mlp").With("b", 2).With("a", 1));
        part.GetHashCode().Should().Be(new PartDescription("mlp").With("b", 2).With("a", 1).GetHashCode());
        part.Should().NotBe(new PartDescription("mlp").With("b", 2).With("a", 2)).And.NotBe(new PartDescription("mlp").With("a", 1))
            .And.NotBe(new PartDescription("linear").With("a", 1).With("b", 2));
        part.Equals(null).Should().BeFalse();
    }
}
