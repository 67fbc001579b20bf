using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization;
using SsMfar.Predictions;

namespace SsMfar.Inference;

/// <summary>
/// The JSON of one of many images: <c>image</c> (its name), the members of the prediction as <see cref="PredictionJsonConverter"/> writes
/// them, and <c>error</c> (a message, or null). Every member is always there. It is written only: an
/// <see cref="AffectPrediction"/> can be read from it.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class PredictionItemJsonConverter : JsonConverter<PredictionItem>
{
    /// <summary>Always throws.</summary>
    /// <exception cref="NotSupportedException">Always: an image cannot be had from its name.</exception>
    public override PredictionItem Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException(
            $"A {nameof(PredictionItem)} cannot be read from JSON, which lacks the image. Read a {nameof(AffectPrediction)} instead.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, PredictionItem value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(value);
        writer.WriteStartObject();
        writer.WriteString("image", value.Name);
        PredictionJson.WriteMembers(writer, value.Prediction, options);
        writer.WriteString("error", value.Error?.Message);
        writer.WriteEndObject();
    }
}
