using System.Text.Json;
using SsMfar.Campaigns.Models;
using SsMfar.ConsoleApp.Ablation;
using SsMfar.ConsoleApp.Searching;
using SsMfar.Data;
using SsMfar.Metadata;
using SsMfar.Predictions;
using SsMfar.Reports;

namespace SsMfar.Campaigns.Fuzzing.Seeds;

/// <summary>Whole documents of JSON.</summary>
internal static class SeedDocuments
{
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);

    private const string Epoch = "\"losses\":{\"total\":1.5,\"expression\":0.5},\"score\":0.75,\"tasks\":" +
        "{\"expression\":{\"macroF1\":0.25},\"action_units\":{\"meanF1\":0.5}," +
        "\"valence_arousal\":{\"ccc.valence\":0.1,\"ccc.arousal\":null}},\"policy\":" +
        "{\"expression.thresholds\":[0.5,0.75]},\"seconds\":1.25,\"imagesPerSecond\":100";

    /// <summary>The documents of each reader.</summary>
    public static IEnumerable<(string Reader, string[] Texts)> All()
    {
        ModelCard card = new()
        {
            Name = "A model",
            Data = [new("faces", "training", "CC0", 100)],
            IntendedUse = ["trials"],
            Evaluation = Report().ToCardEvaluation(),
        };
        ModelMetadata full = TinyParts.Metadata with
        {
            Card = card, Alignment = FaceTemplate.ArcFace5, Training = new(3, 0.5, 1), LibraryVersion = "0.1.0",
        };
        string report = Report().ToJson();
        return
        [
            ("metadata", [TinyParts.Metadata.ToJson(), full.ToJson()]),
            ("architecture", [new ModelArchitecture(
                new("resnet18"), FeatureProcessing.Paper,
                [new("expression", new PartDescription("mlp").With("inputs", 512))]).ToJson()]),
            ("face-template", [FaceTemplate.ArcFace5.ToJson(), FaceTemplate.BlazeFace6.ToJson()]),
            ("model-card", [card.ToJson()]),
            ("prediction-json", [JsonSerializer.Serialize(Prediction(0)), JsonSerializer.Serialize(new AffectPrediction())]),
            ("history", [$"[{{\"epoch\":1,{Epoch}}},{{\"epoch\":2,{Epoch}}}]"]),
            ("report-card", [report]),
            ("report-predictions", [report]),
            ("run-result", [Result()]),
            ("trials", [JsonSerializer.Serialize(new SearchTrial[]
            {
                new(2, 0.5, 1, [0.5, null], 1.5, null), new(4, null, 0, [], 2, "it diverged"),
            }, Web)]),
        ];
    }

    /// <summary>A prediction of all tasks.</summary>
    public static AffectPrediction Prediction(int number) => new()
    {
        ValenceArousal = new(0.5f, -0.25f),
        Expression = new(ExpressionClassSet.AffWild2, [.. Enumerable.Range(0, 8).Select(i => i == number % 8 ? 0.3f : 0.1f)]),
        ActionUnits = new([.. Enumerable.Repeat(0.25f, 12)], [.. Enumerable.Repeat(0.5f, 12)]),
    };

    private static AnnotationSet Truth { get; } = new(Enumerable.Range(0, 24).Select(i => new AnnotationRow(
        $"{i}.png", new(0.1f * (i % 5), -0.1f * (i % 7)), i % 8,
        ActionUnitLabels.From([.. Enumerable.Range(0, 12).Select(unit => (bool?)((i + unit) % 3 == 0))]))));

    private static SsMfar.Postprocessing.PredictionTable PredictionsOf(AnnotationSet truth) =>
        new(truth.Select((row, i) => (row.Image, Prediction(i))), ExpressionClassSet.AffWild2);

    private static AffectReport Report() =>
        AffectReport.Create(Truth, PredictionsOf(Truth), new() { Bootstrap = new() { Resamples = 20 } });

    private static string Result()
    {
        using Shell.TemporaryFolder folder = new();
        new RunResult
        {
            Seed = 1,
            BestEpoch = 2,
            Expression = 0.25,
            ExpressionF1 = [0.5, 0.25],
            ActionUnits = 0.5,
            ActionUnitF1 = [0.5],
            Valence = 0.1,
            Arousal = null,
            Overall = 0.75,
            Confusion = [1, 2, 3, 4],
            Affect = [[0.5f, 0.25f, 0, 1]],
            Epochs = [new(1.5, 0.5, 0.25, 0.5, null, [0.5], 0.75)],
            Seconds = 12,
            Origin = "a machine",
        }.Save(folder["result.json"]);
        return File.ReadAllText(folder["result.json"]);
    }
}
