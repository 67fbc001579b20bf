using System.Collections.Immutable;
using SsMfar.Training;

namespace SsMfar.ConsoleApp.Ablation;

/// <summary>What the paper says of a row of its Table 1 (s-Aff-Wild2, validation set).</summary>
/// <param name="Variant">The variant.</param>
/// <param name="Method">The row's name in the table.</param>
/// <param name="Neighbour">The variant that it is described as a change of, or null.</param>
/// <param name="Change">The change, in short.</param>
/// <param name="Overall">The paper's overall score.</param>
internal sealed record PaperRow(SsMfarVariant Variant, string Method, SsMfarVariant? Neighbour, string Change, double Overall)
{
    /// <summary>The data that the paper's other rows were pretrained on; SS-MFAR-50 starts from scratch.</summary>
    public const string UsualPretraining = "MS-Celeb-1M";

    /// <summary>The rows in the table's order.</summary>
    public static ImmutableArray<PaperRow> All { get; } =
    [
        new(SsMfarVariant.Mfar, "MFAR", null, "labelled rows alone, classes re-weighted", 1.043),
        new(SsMfarVariant.MfarResampled, "MFAR-RS", SsMfarVariant.Mfar, "re-sampling in place of re-weighting", 0.966),
        new(SsMfarVariant.SsMfar, "SS-MFAR", SsMfarVariant.Mfar, "learns from rows without an expression label", 1.119),
        new(SsMfarVariant.SsMfarResampled, "SS-MFAR-RS", SsMfarVariant.SsMfar, "re-sampling in place of re-weighting", 1.078),
        new(SsMfarVariant.SsMfarNoConsistency, "SS-MFAR-NOKL", SsMfarVariant.SsMfar, "no consistency (KL) loss", 1.016),
        new(SsMfarVariant.SspMfar, "SSP-MFAR", SsMfarVariant.SsMfar, "weights pretrained on AffectNet", 1.108),
        new(SsMfarVariant.SspMfarStrongAgreement, "SSP-MFAR-SA", SsMfarVariant.SspMfar, "strong views of all images, in every task", 1.112),
        new(SsMfarVariant.SsMfar50, "SS-MFAR-50", SsMfarVariant.SsMfar, "ResNet-50 without pretrained weights", 0.889),
    ];

    /// <summary>The paper's SS-MFAR on six expressions (Table 2): macro F1.</summary>
    public const double SixClassExpression = 0.587;

    /// <summary>The row of a variant.</summary>
    public static PaperRow Of(SsMfarVariant variant) => All.First(row => row.Variant == variant);
}
