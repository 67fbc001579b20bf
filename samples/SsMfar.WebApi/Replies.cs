using System.Text.Json.Serialization;
using SsMfar.Faces;
using SsMfar.Inference;
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

/// <summary>The faces of a photograph.</summary>
/// <param name="Width">The upright photograph's pixels across.</param>
/// <param name="Height">Its pixels down.</param>
/// <param name="Faces">The faces, the largest first.</param>
internal sealed record FacesReply(int Width, int Height, IReadOnlyList<FaceReply> Faces)
{
    public static FacesReply Of(PictureResult picture) =>
        new(picture.Width, picture.Height, [.. picture.Faces.Select(face => FaceReply.Of(face))]);
}

/// <summary>A face: its box in pixels of the upright photograph, the detector's score, and what the model reads.</summary>
internal sealed record FaceReply(float X, float Y, float Width, float Height, float Score, AffectPrediction? Prediction, string? Error)
{
    public static FaceReply Of(FaceResult face) => new(
        face.Face.Box.X, face.Face.Box.Y, face.Face.Box.Width, face.Face.Box.Height, face.Face.Score, face.Prediction, Words(face.Error));

    internal const string NoNumbers = "The model gives no numbers for this face.";

    // Messages may name files of the server, which are for its log.
    internal static string? Words(Exception? error) => error switch
    {
        null => null,
        NonFiniteOutputException => NoNumbers,
        _ => "The face cannot be cut out.",
    };
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(AffectPrediction))]
[JsonSerializable(typeof(ModelReply))]
[JsonSerializable(typeof(FacesReply))]
internal sealed partial class ReplyJson : JsonSerializerContext;
