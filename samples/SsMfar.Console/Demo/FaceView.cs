using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Predictions;

namespace SsMfar.ConsoleApp.Demo;

/// <summary>A face of the page with its labels and what the model reads.</summary>
internal sealed class FaceView(DemoFace face, ExpressionClassSet classes)
{
    // The square of valence and arousal, in units of its drawing.
    private const double Plane = 84;

    /// <summary>The picture, in base 64.</summary>
    public string Picture => Convert.ToBase64String(face.Picture);

    public string Label => face.Truth.Expression is { } label ? classes[label] : "not labelled";

    public string Expression => Read.Name;

    public bool IsRight => face.Truth.Expression == Read.Index;

    public string Confidence => FormattableString.Invariant($"{100 * Read.Confidence:F0}");

    public AffectView Truth => new(face.Truth.ValenceArousal ?? default);

    public AffectView Affect => new(face.Prediction.ValenceArousal!.Value);

    public ImmutableArray<UnitView> Units =>
    [
        .. ActionUnits.All.Select((unit, i) => new UnitView(
            ActionUnits.Names[i],
            UnitWords.Describe(unit),
            (face.Truth.ActionUnits[i], face.Prediction.ActionUnits![i]) switch
            {
                (true, true) => "hit",
                (true, false) => "missed",
                (false, true) => "extra",
                _ => null,
            })).Where(unit => unit.Kind is not null),
    ];

    private ExpressionPrediction Read => face.Prediction.Expression!;

    /// <summary>Valence and arousal, in words and in the square.</summary>
    internal sealed class AffectView(ValenceArousal affect)
    {
        public string Valence => Signed(affect.Valence);

        public string Arousal => Signed(affect.Arousal);

        public string X => At(affect.Valence);

        public string Y => At(-affect.Arousal);

        private static string Signed(float value) => FormattableString.Invariant($"{value:+0.00;-0.00;+0.00}");

        private static string At(float value) => FormattableString.Invariant($"{(Plane / 2) + (value * ((Plane / 2) - 8)):F1}");
    }

    /// <summary>A unit that is there, or was seen.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Description">What it does in a face.</param>
    /// <param name="Kind">Whether it was found: <c>hit</c>, <c>missed</c> or <c>extra</c>; null where it is not there and not seen.</param>
    internal sealed record UnitView(string Name, string Description, string? Kind);
}
