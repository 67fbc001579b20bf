using System.Collections.Immutable;
using System.Text.Json;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Predictions;

namespace SsMfar.Tests.Predictions;

/// <summary>The one JSON shape of predictions, by reflection and by generated code.</summary>
public sealed class PredictionJsonTests
{
    private const string Absent =
        """{"expression":null,"expressionProbabilities":null,"valence":null,"arousal":null""" +
        ""","actionUnits":null,"actionUnitProbabilities":null,"custom":{}}""";

    private static readonly ExpressionPrediction Happy = new(new ExpressionClassSet("calm", "glad"), [0.07f, 0.93f]);

    private static readonly ActionUnitPrediction Smile = new(
        [0, 0.25f, 0, 0.9f, 0, 0, 0.3f, 0.6f, 0, 0, 0, 0.5f],
        [.. Enumerable.Range(0, 12).Select(unit => unit switch { 6 => 0.2f, 7 => 0.7f, _ => 0.5f })]);

    public static TheoryData<JsonSerializerOptions> Serialisers => new(
        new JsonSerializerOptions(),
        JsonSerializerOptions.Web,
        PredictionContext.Default.Options);

    private static AffectPrediction Whole => new()
    {
        Expression = Happy,
        ValenceArousal = new(0.71f, -0.32f),
        ActionUnits = Smile,
        Custom = ImmutableDictionary<string, object>.Empty.Add("age", 31.5f),
    };

    [Theory]
    [MemberData(nameof(Serialisers))]
    public void A_prediction_names_classes_and_units_and_says_nothing_twice(JsonSerializerOptions options) =>
        JsonSerializer.Serialize(Whole, options).Should().Be(
            """{"expression":"glad","expressionProbabilities":{"calm":0.07,"glad":0.93},"valence":0.71,"arousal":-0.32""" +
            ""","actionUnits":["AU6","AU12"],"actionUnitProbabilities":{"AU1":0,"AU2":0.25,"AU4":0,"AU6":0.9,"AU7":0,"AU10":0""" +
            ""","AU12":0.3,"AU15":0.6,"AU23":0,"AU24":0,"AU25":0,"AU26":0.5},"custom":{"age":31.5}}""");

    [Theory]
    [MemberData(nameof(Serialisers))]
    public void Every_subset_of_tasks_has_the_same_members_with_null_for_what_is_lacking(JsonSerializerOptions options)
    {
        JsonSerializer.Serialize(new AffectPrediction(), options).Should().Be(Absent);
        for (int tasks = 0; tasks < 8; tasks++)
        {
            AffectPrediction part = new()
            {
                Expression = (tasks & 1) == 0 ? null : Happy,
                ValenceArousal = (tasks & 2) == 0 ? null : new(0.5f, 0.25f),
                ActionUnits = (tasks & 4) == 0 ? null : Smile,
            };

            AffectPrediction read = JsonSerializer.Deserialize<AffectPrediction>(JsonSerializer.Serialize(part, options), options)!;

            read.ToString().Should().Be(part.ToString());
            read.Expression?.Probabilities.Should().Equal(Happy.Probabilities);
            read.Expression?.Classes.Should().Be(Happy.Classes);
            read.ValenceArousal.Should().Be(part.ValenceArousal);
            read.ActionUnits?.Probabilities.Should().Equal(Smile.Probabilities);
            read.ActionUnits?.Present.Should().Equal(Smile.Present);
            (read.Expression is null, read.ActionUnits is null).Should().Be((part.Expression is null, part.ActionUnits is null));
        }
    }

    [Theory]
    [MemberData(nameof(Serialisers))]
    public void An_item_is_its_image_its_prediction_and_its_error(JsonSerializerOptions options)
    {
        FaceImage face = FaceImage.FromFile("a.jpg");
        PredictionItem good = PredictionItem.Success(face, new() { Expression = Happy });
        PredictionItem bad = PredictionItem.Failure(face, new ImageDecodeException("a.jpg", "it is empty", "Look."));

        JsonSerializer.Serialize(good, options).Should().Be(
            """{"image":"a.jpg","expression":"glad","expressionProbabilities":{"calm":0.07,"glad":0.93},"valence":null,"arousal":null""" +
            ""","actionUnits":null,"actionUnitProbabilities":null,"custom":{},"error":null}""");
        JsonElement failed = JsonSerializer.SerializeToElement(bad, options);
        failed.GetProperty("error").GetString().Should().Be(bad.Error!.Message);
        failed.EnumerateObject().Where(member => member.Value.ValueKind == JsonValueKind.Null).Should().HaveCount(6);
        JsonSerializer.Deserialize<AffectPrediction>(JsonSerializer.Serialize(good, options), options)!.ToString().Should().Be("glad 0.93");
        FluentActions.Invoking(() => JsonSerializer.Deserialize<PredictionItem>("{}", options)).Should().Throw<NotSupportedException>()
            .WithMessage("*Read a AffectPrediction instead*");
    }

    [Fact]
    public void Parts_alone_serialise_to_their_members()
    {
        JsonSerializer.Serialize(Happy).Should().Be("""{"expression":"glad","expressionProbabilities":{"calm":0.07,"glad":0.93}}""");
        JsonSerializer.Serialize(Smile).Should().StartWith("""{"actionUnits":["AU6","AU12"],"actionUnitProbabilities":{"AU1":0,""");
        JsonSerializer.Deserialize<ExpressionPrediction>(JsonSerializer.Serialize(Happy))!.Name.Should().Be("glad");
        JsonSerializer.Deserialize<ActionUnitPrediction>(JsonSerializer.Serialize(Smile))!.ToString().Should().Be("AU6 AU12");
        JsonSerializer.Deserialize<AffectPrediction>("null").Should().BeNull();
    }

    [Theory]
    [InlineData("text", "\"text\"")]
    [InlineData(31.5f, "31.5")]
    [InlineData(0.1, "0.1")]
    [InlineData(7, "7")]
    [InlineData(byte.MaxValue, "255")]
    [InlineData(ulong.MaxValue, "18446744073709551615")]
    [InlineData(true, "true")]
    [InlineData(float.NaN, "null")]
    [InlineData(double.PositiveInfinity, "null")]
    [InlineData(new[] { 0.1f, float.NaN }, "[0.1,null]")]
    [InlineData(new[] { 0.1, 2 }, "[0.1,2]")]
    [InlineData(new[] { 1, 2 }, "[1,2]")]
    [InlineData(new[] { true, false }, "[true,false]")]
    [InlineData(new[] { "a", "b" }, "[\"a\",\"b\"]")]
    [InlineData('c', "\"c\"")]
    public void Custom_values_are_written_as_what_they_are(object value, string json)
    {
        Written(value, PredictionContext.Default.Options).Should().Be(json);
        Written(value, JsonSerializerOptions.Default).Should().Be(json);
    }

    public static TheoryData<object, string> Lists => new()
    {
        { new sbyte[] { -1, 2 }, "[-1,2]" },
        { new byte[] { 255, 2 }, "[255,2]" },
        { new short[] { -1, 2 }, "[-1,2]" },
        { new ushort[] { 65535, 2 }, "[65535,2]" },
        { new uint[] { 4294967295, 2 }, "[4294967295,2]" },
        { new long[] { long.MinValue, 2 }, "[-9223372036854775808,2]" },
        { new ulong[] { ulong.MaxValue, 2 }, "[18446744073709551615,2]" },
        { new decimal[] { 0.10m, 2 }, "[0.10,2]" },
        { new List<long> { 1, 2 }, "[1,2]" },
        { new List<decimal> { 0.5m }, "[0.5]" },
        { ImmutableArray.Create<uint>(4294967295), "[4294967295]" },
        { new[] { 1, 2 }.Select(number => (short)number), "[1,2]" },
        { new[] { "a", null }, "[\"a\",null]" },
        { Array.Empty<long>(), "[]" },
    };

    [Theory]
    [MemberData(nameof(Lists), DisableDiscoveryEnumeration = true)]
    public void Lists_of_every_kind_of_number_are_written_as_numbers(object values, string json)
    {
        Written(values, PredictionContext.Default.Options).Should().Be(json);
        Written(values, JsonSerializerOptions.Default).Should().Be(json);
    }

    [Fact]
    public void Arrays_that_are_of_no_numbers_are_written_as_their_elements_are()
    {
        Written(new[] { DayOfWeek.Monday }, JsonSerializerOptions.Default).Should().Be("[1]");
        Written(new[] { DayOfWeek.Monday }, PredictionContext.Default.Options).Should().Be("[\"Monday\"]");
        Written(new[] { new[] { 1 } }, JsonSerializerOptions.Default).Should().Be("[[1]]");
    }

    [Fact]
    public void Custom_predictions_of_built_in_decoders_have_their_shape()
    {
        Written(Happy, PredictionContext.Default.Options).Should().Be(JsonSerializer.Serialize(Happy));
        Written(Smile, PredictionContext.Default.Options).Should().Be(JsonSerializer.Serialize(Smile));
        Written(new ValenceArousal(0.1f, 0.2f), PredictionContext.Default.Options).Should().Be("""{"valence":0.1,"arousal":0.2}""");
        Written(ImmutableArray.Create(0.5f), PredictionContext.Default.Options).Should().Be("[0.5]");
        Written(1.5m, PredictionContext.Default.Options).Should().Be("1.5");
    }

    [Fact]
    public void Other_custom_types_are_written_as_the_options_know_them_or_as_text()
    {
        Gaze gaze = new(0.5, 2);

        Written(gaze, JsonSerializerOptions.Web).Should().Be("""{"x":0.5,"y":2}""");
        Written(gaze, PredictionContext.Default.Options).Should().Be(JsonSerializer.Serialize(gaze.ToString()));
        Written(new Pose(3), PredictionContext.Default.Options).Should().Be("""{"Yaw":3}""");
    }

    [Fact]
    public void Custom_values_are_read_as_numbers_text_and_truth()
    {
        AffectPrediction read = JsonSerializer.Deserialize<AffectPrediction>(
            """{"custom":{"age":31.5,"pose":"left","glasses":true,"gaze":[0.1,null],"other":{"a":1}},"image":"ignored"}""")!;

        read.Get<float>("age").Should().Be(31.5f);
        read.Get<string>("pose").Should().Be("left");
        read.Get<bool>("glasses").Should().BeTrue();
        read.Get<ImmutableArray<float>>("gaze").Should().Equal(0.1f, float.NaN);
        read.Get<JsonElement>("other").GetProperty("a").GetInt32().Should().Be(1);
        JsonSerializer.Serialize(read).Should().Contain("\"other\":{\"a\":1}");
    }

    [Theory]
    [InlineData("""{"expression":"glad"}""", "*without 'expressionProbabilities'*")]
    [InlineData("""{"expressionProbabilities":{"a":1}}""", "*at least two classes*")]
    [InlineData("""{"valence":1}""", "*go together*")]
    [InlineData("""{"actionUnits":["AU1"]}""", "*go together*")]
    [InlineData("""{"actionUnits":["AU3"],"actionUnitProbabilities":{"AU1":0.5}}""", "*'AU3' is none of the units AU1*")]
    [InlineData("""{"actionUnits":[],"actionUnitProbabilities":{"AU1":null}}""", "*no number for AU1*")]
    [InlineData("""{"valence":"x","arousal":1}""", "*no prediction*")]
    [InlineData("[]", "*no prediction*")]
    public void What_is_no_prediction_is_refused(string json, string message) =>
        FluentActions.Invoking(() => JsonSerializer.Deserialize<AffectPrediction>(json)).Should().Throw<JsonException>()
            .WithMessage(message);

    [Fact]
    public void Outputs_that_are_not_finite_are_null() =>
        JsonSerializer.Serialize(
            new AffectPrediction { Expression = new(Happy.Classes, [float.NaN, 1]), ValenceArousal = new(float.NaN, 1) })
            .Should().Contain("\"calm\":null").And.Contain("\"valence\":null,\"arousal\":1");

    private static string Written(object value, JsonSerializerOptions options) => JsonSerializer.SerializeToElement(
        new AffectPrediction { Custom = ImmutableDictionary<string, object>.Empty.Add("own", value) }, options)
        .GetProperty("custom").GetProperty("own").GetRawText();

    private sealed record Gaze(double X, double Y);
}
