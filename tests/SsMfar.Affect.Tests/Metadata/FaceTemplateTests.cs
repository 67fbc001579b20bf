using System.Text.Json;
using SsMfar.Metadata;

namespace SsMfar.Tests.Metadata;

/// <summary>How a model's training faces lay, as data in files.</summary>
public sealed class FaceTemplateTests
{
    private const string Eyes =
        """{"name":"eyes","size":64,"margin":0,"points":[{"landmark":"LeftEye","x":0.3,"y":0.4}""" +
        """,{"landmark":"RightEye","x":0.7,"y":0.4}]}""";

    public static TheoryData<string> BuiltIn => [.. FaceTemplate.BuiltIn.Select(template => template.Name)];

    [Theory]
    [MemberData(nameof(BuiltIn))]
    public void The_built_in_ones_are_written_and_read(string name)
    {
        FaceTemplate template = FaceTemplate.Named(name.ToUpperInvariant());

        template.Invoking(one => one.Validate()).Should().NotThrow();
        FaceTemplate.FromJson(template.ToJson()).Should().Be(template);
        (template with { Size = 96 }).Should().NotBe(template);
        (template with { Points = [] }).Equals(template).Should().Be(template.IsBox);
    }

    [Fact]
    public void A_custom_one_is_data()
    {
        FaceTemplate template = FaceTemplate.FromJson(Eyes);

        template.ToJson().Should().Be(Eyes);
        template.ToString().Should().Be("eyes at 64 pixels");
        FaceTemplate.FromJson("""{"name":"box"}""").Should().Be(FaceTemplate.Box with { Margin = 0 }, "what is not said is usual");
        FluentActions.Invoking(() => FaceTemplate.Named("best")).Should().Throw<ArgumentException>()
            .WithMessage("*arcface5, blazeface6, box*");
    }

    [Theory]
    [InlineData("{", "")]
    [InlineData("""{"size":112}""", "name")]
    [InlineData("""{"name":"a","size":4}""", "4 pixels a side")]
    [InlineData("""{"name":"a","margin":3}""", "the margin 3")]
    [InlineData("""{"name":"a","points":[{"landmark":"Nose","x":0.5,"y":0.5}]}""", "at least 2 points")]
    [InlineData("""{"name":"a","points":[{"landmark":"Nose","x":0,"y":0},{"landmark":"Nose","x":1,"y":1}]}""", "a landmark twice")]
    [InlineData("""{"name":"a","points":[{"landmark":"Nose","x":0,"y":0},{"landmark":"LeftEye","x":112,"y":1}]}""", "LeftEye at (112, 1)")]
    [InlineData("""{"name":"a","points":[null]}""", "a point of the alignment is null")]
    [InlineData("""{"name":"a","points":[{"landmark":"Chin","x":0,"y":0}]}""", "")]
    public void Documents_that_cannot_be_used_are_refused(string json, string message) =>
        FluentActions.Invoking(() => FaceTemplate.FromJson(json)).Should().Throw<JsonException>().WithMessage($"*{message}*");

    [Fact]
    public void A_model_keeps_it_and_an_older_model_has_none()
    {
        ModelMetadata metadata = new() { Input = new(), Alignment = FaceTemplate.FromJson(Eyes) };

        ModelMetadata.FromJson(metadata.ToJson()).Should().Be(metadata);
        metadata.ToJson().Should().Contain($"\"alignment\":{Eyes}");
        (metadata with { Alignment = null }).Should().NotBe(metadata);
        (metadata with { Alignment = null }).ToJson().Should().NotContain("alignment", "files of models without one stay as they were");
        FluentActions.Invoking(() => (metadata with { Alignment = FaceTemplate.Box with { Size = 0 } }).Validate()).Should()
            .Throw<ArgumentException>().WithMessage("*'box' has 0 pixels*");
    }
}
