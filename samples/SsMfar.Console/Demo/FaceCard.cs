using System.Globalization;
using System.Text;
using SsMfar.Data;
using SsMfar.Inference;
using SsMfar.Predictions;

namespace SsMfar.ConsoleApp.Demo;

/// <summary>A face with its labels and what the model reads, as HTML.</summary>
internal static class FaceCard
{
    private const double Plane = 84;

    public static string Write(DemoFace face, ExpressionClassSet classes)
    {
        ExpressionPrediction read = face.Prediction.Expression!;
        string truth = face.Truth.Expression is { } label ? classes[label] : "not labelled";
        bool right = face.Truth.Expression == read.Index;
        ValenceArousal affect = face.Truth.ValenceArousal ?? default;
        ValenceArousal guess = face.Prediction.ValenceArousal ?? default;
        return Invariant(
            $"""
             <article class="face"><img alt="Drawn face, labelled {ReportPage.Encode(truth)}" src="data:image/jpeg;base64,{Convert.ToBase64String(face.Picture)}">
             <div class="words"><div class="read">{ReportPage.Encode(read.Name)} <span class="{(right ? "right" : "wrong")}">{(right ? "&#10003;" : "&#10007;")}</span></div>
             <div class="numbers">{100 * read.Confidence:F0}% sure; labelled <b>{ReportPage.Encode(truth)}</b></div>
             <div class="row">{Square(affect, guess)}
             <div class="numbers">valence <b>{guess.Valence:+0.00;-0.00;+0.00}</b> ({affect.Valence:+0.00;-0.00;+0.00})<br>arousal <b>{guess.Arousal:+0.00;-0.00;+0.00}</b> ({affect.Arousal:+0.00;-0.00;+0.00})</div></div>
             <div class="chips">{Chips(face)}</div></div></article>
             """);
    }

    /// <summary>What a unit does in a face, in two words.</summary>
    public static string Describe(ActionUnit unit) => unit switch
    {
        ActionUnit.AU1 => "inner brow raiser",
        ActionUnit.AU2 => "outer brow raiser",
        ActionUnit.AU4 => "brow lowerer",
        ActionUnit.AU6 => "cheek raiser",
        ActionUnit.AU7 => "lid tightener",
        ActionUnit.AU10 => "upper lip raiser",
        ActionUnit.AU12 => "lip corner puller",
        ActionUnit.AU15 => "lip corner depressor",
        ActionUnit.AU23 => "lip tightener",
        ActionUnit.AU24 => "lip pressor",
        ActionUnit.AU25 => "lips part",
        ActionUnit.AU26 => "jaw drop",
        _ => throw new ArgumentOutOfRangeException(nameof(unit), unit, "Not one of the twelve."),
    };

    private static string Square(ValenceArousal truth, ValenceArousal read) => Invariant(
        $"""<svg viewBox="0 0 {Plane} {Plane}" role="img"><title>Valence and arousal</title><rect class="plane" x="1" y="1" width="{Plane - 2}" height="{Plane - 2}" rx="6"/><line class="plane-axis" x1="{Plane / 2}" x2="{Plane / 2}" y1="1" y2="{Plane - 1}"/><line class="plane-axis" x1="1" x2="{Plane - 1}" y1="{Plane / 2}" y2="{Plane / 2}"/><circle class="truth-dot" cx="{At(truth.Valence):F1}" cy="{At(-truth.Arousal):F1}" r="5.5"/><circle class="read-dot" cx="{At(read.Valence):F1}" cy="{At(-read.Arousal):F1}" r="4"/></svg>""");

    private static double At(float value) => (Plane / 2) + (value * ((Plane / 2) - 8));

    private static string Chips(DemoFace face)
    {
        StringBuilder chips = new();
        for (int i = 0; i < ActionUnits.Count; i++)
        {
            string? kind = (face.Truth.ActionUnits[i], face.Prediction.ActionUnits![i]) switch
            {
                (true, true) => "hit",
                (true, false) => "missed",
                (false, true) => "extra",
                _ => null,
            };
            if (kind is not null)
            {
                chips.Append(
                    Invariant($"<span class=\"chip {kind}\" title=\"{Describe(ActionUnits.All[i])}\">{ActionUnits.Names[i]}</span>"));
            }
        }

        return chips.ToString();
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
