using System.Text;
using System.Text.Json;
using SsMfar.Data;
using SsMfar.Metadata;
using SsMfar.Predictions;
using SsMfar.Reports;
using SsMfar.Training;

namespace SsMfar.Campaigns.Fuzzing.Readers;

/// <summary>Documents of JSON.</summary>
internal static class DocumentReaders
{
    private static readonly Type[] Json = [typeof(JsonException)];
    private static readonly Type[] Report = [typeof(InvalidDataException), typeof(AnnotationFormatException)];

    public static string[] Names { get; } =
    [
        "metadata", "architecture", "face-template", "model-card", "prediction-json", "search-space", "history", "report-card",
        "report-predictions",
    ];

    public static FuzzReader? Of(string name, FileReading file) => name switch
    {
        "metadata" => Text(name, [.. Json, typeof(ArgumentException)], json =>
        {
            ModelMetadata metadata = ModelMetadata.FromJson(json);
            metadata.Validate();
            _ = metadata.ToJson();
            _ = metadata.GetHashCode();
            _ = metadata.ExpressionDecision();
            _ = metadata.Units();
            _ = metadata.IntensityUnits();
        }),
        "architecture" => Text(name, Json, json => ModelArchitecture.FromJson(json).ToJson()),
        "face-template" => Text(name, Json, json => FaceTemplate.FromJson(json).ToJson()),
        "model-card" => Text(name, Json, json =>
        {
            ModelCard card = ModelCard.FromJson(json);
            _ = card.ToJson();
            _ = card.ToMarkdown();
        }),
        "prediction-json" => Text(name, Json, json =>
        {
            AffectPrediction? prediction = JsonSerializer.Deserialize<AffectPrediction>(json);
            _ = prediction?.ToString();
            _ = JsonSerializer.Serialize(prediction);
        }),
        "search-space" => Text(name, [typeof(SearchSpaceException)], text => SearchSpace.Parse(text)),
        "history" => File(name, Report, file.Of(path => LearningCurves.ReadHistory(path))),
        "report-card" => File(name, Report, file.Of(path => AffectReport.ReadCardEvaluation(path))),
        "report-predictions" => File(name, Report, file.Of(path => AffectReport.ReadPredictions(path, ExpressionClassSet.AffWild2))),
        _ => null,
    };

    private static FuzzReader Text(string name, Type[] refusals, Action<string> read) =>
        File(name, refusals, bytes => read(Encoding.UTF8.GetString(bytes)));

    private static FuzzReader File(string name, Type[] refusals, Action<byte[]> read) =>
        new() { Name = name, Refusals = refusals, Read = read, IsText = true };
}
