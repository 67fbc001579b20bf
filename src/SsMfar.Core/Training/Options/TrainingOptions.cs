using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using SsMfar.Data;
using SsMfar.Losses;

namespace SsMfar.Training;

/// <summary>
/// Everything that decides a training run, as plain data: set in code, or bound from configuration
/// (<c>builder.Configure(options => section.Bind(options))</c>). The defaults are those of <see cref="TrainingRecipe.Recommended"/>.
/// </summary>
public sealed class TrainingOptions
{
    /// <summary>Gets or sets how often the training set is visited, at least 1.</summary>
    [Range(1, 100_000)]
    public int Epochs { get; set; } = 40;

    /// <summary>Gets or sets the number of images in a micro-batch, at least 2.</summary>
    [Range(2, 65_536)]
    public int BatchSize { get; set; } = 64;

    /// <summary>
    /// Gets or sets how many micro-batches make one optimizer step. Batch norm, CCC and KL see micro-batches; the other terms use the
    /// counts of all.
    /// </summary>
    [Range(1, 4096)]
    public int AccumulationSteps { get; set; } = 1;

    /// <summary>Gets or sets the width and height of the network's input in pixels, 32 to 1024.</summary>
    [Range(32, 1024)]
    public int ImageSize { get; set; } = 112;

    /// <summary>Gets or sets the seed: every random choice follows from it, the epoch and the step.</summary>
    public long Seed { get; set; }

    /// <summary>
    /// Gets or sets the number of epochs between two evaluations on the validation set; the last epoch is always evaluated.
    /// </summary>
    [Range(1, 100_000)]
    public int EvaluateEvery { get; set; } = 1;

    /// <summary>Gets or sets when the run ends before its last epoch.</summary>
    [Required]
    [ValidateObjectMembers]
    public EarlyStoppingOptions EarlyStopping { get; set; } = new();

    /// <summary>Gets or sets the number of steps between two progress reports; losses are read from the device only then.</summary>
    [Range(1, 100_000)]
    public int ProgressEvery { get; set; } = 10;

    /// <summary>Gets or sets the number format in which the backbone computes while it is trained.</summary>
    [EnumDataType(typeof(TrainingPrecision))]
    public TrainingPrecision Precision { get; set; } = TrainingPrecision.Auto;

    /// <summary>Gets or sets the optimizer.</summary>
    [Required]
    [ValidateObjectMembers]
    public OptimizerOptions Optimizer { get; set; } = new();

    /// <summary>Gets or sets how the learning rate changes over the steps.</summary>
    [Required]
    [ValidateObjectMembers]
    public ScheduleOptions Schedule { get; set; } = new();

    /// <summary>
    /// Gets or sets the decay d of the exponential moving average of the weights, applied as min(d, (1 + t) / (10 + t)) at step t; null for
    /// none. The average is what is evaluated and saved.
    /// </summary>
    [Range(0.0, 0.999999)]
    public double? EmaDecay { get; set; } = 0.98;

    /// <summary>Gets or sets the largest norm of the whole gradient, beyond which it is scaled down; null for none.</summary>
    [Range(1e-6, 1e6)]
    public double? GradientClipNorm { get; set; }

    /// <summary>Gets or sets the shape of features and heads.</summary>
    [Required]
    [ValidateObjectMembers]
    public HeadOptions Heads { get; set; } = new();

    /// <summary>Gets or sets the weights against imbalance.</summary>
    [Required]
    [ValidateObjectMembers]
    public ImbalanceOptions Imbalance { get; set; } = new();

    /// <summary>Gets or sets λ1, λ2 and λ3 of the expression loss.</summary>
    [Required]
    [ValidateObjectMembers]
    public ExpressionLossWeights ExpressionLoss { get; set; } = new();

    /// <summary>
    /// Gets or sets how far expression labels are smoothed, in [0, 1) (Szegedy et al., 2016): each label gives this share to all classes
    /// alike. Pseudo-labels are not smoothed. The formula with class weights is that of <see cref="CrossEntropy.PerRow"/>.
    /// </summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double LabelSmoothing { get; set; }

    /// <summary>Gets or sets how the tasks' losses become one.</summary>
    [Required]
    [ValidateObjectMembers]
    public TaskBalancingOptions Balancing { get; set; } = new();

    /// <summary>Gets or sets how images without an expression label are used.</summary>
    [Required]
    [ValidateObjectMembers]
    public SemiSupervisionOptions SemiSupervision { get; set; } = new();

    /// <summary>Gets or sets the weak and strong views.</summary>
    [EnumDataType(typeof(ViewPreset))]
    public ViewPreset Views { get; set; } = ViewPreset.Rich;

    /// <summary>Gets or sets whether the heads alone are trained, on features that are computed once.</summary>
    [Required]
    [ValidateObjectMembers]
    public FrozenFeatureOptions FrozenFeatures { get; set; } = new();

    /// <summary>Gets or sets how rows and labels are mixed.</summary>
    [Required]
    [ValidateObjectMembers]
    public MixupOptions Mixup { get; set; } = new();

    /// <summary>Gets or sets what happens to an image that cannot be decoded.</summary>
    [EnumDataType(typeof(ImageFailurePolicy))]
    public ImageFailurePolicy OnBadImage { get; set; } = ImageFailurePolicy.Fail;

    /// <summary>Gets or sets how ranks train together, where there are several.</summary>
    [Required]
    [ValidateObjectMembers]
    public DistributedOptions Distributed { get; set; } = new();

    /// <summary>
    /// Has the heads alone trained, on frozen features, with the epochs and the learning rate that go with it:
    /// <see cref="FrozenFeatureOptions.Enabled"/>, 30 <see cref="Epochs"/>, and a <see cref="OptimizerOptions.HeadLearningRate"/> of 0.005.
    /// All else stays as recipe and variant have it. Call it before further changes.
    /// </summary>
    public void UseFrozenFeatures()
    {
        FrozenFeatures.Enabled = true;
        Epochs = 30;
        Optimizer.HeadLearningRate = 5e-3;
    }
}
