using System.Text.Json.Serialization;
using SsMfar.Metadata;
using SsMfar.Predictions;

namespace SsMfar.WebApi;

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
[JsonSerializable(typeof(AffectPrediction))]
[JsonSerializable(typeof(ModelReply))]
internal sealed partial class ReplyJson : JsonSerializerContext;
