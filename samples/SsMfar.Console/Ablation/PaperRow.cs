using System.Collections.Immutable;
using SsMfar.Training;

namespace SsMfar.ConsoleApp.Ablation;

/// <summary>
/// What the paper says of a row of its Table 1 (s-Aff-Wild2, validation set), or a row of ours, of which it says nothing.
/// </summary>
/// <param name="Variant">The variant.</param>
/// <param name="Method">The row's name in the table; one of ours says so.</param>
/// <param name="Neighbour">The variant that it is described as a change of, or null.</param>
/// <param name="Change">The change, in short.</param>
/// <param name="Scores">The paper's four columns.</param>
internal sealed record PaperRow(SsMfarVariant Variant, string Method, SsMfarVariant? Neighbour, string Change, PaperScores Scores)
{
    /// <summary>The data that the paper's other rows were pretrained on; SS-MFAR-50 starts from scratch.</summary>
    public const string UsualPretraining = "MS-Celeb-1M";

    /// <summary>The rows in the table's order.</summary>
    public static ImmutableArray<PaperRow> All { get; } =
    [
        new(SsMfarVariant.Mfar, "MFAR", null, "labelled rows alone, classes re-weighted",
            new(0.222, 0.493, 0.328, 1.043)),
        new(SsMfarVariant.MfarResampled, "MFAR-RS", SsMfarVariant.Mfar, "re-sampling in place of re-weighting",
            new(0.191, 0.40, 0.375, 0.966)),
        new(SsMfarVariant.SsMfar, "SS-MFAR", SsMfarVariant.Mfar, "learns from rows without an expression label",
            new(0.235, 0.493, 0.391, 1.119)),
        new(SsMfarVariant.SsMfarResampled, "SS-MFAR-RS", SsMfarVariant.SsMfar, "re-sampling in place of re-weighting",
            new(0.256, 0.461, 0.361, 1.078)),
        new(SsMfarVariant.SsMfarNoConsistency, "SS-MFAR-NOKL", SsMfarVariant.SsMfar, "no consistency (KL) loss",
            new(0.205, 0.454, 0.357, 1.016)),
        new(SsMfarVariant.SspMfar, "SSP-MFAR", SsMfarVariant.SsMfar, "weights pretrained on AffectNet",
            new(0.233, 0.497, 0.378, 1.108)),
        new(SsMfarVariant.SspMfarStrongAgreement, "SSP-MFAR-SA", SsMfarVariant.SspMfar, "strong views of all images, in every task",
            new(0.228, 0.484, 0.40, 1.112)),
        new(SsMfarVariant.SsMfar50, "SS-MFAR-50", SsMfarVariant.SsMfar, "ResNet-50 without pretrained weights",
            new(0.168, 0.425, 0.296, 0.889)),
    ];

    /// <summary>The rows that are ours and not the paper's.</summary>
    public static ImmutableArray<PaperRow> BeyondPaper { get; } =
    [
        new(SsMfarVariant.SsMfarAllTasks, "SS-MFAR-ALL (ours)", SsMfarVariant.SsMfar,
            "not in the paper: rows without units, or valence and arousal, teach those too, by averaged weights", PaperScores.None),
    ];

    /// <summary>The paper's SS-MFAR on six expressions (Table 2), which has macro F1 alone.</summary>
    public static PaperScores SixClasses { get; } = new(0.587, null, null, null);

    /// <summary>The row with other data in the place of what its weights were trained on in the paper; the same for null.</summary>
    public PaperRow Instead(string? data) => data is null
        ? this
        : this with
        {
            Method = $"{Method} ({data} instead of {Variant.PretrainedOn})",
            Change = Neighbour?.PretrainedOn is null ? $"weights pretrained on {Variant.PretrainedOn} in the paper, {data} here" : Change,
        };

    /// <summary>The row of a variant.</summary>
    public static PaperRow Of(SsMfarVariant variant) => All.Concat(BeyondPaper).First(row => row.Variant == variant);
}

/// <summary>The columns of the paper's tables, as it prints them; null where it prints none.</summary>
/// <param name="Expression">Exp-F1 score.</param>
/// <param name="ActionUnits">AU-F1 score.</param>
/// <param name="ValenceArousal">VA-Score.</param>
/// <param name="Overall">Overall, the sum of the others.</param>
internal sealed record PaperScores(double? Expression, double? ActionUnits, double? ValenceArousal, double? Overall)
{
    /// <summary>No score of the paper's.</summary>
    public static PaperScores None { get; } = new(null, null, null, null);
}
