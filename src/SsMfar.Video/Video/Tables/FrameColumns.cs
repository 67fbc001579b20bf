using System.Collections.Immutable;
using System.Globalization;
using SsMfar.Data;
using SsMfar.Metadata;
using SsMfar.Predictions;

namespace SsMfar.Video;

/// <summary>The columns of the tables. A task that the model lacks has none.</summary>
internal static class FrameColumns
{
    // OpenFace's eighteen units, in its order; of AU28 it has no intensity.
    private static readonly ActionUnit[] OpenFaceUnits =
        [.. new[] { 1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 28, 45 }.Select(number => (ActionUnit)number)];

    // py-feat's emotions, in its order.
    private static readonly string[] FexEmotions = ["anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral"];

    public static ImmutableArray<FrameColumn> Plain(ModelMetadata? model) =>
    [
        Whole("frame", (frame, _) => frame.Index),
        Number("time", (frame, _) => frame.Time),
        Whole("track", (_, face) => face?.Track),
        Number("x", (_, face) => face?.Box.X),
        Number("y", (_, face) => face?.Box.Y),
        Number("width", (_, face) => face?.Box.Width),
        Number("height", (_, face) => face?.Box.Height),
        Number("score", (_, face) => face?.Score),
        .. Has(model, AffectTaskNames.Expression)
            ? [
                Text("expression", (_, face) => face?.Prediction?.Expression?.Name),
                .. model!.ExpressionClasses.Select((name, i) => Number(
                    $"p_{name}", (_, face) => face?.Prediction?.Expression?.Probabilities[i])),
            ]
            : Array.Empty<FrameColumn>(),
        .. Has(model, AffectTaskNames.ValenceArousal) ? Affect() : [],
        .. UnitsOf(model).SelectMany(unit => new[]
        {
            Whole(ActionUnits.NameOf(unit), (_, face) => face?.Prediction?.ActionUnits is { } units ? units[unit] ? 1 : 0 : null),
            Number($"p_{ActionUnits.NameOf(unit)}", (_, face) => face?.Prediction?.ActionUnits?.Probability(unit)),
        }),
        .. IntensitiesOf(model).Select(unit => Number(
            AnnotationSet.IntensityColumn(unit), (_, face) => face?.Prediction?.ActionUnitIntensities?[unit])),
        Text("reason", (frame, face) => frame.Reason ?? face?.Error),
    ];

    public static ImmutableArray<FrameColumn> OpenFace(ModelMetadata? model) =>
    [
        Whole("frame", (frame, _) => frame.Number ?? frame.Index + 1),
        Whole("face_id", (_, face) => face?.Track ?? 0),
        Text("timestamp", (frame, _) => frame.Time.ToString("0.000", CultureInfo.InvariantCulture)),
        Text("confidence", (_, face) => (face?.Score ?? 0).ToString("0.00", CultureInfo.InvariantCulture)),
        Whole("success", (_, face) => face?.Prediction is null ? 0 : 1),
        .. IntensitiesOf(model).Intersect(OpenFaceUnits).Where(unit => unit != ActionUnit.AU28).Select(unit => Text(
            $"AU{(int)unit:D2}_r", (_, face) =>
                (face?.Prediction?.ActionUnitIntensities?[unit] ?? 0).ToString("0.00", CultureInfo.InvariantCulture))),
        .. UnitsOf(model).Intersect(OpenFaceUnits).Select(unit => Text(
            $"AU{(int)unit:D2}_c", (_, face) => face?.Prediction?.ActionUnits?[unit] == true ? "1.0" : "0.0")),
    ];

    public static ImmutableArray<FrameColumn> Fex(ModelMetadata? model, string input) =>
    [
        Number("FaceRectX", (_, face) => face?.Box.X),
        Number("FaceRectY", (_, face) => face?.Box.Y),
        Number("FaceRectWidth", (_, face) => face?.Box.Width),
        Number("FaceRectHeight", (_, face) => face?.Box.Height),
        Number("FaceScore", (_, face) => face?.Score),
        .. UnitsOf(model).Select(unit => Number(
            $"AU{(int)unit:D2}", (_, face) => face?.Prediction?.ActionUnits?.Probability(unit))),
        .. Has(model, AffectTaskNames.Expression)
            ? FexEmotions.Select(name => Number(name, (_, face) => Emotion(face?.Prediction?.Expression, name)))
            : [],
        .. Has(model, AffectTaskNames.ValenceArousal) ? Affect() : [],
        Text("input", (frame, _) => Input(input, frame.FileName)),
        Whole("frame", (frame, _) => frame.Index),
        Text("approx_time", (frame, _) => string.Create(
            CultureInfo.InvariantCulture, $"{(int)(frame.Time / 60):D2}:{(int)(frame.Time % 60):D2}")),
        Whole("track", (_, face) => face?.Track),
    ];

    /// <summary>Whether a reading has what the columns of a model ask it for.</summary>
    public static bool Suit(ModelMetadata? model, AffectPrediction reading) =>
        (!Has(model, AffectTaskNames.Expression) || reading.Expression is null
            || reading.Expression.Classes.Names.SequenceEqual(model!.ExpressionClasses))
        && (reading.ActionUnits is null || UnitsOf(model).All(reading.ActionUnits.Units.Units.Contains))
        && (reading.ActionUnitIntensities is null || IntensitiesOf(model).All(reading.ActionUnitIntensities.Units.Units.Contains));

    /// <summary>The model's units; none for a model without that task.</summary>
    internal static ImmutableArray<ActionUnit> UnitsOf(ModelMetadata? model) =>
        Has(model, AffectTaskNames.ActionUnits) ? (model!.Units() ?? ActionUnitSet.AffWild2).Units : [];

    private static ImmutableArray<ActionUnit> IntensitiesOf(ModelMetadata? model) => model?.IntensityUnits()?.Units ?? [];

    // A frame that is a file is an input of its own.
    private static string Input(string source, string? file) =>
        file is null ? source : source.Length == 0 || Path.EndsInDirectorySeparator(source) ? source + file : $"{source}/{file}";

    private static FrameColumn[] Affect() =>
    [
        Number("valence", (_, face) => face?.Prediction?.Valence),
        Number("arousal", (_, face) => face?.Prediction?.Arousal),
    ];

    private static double? Emotion(ExpressionPrediction? expression, string name)
    {
        for (int i = 0; i < expression?.Classes.Count; i++)
        {
            if (expression.Classes[i].Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return expression.Probabilities[i];
            }
        }

        return null;
    }

    private static bool Has(ModelMetadata? model, string task) => model?.Decoders.ContainsKey(task) == true;

    private static FrameColumn Whole(string name, Func<FrameResult, TrackedFace?, long?> of) =>
        new(name, FrameColumnKind.Whole, (frame, face) => of(frame, face));

    private static FrameColumn Number(string name, Func<FrameResult, TrackedFace?, double?> of) =>
        new(name, FrameColumnKind.Number, (frame, face) => of(frame, face));

    private static FrameColumn Text(string name, Func<FrameResult, TrackedFace?, string?> of) =>
        new(name, FrameColumnKind.Text, (frame, face) => of(frame, face));
}
