using System.ComponentModel.DataAnnotations;

namespace SsMfar.SemiSupervised;

/// <summary>When adaptive thresholds change.</summary>
public enum ThresholdUpdate
{
    /// <summary>
    /// In each step, from its own labelled rows, before its unlabelled rows are compared with them: algorithm 1 of the paper. Under
    /// gradient accumulation a micro-batch is compared with what the step's labelled rows gave up to it.
    /// </summary>
    ThisBatch,

    /// <summary>After each step, from its labelled rows, for the rows of the next.</summary>
    PreviousStep,

    /// <summary>
    /// After each epoch, from all labelled rows that the epoch saw (the published code, which makes an extra pass for it).
    /// </summary>
    EachEpoch,
}

/// <summary>What becomes of the threshold of a class of which no labelled row was predicted right.</summary>
public enum MissingClass
{
    /// <summary>It keeps its value.</summary>
    KeepValue,

    /// <summary>It falls to <see cref="AdaptiveThresholdOptions.Floor"/>, which must then be set.</summary>
    FallToFloor,
}

/// <summary>Which floor a class's threshold has.</summary>
public enum ThresholdFloor
{
    /// <summary>All classes have <see cref="AdaptiveThresholdOptions.Floor"/> (the published code).</summary>
    Common,

    /// <summary>
    /// Each class has the share of <see cref="AdaptiveThresholdOptions.Floor"/> that its mean probability of right rows is of the surest
    /// class's. A class of mixed looks, which is never as sure as the others, then gets pseudo-labels too; with one floor its unlabelled
    /// rows are learned as other classes only.
    /// </summary>
    OfClass,
}

/// <summary>How SS-MFAR's adaptive thresholds (equation 4) are computed and used.</summary>
public sealed class AdaptiveThresholdOptions : IValidatableObject
{
    /// <summary>beta of the SS-MFAR paper, from Ada-CM.</summary>
    internal const double PaperBeta = 0.95;

    /// <summary>beta of the published code.</summary>
    internal const double PublishedBeta = 0.97;

    /// <summary>The floor, and the start, of the published code.</summary>
    internal const double PublishedFloor = 0.8;

    /// <summary>Gets or sets the factor of the mean probability, in [0, 1].</summary>
    [Range(0.0, 1.0)]
    public double Beta { get; set; } = PublishedBeta;

    /// <summary>
    /// Gets or sets the base of the epoch's factor 1 / (1 + gamma^-epoch); at least 1. Both the paper and the published code use e.
    /// </summary>
    [Range(1.0, double.MaxValue)]
    public double Gamma { get; set; } = Math.E;

    /// <summary>Gets or sets what no computed threshold falls below, in [0, 1], or null for none.</summary>
    [Range(0.0, 1.0)]
    public double? Floor { get; set; } = PublishedFloor;

    /// <summary>Gets or sets whether the floor is the same for all classes.</summary>
    [EnumDataType(typeof(ThresholdFloor))]
    public ThresholdFloor FloorKind { get; set; } = ThresholdFloor.Common;

    /// <summary>Gets or sets every class's threshold at the start, in [0, 1].</summary>
    [Range(0.0, 1.0)]
    public double Start { get; set; } = PublishedFloor;

    /// <summary>Gets or sets when the thresholds change.</summary>
    [EnumDataType(typeof(ThresholdUpdate))]
    public ThresholdUpdate Update { get; set; } = ThresholdUpdate.EachEpoch;

    /// <summary>Gets or sets what becomes of a class of which no row was predicted right.</summary>
    [EnumDataType(typeof(MissingClass))]
    public MissingClass MissingClass { get; set; } = MissingClass.KeepValue;

    /// <summary>Gets or sets when a probability passes its threshold.</summary>
    [EnumDataType(typeof(ThresholdComparison))]
    public ThresholdComparison Comparison { get; set; } = ThresholdComparison.Greater;

    /// <summary>
    /// Gets new options as the paper says: beta 0.95, no floor, this batch, &gt;. It gives no start; 0.8 is the published code's.
    /// </summary>
    public static AdaptiveThresholdOptions Paper => new()
    {
        Beta = PaperBeta,
        Floor = null,
        Update = ThresholdUpdate.ThisBatch,
        MissingClass = MissingClass.KeepValue,
        Comparison = ThresholdComparison.Greater,
    };

    /// <summary>Gets new options as the published code does: beta 0.97, floor 0.8, each epoch, &gt;=.</summary>
    public static AdaptiveThresholdOptions Published => new()
    {
        Beta = PublishedBeta,
        Floor = PublishedFloor,
        Update = ThresholdUpdate.EachEpoch,
        MissingClass = MissingClass.FallToFloor,
        Comparison = ThresholdComparison.GreaterOrEqual,
    };

    IEnumerable<ValidationResult> IValidatableObject.Validate(ValidationContext validationContext)
    {
        if (MissingClass == MissingClass.FallToFloor && Floor is null)
        {
            yield return new(
                $"{nameof(MissingClass)} is {MissingClass} but {nameof(Floor)} is not set.",
                [nameof(MissingClass), nameof(Floor)]);
        }

        if (FloorKind == ThresholdFloor.OfClass && Floor is null)
        {
            yield return new($"{nameof(FloorKind)} is {FloorKind} but {nameof(Floor)} is not set.", [nameof(FloorKind), nameof(Floor)]);
        }
    }

    internal AdaptiveThresholdOptions Copy() => (AdaptiveThresholdOptions)MemberwiseClone();
}
