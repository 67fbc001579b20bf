using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SsMfar.Predictions;

/// <summary>
/// The JSON of predictions, with reflection and with source generation: <c>{"expression", "expressionProbabilities": {name: p},
/// "valence", "arousal", "actionUnits": ["AU12"], "actionUnitProbabilities": {name: p}, "actionUnitIntensities": {name: 0 to 5},
/// "custom": {name: value}}</c>. Every member but <c>actionUnitIntensities</c>, which models without that task leave out, is
/// always there: null for a task that the model lacks, and <c>custom</c> an empty object. The names do not follow
/// <see cref="JsonSerializerOptions.PropertyNamingPolicy"/>; a number that is not finite is null.
/// </summary>
/// <remarks>
/// A custom prediction is written as a number, text, truth value or array of such; one of another type as the options' type information
/// says, and as its <see cref="object.ToString"/> where they have none. <c>expression</c> is the class that was decided, which for a model
/// with tuned weights need not be the most probable. Reading gives back the built-in tasks; thresholds and weights, which the JSON lacks,
/// become ones that agree with the units that are present and the expression that is named. Custom numbers are read as
/// <see cref="float"/>, arrays of them as immutable arrays, anything but text and truth values as <see cref="JsonElement"/>. Members that
/// are not listed are skipped.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class PredictionJsonConverter : JsonConverterFactory
{
    /// <inheritdoc/>
    public override bool CanConvert(Type typeToConvert) => Create(typeToConvert) is not null;

    /// <inheritdoc/>
    public override JsonConverter? CreateConverter(Type typeToConvert, JsonSerializerOptions options) => Create(typeToConvert);

    private static JsonConverter? Create(Type type) =>
        type == typeof(AffectPrediction) ? new Converter<AffectPrediction>(PredictionJson.WriteMembers, PredictionJson.Read)
        : type == typeof(ExpressionPrediction) ? new Converter<ExpressionPrediction>(
            (writer, value, _) => PredictionJson.WriteExpression(writer, value), PredictionJson.ReadExpression)
        : type == typeof(ActionUnitPrediction) ? new Converter<ActionUnitPrediction>(
            (writer, value, _) => PredictionJson.WriteUnits(writer, value), PredictionJson.ReadUnits)
        : type == typeof(ActionUnitIntensityPrediction) ? new Converter<ActionUnitIntensityPrediction>(
            (writer, value, _) => PredictionJson.WriteIntensities(writer, value), PredictionJson.ReadIntensities)
        : null;

    private sealed class Converter<T>(Action<Utf8JsonWriter, T, JsonSerializerOptions> writeMembers, Func<JsonElement, T?> read)
        : JsonConverter<T>
        where T : class
    {
        public override T? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            using JsonDocument document = JsonDocument.ParseValue(ref reader);
            try
            {
                return read(document.RootElement);
            }
            catch (Exception fault) when (fault is InvalidOperationException or FormatException or ArgumentException)
            {
                throw new JsonException($"The JSON is no prediction: {fault.Message}", fault);
            }
        }

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            writeMembers(writer, value, options);
            writer.WriteEndObject();
        }
    }
}
