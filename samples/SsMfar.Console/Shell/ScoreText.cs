using SsMfar.Data;
using SsMfar.Metrics;

namespace SsMfar.ConsoleApp.Shell;

/// <summary>Scores for readers.</summary>
internal static class ScoreText
{
    public static string Of(AffectScores scores, ExpressionClassSet classes)
    {
        TextTable summary = new TextTable("score", "")
            .Add("expression, macro F1", TextTable.Number(scores.Expression?.MacroF1))
            .Add("action units, mean F1", TextTable.Number(scores.ActionUnits?.MeanF1))
            .Add("valence and arousal, mean CCC", TextTable.Number(scores.ValenceArousal?.Mean))
            .Add("P_MTL", TextTable.Number(scores.PMtl));
        TextTable details = new("", "F1 or CCC");
        for (int i = 0; i < classes.Count; i++)
        {
            details.Add(classes[i], TextTable.Number(scores.Expression?.F1[i]));
        }

        for (int i = 0; i < JsonResults.UnitsOf(scores).Count; i++)
        {
            details.Add(JsonResults.UnitsOf(scores).Names[i], TextTable.Number(scores.ActionUnits?.F1[i]));
        }

        details.Add("valence", TextTable.Number(scores.ValenceArousal?.Valence))
            .Add("arousal", TextTable.Number(scores.ValenceArousal?.Arousal));
        return $"{summary}\n{details}{Of(scores.Intensities)}";
    }

    /// <summary>Scores of intensities; nothing without any.</summary>
    public static string Of(ActionUnitIntensityScores? scores)
    {
        if (scores is null)
        {
            return "";
        }

        TextTable table = new TextTable("intensity", "ICC(3,1)", "PCC", "MAE")
            .Add("mean", TextTable.Number(scores.MeanIcc), TextTable.Number(scores.MeanPcc), TextTable.Number(scores.MeanMae));
        for (int i = 0; i < scores.Units.Count; i++)
        {
            table.Add(
                scores.Units.Names[i], TextTable.Number(scores.Icc[i]), TextTable.Number(scores.Pcc[i]), TextTable.Number(scores.Mae[i]));
        }

        return $"\n{table}";
    }

    /// <summary>How far probabilities can be believed; nothing without any.</summary>
    public static string Of(AffectCalibration calibration)
    {
        if (calibration is { Expression: null, ActionUnits: null })
        {
            return "";
        }

        TextTable table = new("calibration", "ECE", "NLL", "Brier");
        Add("expression", calibration.Expression);
        Add("action units", calibration.ActionUnits);
        return $"\n{table}";

        void Add(string name, CalibrationScores? scores) => table.Add(
            name, TextTable.Number(scores?.ExpectedCalibrationError), TextTable.Number(scores?.NegativeLogLikelihood),
            TextTable.Number(scores?.Brier));
    }

    /// <summary>The four main numbers in one line.</summary>
    public static string Line(AffectScores scores) =>
        $"expression F1 {TextTable.Number(scores.Expression?.MacroF1, 3)}, AU F1 {TextTable.Number(scores.ActionUnits?.MeanF1, 3)}, " +
        $"VA CCC {TextTable.Number(scores.ValenceArousal?.Mean, 3)}, P_MTL {TextTable.Number(scores.PMtl, 3)}";
}
