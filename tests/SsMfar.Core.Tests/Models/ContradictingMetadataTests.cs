using System.Text.Json.Nodes;
using SsMfar.Data;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Predictions;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Tests.Inference;
using SsMfar.Weights;

namespace SsMfar.Tests.Models;

/// <summary>
/// Model files made by hand in which two places say different things of the same outputs, or something that cannot be, are refused on
/// loading.
/// </summary>
public sealed class ContradictingMetadataTests(
    ContradictingMetadataTests.SavedModel saved) : IClassFixture<ContradictingMetadataTests.SavedModel>
{
    private const string Eight = "Neutral|Anger|Disgust|Fear|Happiness|Sadness|Surprise|Other";

    [Theory]
    [InlineData(
        "expressionClasses",
        """["Anger","Neutral","Disgust","Fear","Happiness","Sadness","Surprise","Other"]""",
        "expression classes are 'Anger', 'Neutral'*decoder's are 'Neutral', 'Anger'")]
    [InlineData("expressionClasses", """["Neutral","Anger","Disgust","Fear","Happiness","Sadness","Surprise"]""", "expression classes*")]
    [InlineData("expressionClasses", "[]", "expression classes are none, but the decoder's are 'Neutral'")]
    [InlineData("expressionClasses", "null", "")]
    [InlineData(
        "actionUnits",
        """["AU2","AU1","AU4","AU6","AU7","AU10","AU12","AU15","AU23","AU24","AU25","AU26"]""",
        "action units are 'AU2', 'AU1'")]
    [InlineData("actionUnits", """["AU1","AU2","AU4"]""", "action units*")]
    [InlineData("decoders.expression", "null", "decoder of task 'expression' is null")]
    [InlineData("notes.own", "null", "The note 'own' is null")]
    [InlineData("decoders.expression.settings.classes", "null", "'expression' is null, or has a setting that is")]
    [InlineData("decoders.expression.settings", "{}", "decoder of task 'expression'*lacks the setting 'classes'")]
    [InlineData("decoders.expression.settings.classes", "\"Neutral\"", "at least two classes")]
    [InlineData("decoders.expression.settings.classes", "\"Neutral||Anger\"", "empty name")]
    [InlineData("decoders.action_units.settings.thresholds", "\"0.5 0.5\"", "Expected 12 thresholds")]
    [InlineData("decoders.action_units.settings.thresholds", "\"a b\"", "decoder of task 'action_units'")]
    [InlineData(
        "decoders.action_units.settings.thresholds",
        "\"NaN 0.5 0.5 0.5 0.5 0.5 0.5 0.5 0.5 0.5 0.5 0.5\"",
        "Expected 12 thresholds")]
    [InlineData("input.width", "100000", "input size 100000x48 must be from 1x1 to 1024x1024")]
    [InlineData("input.height", "1025", "input size 48x1025")]
    [InlineData("input.width", "-3", "input size -3x48")]
    [InlineData("input.width", "3000000000", "cannot be understood")]
    [InlineData("input", "null", "cannot be understood")]
    public void Metadata_are_refused(string path, string value, string problem)
    {
        string file = saved.Change("metadata", document => Set(document, path, JsonNode.Parse(value)));

        Refused(file, problem);
    }

    [Fact]
    public void A_class_list_that_both_places_agree_on_is_compared_with_the_head()
    {
        string file = saved.Change("metadata", document =>
        {
            document["expressionClasses"] = new JsonArray([.. Eight.Split('|')[..7].Select(name => (JsonNode)name)]);
            Set(document, "decoders.expression.settings.classes", Eight[..Eight.LastIndexOf('|')]);
        });

        Refused(file, "The head of task 'expression' gives 8 outputs, but its decoder softmax-expression reads 7");
    }

    [Fact]
    public void A_decoder_that_is_null_is_not_saved()
    {
        using LoadedModel loaded = ModelFile.Load(saved.PathOf("sound.safetensors"));
        string file = saved.PathOf("null-decoder.safetensors");
        ModelMetadata metadata = loaded.Metadata with { Decoders = loaded.Metadata.Decoders.SetItem("expression", null!) };

        Action save = () => ModelFile.Save(file, loaded.Model, metadata);

        save.Should().Throw<ArgumentException>().WithMessage("*'expression' is null*");
        File.Exists(file).Should().BeFalse();
    }

    [Fact]
    public void A_decoder_of_another_task_is_compared_with_the_head()
    {
        Refused(
            saved.Change(
                "metadata",
                document => document["decoders"]!["valence_arousal"] = JsonNode.Parse("""{"kind":"number","settings":{}}""")),
            "The head of task 'valence_arousal' gives 2 outputs, but its decoder number reads 1");
        Refused(
            saved.Change(
                "metadata",
                document => document["decoders"]!["action_units"] = JsonNode.Parse("""{"kind":"clamped-valence-arousal","settings":{}}""")),
            "The head of task 'action_units' gives 12 outputs, but its decoder clamped-valence-arousal reads 2");
    }

    [Fact]
    public void A_head_for_another_backbone_is_refused()
    {
        var key = RandomKey.FromSeed(1);
        using var model = new MultiTaskModel(
            new ResNet(18, key), FeatureProcessing.Paper, [new("expression", new MlpHead(2048, 4, 8, key))]);
        string file = saved.PathOf("head.safetensors");
        const string Misfit = "The head of task 'expression' takes 2048 features, but resnet18 gives 512.";

        model.Invoking(m => ModelFile.Save(file, m, PaperModel.Metadata())).Should().Throw<ArgumentException>().WithMessage($"{Misfit}*");
        File.Exists(file).Should().BeFalse();
        ModelFile.Save(file, model.Architecture, model.state_dict(), PaperModel.Metadata());

        Refused(file, $"'architecture'*{Misfit}");
    }

    [Theory]
    [InlineData("heads", "null")]
    [InlineData("heads", "[null]")]
    [InlineData("backbone", "null")]
    [InlineData("features", "null")]
    public void An_architecture_of_nothing_is_refused(string key, string value) =>
        Refused(saved.Change("architecture", document => document[key] = JsonNode.Parse(value)), "");

    [Fact]
    public void What_contradicts_itself_is_not_saved_either()
    {
        using MultiTaskModel model = Build.Paper();
        string file = saved.PathOf("unsaved.safetensors");

        model.Invoking(m => ModelFile.Save(file, m, PaperModel.Metadata() with { ExpressionClasses = ["a", "b"] }))
            .Should().Throw<ArgumentException>().WithMessage("*'a', 'b'*decoder's*");
        model.Invoking(m => ModelFile.Save(file, m, Seven())).Should().Throw<ArgumentException>().WithMessage("*gives 8 outputs*reads 7*");
        File.Exists(file).Should().BeFalse();

        static ModelMetadata Seven()
        {
            ExpressionClassSet seven = new(Eight.Split('|')[..7]);
            ModelMetadata metadata = PaperModel.Metadata();
            return metadata with { ExpressionClasses = [.. seven.Names], Decoders = metadata.Decoders.SetItem("expression",
                new ExpressionDecoder(seven).Description) };
        }
    }

    private static void Refused(string file, string problem)
    {
        foreach (Action load in new Action[] { () => ModelFile.Load(file).Dispose(), () =>
            AffectPredictor.Load(file, new() { Device = ComputeDevice.Cpu }).Dispose() })
        {
            load.Should().Throw<ModelFileException>().WithMessage($"{file}: *{problem}*");
        }
    }

    private static void Set(JsonObject document, string path, JsonNode? value)
    {
        string[] steps = path.Split('.');
        JsonNode node = document;
        foreach (string step in steps[..^1])
        {
            node = node[step]!;
        }

        node[steps[^1]] = value;
    }

    /// <summary>A sound model file, made once.</summary>
    public sealed class SavedModel : IDisposable
    {
        private readonly TemporaryFolder _folder = new();
        private int _copies;

        public SavedModel() => PaperModel.Save(PathOf("sound.safetensors"));

        public void Dispose() => _folder.Dispose();

        internal string PathOf(string name) => _folder.File(name);

        internal string Change(string key, Action<JsonObject> change) =>
            ChangedModel.Text(PathOf("sound.safetensors"), PathOf($"changed{_copies++}.safetensors"), key, change);
    }
}
