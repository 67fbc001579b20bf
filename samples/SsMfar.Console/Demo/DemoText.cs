using System.Globalization;
using SsMfar.ConsoleApp.Shell;

namespace SsMfar.ConsoleApp.Demo;

/// <summary>The demonstration's result as text.</summary>
internal static class DemoText
{
    /// <summary>The model beside the floor.</summary>
    public static string Scores(DemoResult result) => new TextTable("on unseen people", "model", "ridge")
        .Add(
            "expression, macro F1",
            TextTable.Number(result.Scores.Expression?.MacroF1, 3),
            TextTable.Number(result.Ridge.Expression?.MacroF1, 3))
        .Add(
            "action units, mean F1",
            TextTable.Number(result.Scores.ActionUnits?.MeanF1, 3),
            TextTable.Number(result.Ridge.ActionUnits?.MeanF1, 3))
        .Add(
            "valence and arousal, mean CCC",
            TextTable.Number(result.Scores.ValenceArousal?.Mean, 3),
            TextTable.Number(result.Ridge.ValenceArousal?.Mean, 3))
        .Add("P_MTL", TextTable.Number(result.Scores.PMtl, 3), TextTable.Number(result.Ridge.PMtl, 3))
        .ToString();

    /// <summary>Some faces: what is there and what the model reads.</summary>
    public static string Faces(DemoResult result)
    {
        TextTable table = new("face", "labelled", "predicted", "valence", "arousal", "action units predicted");
        foreach (DemoFace face in result.Faces)
        {
            table.Add(
                face.Truth.Image,
                face.Truth.Expression is { } expression ? result.Classes[expression] : "-",
                face.Prediction.Expression!.Name,
                Signed(face.Truth.ValenceArousal?.Valence, face.Prediction.Valence),
                Signed(face.Truth.ValenceArousal?.Arousal, face.Prediction.Arousal),
                string.Join(' ', face.Prediction.ActionUnits!.Present));
        }

        return table.ToString();
    }

    private static string Signed(float? truth, float? predicted) =>
        string.Create(CultureInfo.InvariantCulture, $"{truth:+0.00;-0.00;+0.00} {predicted:+0.00;-0.00;+0.00}");
}
