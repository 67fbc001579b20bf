using System.Text.Json.Serialization;
using SsMfar.Data;
using SsMfar.Inference;
using SsMfar.Models;
using SsMfar.Predictions;

namespace SsMfar.WebApi;

/// <summary>What was read in a face; null where the model has no such task.</summary>
internal sealed record FaceReply(
    string? Expression,
    Dictionary<string, float>? ExpressionProbabilities,
    float? Valence,
    float? Arousal,
    string[]? ActionUnits,
    Dictionary<string, float>? ActionUnitProbabilities)
{
    public static FaceReply Of(AffectPrediction face) => new(
        face.Expression?.Name,
        face.Expression?.Classes.Names.Zip(face.Expression.Probabilities).ToDictionary(pair => pair.First, pair => pair.Second),
        face.ValenceArousal?.Valence,
        face.ValenceArousal?.Arousal,
        face.ActionUnits?.Present.Select(unit => unit.ToString()).ToArray(),
        face.ActionUnits is { } units ? Data.ActionUnits.All.ToDictionary(unit => unit.ToString(), units.Probability) : null);
}

/// <summary>What the model says of itself.</summary>
internal sealed record ModelReply(
    int Width,
    int Height,
    IReadOnlyList<string> ExpressionClasses,
    IReadOnlyList<string> ActionUnits,
    string? Recipe)
{
    public static ModelReply Of(ModelMetadata model) =>
        new(model.Input.Width, model.Input.Height, model.ExpressionClasses, model.ActionUnits, model.Recipe);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(FaceReply))]
[JsonSerializable(typeof(ModelReply))]
internal sealed partial class ReplyJson : JsonSerializerContext;
