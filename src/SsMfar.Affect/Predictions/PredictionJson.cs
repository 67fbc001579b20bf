using System.Collections;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using SsMfar.Data;

namespace SsMfar.Predictions;

/// <summary>Writes and reads the members of predictions as JSON, as <see cref="PredictionJsonConverter"/> describes them.</summary>
internal static class PredictionJson
{
    private const string Expression = "expression";
    private const string ExpressionProbabilities = "expressionProbabilities";
    private const string Valence = "valence";
    private const string Arousal = "arousal";
    private const string Units = "actionUnits";
    private const string UnitProbabilities = "actionUnitProbabilities";
    private const string Intensities = "actionUnitIntensities";
    private const string Custom = "custom";

    /// <summary>Writes the members of an object that the caller opens and closes; null in each of a prediction that is null.</summary>
    public static void WriteMembers(Utf8JsonWriter writer, AffectPrediction? prediction, JsonSerializerOptions options)
    {
        WriteExpression(writer, prediction?.Expression);
        WriteNumber(writer, Valence, prediction?.Valence);
        WriteNumber(writer, Arousal, prediction?.Arousal);
        WriteUnits(writer, prediction?.ActionUnits);

        // Without the task there is no such member, as before there was the task.
        if (prediction?.ActionUnitIntensities is { } intensities)
        {
            WriteIntensities(writer, intensities);
        }

        writer.WriteStartObject(Custom);
        foreach ((string task, object value) in (prediction?.Custom ?? []).OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            writer.WritePropertyName(task);
            WriteValue(writer, value, options);
        }

        writer.WriteEndObject();
    }

    public static void WriteExpression(Utf8JsonWriter writer, ExpressionPrediction? expression)
    {
        writer.WriteString(Expression, expression?.Name);
        WriteProbabilities(writer, ExpressionProbabilities, expression?.Classes.Names, expression?.Probabilities);
    }

    public static void WriteUnits(Utf8JsonWriter writer, ActionUnitPrediction? units)
    {
        writer.WritePropertyName(Units);
        if (units is null)
        {
            writer.WriteNullValue();
        }
        else
        {
            writer.WriteStartArray();
            foreach (ActionUnit unit in units.Present)
            {
                writer.WriteStringValue(ActionUnits.NameOf(unit));
            }

            writer.WriteEndArray();
        }

        WriteProbabilities(writer, UnitProbabilities, units?.Units.Names, units?.Probabilities);
    }

    public static void WriteIntensities(Utf8JsonWriter writer, ActionUnitIntensityPrediction intensities) =>
        WriteProbabilities(writer, Intensities, intensities.Units.Names, intensities.Values);

    /// <exception cref="ArgumentException">A value contradicts another, or cannot be used.</exception>
    /// <exception cref="InvalidOperationException">A value is of another kind.</exception>
    public static AffectPrediction? Read(JsonElement json) => json.ValueKind == JsonValueKind.Null ? null : new()
    {
        Expression = ReadExpression(json),
        ValenceArousal = (Find(json, Valence), Find(json, Arousal)) switch
        {
            ({ } valence, { } arousal) => new(valence.GetSingle(), arousal.GetSingle()),
            (null, null) => null,
            _ => throw new ArgumentException($"'{Valence}' and '{Arousal}' go together; one of them is missing."),
        },
        ActionUnits = ReadUnits(json),
        ActionUnitIntensities = ReadIntensities(json),
        Custom = Find(json, Custom) is { } custom
            ? custom.EnumerateObject().ToImmutableDictionary(task => task.Name, task => ReadValue(task.Value))
            : ImmutableDictionary<string, object>.Empty,
    };

    public static ExpressionPrediction? ReadExpression(JsonElement json)
    {
        if (Find(json, ExpressionProbabilities) is not { } probabilities)
        {
            return Find(json, Expression) is null ? null
                : throw new ArgumentException($"'{Expression}' is given without '{ExpressionProbabilities}'.");
        }

        JsonProperty[] classes = [.. probabilities.EnumerateObject()];
        ExpressionClassSet names = new(classes.Select(entry => entry.Name));
        ImmutableArray<float> values = [.. classes.Select(entry => Number(entry.Value))];
        return new(names, values, Find(json, Expression) is { } decided ? Decision(names, values, decided.GetString()!) : null);
    }

    public static ActionUnitPrediction? ReadUnits(JsonElement json)
    {
        JsonElement? present = Find(json, Units), probabilities = Find(json, UnitProbabilities);
        if (present is null && probabilities is null)
        {
            return null;
        }

        if (present is null || probabilities is null)
        {
            throw new ArgumentException($"'{Units}' and '{UnitProbabilities}' go together; one of them is missing.");
        }

        HashSet<string?> names = [.. present.Value.EnumerateArray().Select(name => name.GetString())];
        ActionUnitSet units = ActionUnitSet.Parse(probabilities.Value.EnumerateObject().Select(entry => entry.Name));
        if (names.FirstOrDefault(name => !units.Names.Contains(name!)) is { } unknown)
        {
            throw new ArgumentException($"'{unknown}' is none of the units {units}, which '{UnitProbabilities}' has.");
        }

        ImmutableArray<float> values = [.. units.Names.Select(name => Find(probabilities.Value, name) is { } value
            ? value.GetSingle() : throw new ArgumentException($"'{UnitProbabilities}' has no number for {name}."))];
        return new(values, [.. values.Select((value, i) => Threshold(value, names.Contains(units.Names[i])))], units);
    }

    public static ActionUnitIntensityPrediction? ReadIntensities(JsonElement json)
    {
        if (Find(json, Intensities) is not { } intensities)
        {
            return null;
        }

        ActionUnitSet units = ActionUnitSet.Parse(intensities.EnumerateObject().Select(entry => entry.Name));
        return new(
            [
                .. units.Names.Select(name => Find(intensities, name) is { } value
                    ? value.GetSingle() : throw new ArgumentException($"'{Intensities}' has no number for {name}.")),
            ],
            units);
    }

    // Weights of classes are not written: none where the most probable is named, else ones that agree.
    private static ExpressionDecision Decision(ExpressionClassSet classes, ImmutableArray<float> probabilities, string decided) =>
        classes.IndexOf(decided) is >= 0 and int index
            ? ExpressionDecision.Agreeing(probabilities, index)
            : throw new ArgumentException($"'{Expression}' is '{decided}', which is none of the classes {classes}.");

    // Thresholds are not written: 0.5 where that agrees with what was decided, else the nearest one that does.
    private static float Threshold(float probability, bool present) =>
        probability > 0.5f == present ? 0.5f : present ? MathF.BitDecrement(probability) : probability;

    private static void WriteProbabilities(
        Utf8JsonWriter writer, string member, IEnumerable<string>? names, ImmutableArray<float>? probabilities)
    {
        if (names is null || probabilities is not { } values)
        {
            writer.WriteNull(member);
            return;
        }

        writer.WriteStartObject(member);
        foreach ((string name, float value) in names.Zip(values))
        {
            WriteNumber(writer, name, value);
        }

        writer.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter writer, string member, float? value)
    {
        writer.WritePropertyName(member);
        WriteSingle(writer, value ?? float.NaN);
    }

    // JSON has no NaN and no infinity. Of a float the shortest text is written, which a double's would not be.
    private static void WriteSingle(Utf8JsonWriter writer, float value)
    {
        if (float.IsFinite(value))
        {
            writer.WriteNumberValue(value);
        }
        else
        {
            writer.WriteNullValue();
        }
    }

    private static void WriteDouble(Utf8JsonWriter writer, double value)
    {
        if (double.IsFinite(value))
        {
            writer.WriteNumberValue(value);
        }
        else
        {
            writer.WriteNullValue();
        }
    }

    private static void WriteValue(Utf8JsonWriter writer, object? value, JsonSerializerOptions options)
    {
        switch (value)
        {
            case null: writer.WriteNullValue(); break;
            case string text: writer.WriteStringValue(text); break;
            case bool truth: writer.WriteBooleanValue(truth); break;
            case float number: WriteSingle(writer, number); break;
            case double number: WriteDouble(writer, number); break;
            case decimal number: writer.WriteNumberValue(number); break;
            case byte or sbyte or short or ushort or int or uint or long: writer.WriteNumberValue(Integer(value)); break;
            case ulong number: writer.WriteNumberValue(number); break;
            case JsonElement element: element.WriteTo(writer); break;
            case Array { Rank: 1 } values when IsSimple(values.GetType().GetElementType()!):
                WriteArray(writer, values, options);
                break;
            case not Array and (IEnumerable<string> or IEnumerable<bool> or IEnumerable<float> or IEnumerable<double>
                or IEnumerable<decimal> or IEnumerable<byte> or IEnumerable<sbyte> or IEnumerable<short> or IEnumerable<ushort>
                or IEnumerable<int> or IEnumerable<uint> or IEnumerable<long> or IEnumerable<ulong>):
                WriteArray(writer, (IEnumerable)value, options);
                break;
            default: WriteOther(writer, value, options); break;
        }
    }

    private static void WriteOther(Utf8JsonWriter writer, object value, JsonSerializerOptions options)
    {
        switch (value)
        {
            case ExpressionPrediction expression:
                writer.WriteStartObject();
                WriteExpression(writer, expression);
                writer.WriteEndObject();
                break;
            case ActionUnitPrediction units:
                writer.WriteStartObject();
                WriteUnits(writer, units);
                writer.WriteEndObject();
                break;
            case ValenceArousal affect:
                writer.WriteStartObject();
                WriteNumber(writer, Valence, affect.Valence);
                WriteNumber(writer, Arousal, affect.Arousal);
                writer.WriteEndObject();
                break;
            default:
                if (options.TryGetTypeInfo(value.GetType(), out JsonTypeInfo? info))
                {
                    JsonSerializer.Serialize(writer, value, info);
                }
                else
                {
                    writer.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture));
                }

                break;
        }
    }

    private static long Integer(object value) => Convert.ToInt64(value, CultureInfo.InvariantCulture);

    // Text, truth values and numbers. Of arrays the element's type itself is asked: an array of uint is an IEnumerable<int> as well.
    private static bool IsSimple(Type element) =>
        Type.GetTypeCode(element) is TypeCode.String or TypeCode.Boolean or (>= TypeCode.SByte and <= TypeCode.Decimal);

    private static void WriteArray(Utf8JsonWriter writer, IEnumerable values, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (object? value in values)
        {
            WriteValue(writer, value, options);
        }

        writer.WriteEndArray();
    }

    private static object ReadValue(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => json.GetString()!,
        JsonValueKind.True or JsonValueKind.False => json.GetBoolean(),
        JsonValueKind.Number => json.GetSingle(),
        JsonValueKind.Array when json.EnumerateArray().All(item => item.ValueKind is JsonValueKind.Number or JsonValueKind.Null) =>
            ImmutableArray.CreateRange(json.EnumerateArray().Select(Number)),
        _ => json.Clone(),
    };

    private static float Number(JsonElement json) => json.ValueKind == JsonValueKind.Null ? float.NaN : json.GetSingle();

    private static JsonElement? Find(JsonElement json, string member) =>
        json.TryGetProperty(member, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
