using System.Collections.Immutable;
using SsMfar.Losses;
using SsMfar.Models;

namespace SsMfar.Training;

/// <summary>
/// A row of the paper's Table 1, or one of ours beside it, as a change of a recipe's options. Variants are data: nothing in the library
/// asks for a variant's name.
/// </summary>
public sealed class SsMfarVariant
{
    /// <summary>Creates a variant.</summary>
    /// <param name="name">The name, as in the console: lower case.</param>
    /// <param name="apply">Changes a recipe's options.</param>
    public SsMfarVariant(string name, Action<TrainingOptions> apply) =>
        (Name, Apply) = (name, apply);

    /// <summary>Gets the name, as in the console: lower case.</summary>
    public string Name { get; }

    /// <summary>Gets what changes a recipe's options.</summary>
    public Action<TrainingOptions> Apply { get; }

    /// <summary>Gets the data that the pretrained weights come from which the variant is about, or null when it is about none.</summary>
    public string? PretrainedOn { get; internal init; }

    /// <summary>Gets whether the variant is about training from scratch, so that pretrained weights are a fault.</summary>
    public bool FromScratch { get; internal init; }

    /// <summary>Gets the backbone that the variant is about, or null for whichever is chosen.</summary>
    public BackboneFactory? Backbone { get; internal init; }

    /// <summary>Gets supervised multi-task learning with re-weighting.</summary>
    public static SsMfarVariant Mfar { get; } = new("mfar", Supervised);

    /// <summary>Gets MFAR with re-sampling in place of expression weights.</summary>
    public static SsMfarVariant MfarResampled { get; } = new("mfar-rs", options =>
    {
        Supervised(options);
        options.Imbalance.ResampleExpressions = true;
    });

    /// <summary>Gets the paper's method: pseudo-labels above an adaptive threshold, consistency below it.</summary>
    public static SsMfarVariant SsMfar { get; } = new("ss-mfar", SemiSupervised);

    /// <summary>Gets SS-MFAR with re-sampling in place of expression weights.</summary>
    public static SsMfarVariant SsMfarResampled { get; } = new("ss-mfar-rs", options =>
    {
        SemiSupervised(options);
        options.Imbalance.ResampleExpressions = true;
    });

    /// <summary>Gets SS-MFAR without the consistency loss.</summary>
    public static SsMfarVariant SsMfarNoConsistency { get; } = new("ss-mfar-no-kl", options =>
    {
        SemiSupervised(options);
        options.ExpressionLoss.Consistency = 0;
    });

    /// <summary>Gets SS-MFAR from weights pretrained on AffectNet.</summary>
    public static SsMfarVariant SspMfar { get; } = new("ssp-mfar", SemiSupervised) { PretrainedOn = "AffectNet" };

    /// <summary>Gets SSP-MFAR in which strong views of every row follow the weak outputs of all three tasks.</summary>
    public static SsMfarVariant SspMfarStrongAgreement { get; } =
        new("ssp-mfar-sa", options => options.SemiSupervision.Mode = SemiSupervisionMode.Agreement)
    {
        PretrainedOn = "AffectNet",
    };

    /// <summary>Gets SS-MFAR with ResNet-50 and no pretrained weights.</summary>
    public static SsMfarVariant SsMfar50 { get; } =
        new("ss-mfar-50", SemiSupervised) { Backbone = BackboneFactory.ResNet50, FromScratch = true };

    /// <summary>
    /// Gets SS-MFAR in all three tasks, which is ours and not the paper's: rows without unit labels or valence and arousal teach those, too
    /// (<see cref="UnlabelledTasks.All"/>), by the averaged weights' predictions. A recipe without averaged weights gets those of
    /// <see cref="TrainingRecipe.Recommended"/>.
    /// </summary>
    public static SsMfarVariant SsMfarAllTasks { get; } = new("ss-mfar-all", options =>
    {
        SemiSupervised(options);
        options.SemiSupervision.Tasks = UnlabelledTasks.All;
        options.SemiSupervision.Teacher = PseudoLabelTeacher.Average;
        options.EmaDecay ??= new TrainingOptions().EmaDecay;
    });

    /// <summary>Gets the paper's eight variants, in the order of its Table 1.</summary>
    public static ImmutableArray<SsMfarVariant> All { get; } =
        [Mfar, MfarResampled, SsMfar, SsMfarResampled, SsMfarNoConsistency, SspMfar, SspMfarStrongAgreement, SsMfar50];

    /// <summary>Gets the variants that are ours and not the paper's.</summary>
    public static ImmutableArray<SsMfarVariant> BeyondPaper { get; } = [SsMfarAllTasks];

    /// <summary>The variant of a name.</summary>
    /// <param name="name">As in <see cref="Name"/>; case does not matter.</param>
    /// <exception cref="ArgumentException">No variant has that name; the message lists those that exist.</exception>
    public static SsMfarVariant Parse(string name) =>
        All.Concat(BeyondPaper).FirstOrDefault(variant => string.Equals(variant.Name, name, StringComparison.OrdinalIgnoreCase))
            ?? throw new ArgumentException(
                $"There is no variant '{name}'; there are {string.Join(", ", All.Concat(BeyondPaper).Select(v => v.Name))}.",
                nameof(name));

    private static void Supervised(TrainingOptions options)
    {
        options.SemiSupervision.Mode = SemiSupervisionMode.None;
        options.ExpressionLoss = ExpressionLossWeights.SupervisedOnly;
    }

    private static void SemiSupervised(TrainingOptions options) => options.SemiSupervision.Mode = SemiSupervisionMode.PseudoLabels;
}
