using System.ComponentModel.DataAnnotations;

namespace SsMfar.Training;

/// <summary>Which rule turns gradients into steps.</summary>
public enum OptimizerKind
{
    /// <summary>Adam (Kingma and Ba, 2015); weight decay is added to the gradient.</summary>
    Adam,

    /// <summary>AdamW (Loshchilov and Hutter, 2019); weight decay is applied to the weights.</summary>
    AdamW,
}

/// <summary>The optimizer. Norms and biases are never decayed.</summary>
public sealed class OptimizerOptions
{
    /// <summary>Gets or sets the rule.</summary>
    [EnumDataType(typeof(OptimizerKind))]
    public OptimizerKind Kind { get; set; } = OptimizerKind.AdamW;

    /// <summary>Gets or sets the peak learning rate of the backbone, in (0, 1].</summary>
    [Range(1e-9, 1.0)]
    public double BackboneLearningRate { get; set; } = 2e-3;

    /// <summary>
    /// Gets or sets how many epochs at the start the backbone stays as it is while the heads learn, at least 0. A frozen backbone computes
    /// without gradient and in evaluation mode: its batch norms use their running statistics and leave them alone. Afterwards it trains at
    /// its rate, with fresh moments, at the point that the schedule has reached. As many epochs as the run has: heads alone are learned.
    /// </summary>
    [Range(0, 100_000)]
    public int FrozenBackboneEpochs { get; set; }

    /// <summary>Gets or sets the peak learning rate of the heads, in (0, 1].</summary>
    [Range(1e-9, 1.0)]
    public double HeadLearningRate { get; set; } = 2e-3;

    /// <summary>Gets or sets the weight decay of matrices and convolutions.</summary>
    [Range(0.0, 1.0)]
    public double WeightDecay { get; set; } = 0.05;

    /// <summary>Gets or sets the decay of the first moment; a one-cycle schedule varies it instead.</summary>
    [Range(0.0, 0.999999)]
    public double Beta1 { get; set; } = 0.9;

    /// <summary>Gets or sets the decay of the second moment.</summary>
    [Range(0.0, 0.999999)]
    public double Beta2 { get; set; } = 0.999;

    /// <summary>Gets or sets what is added to the denominator.</summary>
    [Range(1e-16, 1.0)]
    public double Epsilon { get; set; } = 1e-8;
}
