using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using SsMfar.Losses;
using SsMfar.SemiSupervised;

namespace SsMfar.Training;

/// <summary>What is learned from strong views.</summary>
public enum SemiSupervisionMode
{
    /// <summary>Nothing: labelled rows alone (MFAR).</summary>
    None,

    /// <summary>
    /// Rows without a label of <see cref="SemiSupervisionOptions.Tasks"/>, by pseudo-labels and consistency; of the expression alone it is
    /// SS-MFAR.
    /// </summary>
    PseudoLabels,

    /// <summary>Every row and task: strong outputs follow the weak ones, without a threshold (SSP-MFAR-SA).</summary>
    Agreement,
}

/// <summary>
/// Which of the built-in policies decides on the expression's pseudo-labels. Each has options of its own in
/// <see cref="SemiSupervisionOptions"/>; their defaults are its paper's, those of the first are the recipe's.
/// </summary>
public enum PseudoLabelPolicyKind
{
    /// <summary>
    /// SS-MFAR's adaptive thresholds (<see cref="AdaptiveThresholdPolicy"/>), with <see cref="SemiSupervisionOptions.Threshold"/>.
    /// </summary>
    AdaptiveThreshold,

    /// <summary>
    /// FixMatch's one threshold (<see cref="FixedThresholdPolicy"/>), with <see cref="SemiSupervisionOptions.FixedThreshold"/>.
    /// </summary>
    FixedThreshold,

    /// <summary>FlexMatch's curriculum (<see cref="FlexMatchPolicy"/>), with <see cref="SemiSupervisionOptions.FlexMatch"/>.</summary>
    FlexMatch,

    /// <summary>
    /// FreeMatch's self-adaptive thresholds and fairness (<see cref="FreeMatchPolicy"/>), with
    /// <see cref="SemiSupervisionOptions.FreeMatch"/>.
    /// </summary>
    FreeMatch,

    /// <summary>SoftMatch's weights (<see cref="SoftMatchPolicy"/>), with <see cref="SemiSupervisionOptions.SoftMatch"/>.</summary>
    SoftMatch,
}

/// <summary>Whose predictions on weak views a pseudo-label policy is given.</summary>
public enum PseudoLabelTeacher
{
    /// <summary>The model being trained, as it predicts in the training step (SS-MFAR).</summary>
    Model,

    /// <summary>
    /// The exponential moving average of its weights, as it would be evaluated: the teacher of Tarvainen and Valpola, "Mean teachers are
    /// better role models" (2017). Needs <see cref="TrainingOptions.EmaDecay"/>; costs a forward pass of the weak views.
    /// </summary>
    Average,
}

/// <summary>Which rows the batch norms of a training step take their statistics from.</summary>
public enum BatchStatistics
{
    /// <summary>
    /// All views together, in one forward pass: the cheapest, and what the running statistics then describe is a mixture.
    /// </summary>
    Joint,

    /// <summary>
    /// Weak views alone, which alone move the running statistics, too; strong views go through the same weights in a pass of their own,
    /// normalised by their own statistics. The published code keeps the two apart in this way.
    /// </summary>
    WeakViews,

    /// <summary>
    /// Weak views alone, as in <see cref="WeakViews"/>; strong views are normalised by the running statistics, as images are when the model
    /// predicts. A batch with few of them has no statistics of its own to be thrown by.
    /// </summary>
    Running,
}

/// <summary>How images that lack labels are used.</summary>
public sealed class SemiSupervisionOptions
{
    /// <summary>Gets or sets what is learned from strong views.</summary>
    [EnumDataType(typeof(SemiSupervisionMode))]
    public SemiSupervisionMode Mode { get; set; } = SemiSupervisionMode.PseudoLabels;

    /// <summary>
    /// Gets or sets which tasks rows without their label teach, of those that are learned. Others join where the builder is given a policy
    /// for them.
    /// </summary>
    [EnumDataType(typeof(UnlabelledTasks))]
    public UnlabelledTasks Tasks { get; set; } = UnlabelledTasks.Expression;

    /// <summary>
    /// Gets or sets which policy decides for the expression, unless the builder was given one. FixMatch and its successors have no
    /// consistency loss: give that a weight of 0 to be true to them.
    /// </summary>
    [EnumDataType(typeof(PseudoLabelPolicyKind))]
    public PseudoLabelPolicyKind Policy { get; set; } = PseudoLabelPolicyKind.AdaptiveThreshold;

    /// <summary>Gets or sets whose predictions on weak views the policies assign pseudo-labels by, and learn from.</summary>
    [EnumDataType(typeof(PseudoLabelTeacher))]
    public PseudoLabelTeacher Teacher { get; set; } = PseudoLabelTeacher.Model;

    /// <summary>
    /// Gets or sets whether strong views count in the batch norms' statistics of a training step. It concerns the <c>BatchNorm</c> layers
    /// of any backbone, and nothing in a step without strong views.
    /// </summary>
    [EnumDataType(typeof(BatchStatistics))]
    public BatchStatistics BatchStatistics { get; set; } = BatchStatistics.Joint;

    /// <summary>
    /// Gets or sets how the weight of what unlabelled rows teach by <see cref="SemiSupervisionMode.PseudoLabels"/> grows over the epochs,
    /// in every task; that of <see cref="Coupling"/> does not.
    /// </summary>
    [Required]
    [ValidateObjectMembers]
    public RampUpOptions RampUp { get; set; } = new();

    /// <summary>Gets or sets the expression's adaptive threshold (Eq. 4).</summary>
    [Required]
    [ValidateObjectMembers]
    public AdaptiveThresholdOptions Threshold { get; set; } = new();

    /// <summary>Gets or sets the options of <see cref="PseudoLabelPolicyKind.FixedThreshold"/>.</summary>
    [Required]
    [ValidateObjectMembers]
    public FixedThresholdOptions FixedThreshold { get; set; } = new();

    /// <summary>Gets or sets the options of <see cref="PseudoLabelPolicyKind.FlexMatch"/>.</summary>
    [Required]
    [ValidateObjectMembers]
    public FlexMatchOptions FlexMatch { get; set; } = new();

    /// <summary>Gets or sets the options of <see cref="PseudoLabelPolicyKind.FreeMatch"/>.</summary>
    [Required]
    [ValidateObjectMembers]
    public FreeMatchOptions FreeMatch { get; set; } = new();

    /// <summary>Gets or sets the options of <see cref="PseudoLabelPolicyKind.SoftMatch"/>.</summary>
    [Required]
    [ValidateObjectMembers]
    public SoftMatchOptions SoftMatch { get; set; } = new();

    /// <summary>
    /// Gets or sets what the predictions that the expression's policy is asked about are aligned with (<see cref="AlignedPolicy"/>),
    /// whichever policy it is.
    /// </summary>
    [Required]
    [ValidateObjectMembers]
    public DistributionAlignmentOptions Alignment { get; set; } = new();

    /// <summary>Gets or sets how rows with an unknown unit are learned from (<see cref="UnlabelledTasks.ActionUnits"/>).</summary>
    [Required]
    [ValidateObjectMembers]
    public ActionUnitPolicyOptions ActionUnits { get; set; } = new();

    /// <summary>
    /// Gets or sets how rows without valence and arousal are learned from (<see cref="UnlabelledTasks.ValenceArousal"/>).
    /// </summary>
    [Required]
    [ValidateObjectMembers]
    public UnlabelledValueOptions ValenceArousal { get; set; } = new();

    /// <summary>
    /// Gets or sets the coupling of expressions and units, of every row, in every epoch, and whichever tasks have a policy.
    /// </summary>
    [Required]
    [ValidateObjectMembers]
    public TaskCouplingOptions Coupling { get; set; } = new();
}
