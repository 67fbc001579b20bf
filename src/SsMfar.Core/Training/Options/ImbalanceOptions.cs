using System.ComponentModel.DataAnnotations;
using SsMfar.Data;

namespace SsMfar.Training;

/// <summary>How imbalance between classes, and between present and absent units, is met.</summary>
public sealed class ImbalanceOptions
{
    /// <summary>
    /// Gets or sets the power to which expression weights are raised: 1 is Eq. 1 of the paper, 0.5 dampens, 0 switches them off.
    /// </summary>
    [Range(0.0, 1.0)]
    public double ExpressionPower { get; set; } = 0.5;

    /// <summary>
    /// Gets or sets whether class weights are divided by the number of classes first, so that balanced classes weigh 1. Eq. 1 does not.
    /// </summary>
    public bool NormalizeExpressionWeights { get; set; } = true;

    /// <summary>
    /// Gets or sets the power to which action unit weights are raised: 1 is Eq. 2 of the paper, 0.5 dampens, 0 switches them off.
    /// </summary>
    [Range(0.0, 1.0)]
    public double ActionUnitPower { get; set; } = 0.5;

    /// <summary>
    /// Gets or sets the formula of the action unit weights: Eq. 2's negatives / positives, or the published code's rows / (2 positives).
    /// </summary>
    [EnumDataType(typeof(ActionUnitWeighting))]
    public ActionUnitWeighting ActionUnitWeighting { get; set; } = ActionUnitWeighting.NegativeOverPositive;

    /// <summary>
    /// Gets or sets the largest weight, and what a class or unit without a sample gets; a unit that is present in every labelled row weighs
    /// 1 then, or the cap where that is less. Null: no limit, and such a class or unit is an error unless its weights are switched off.
    /// </summary>
    [Range(1e-3, 1e6)]
    public double? WeightCap { get; set; }

    /// <summary>
    /// Gets or sets whether expression-labelled rows are drawn equally often from each class (the -RS variants); weights are then 1.
    /// </summary>
    public bool ResampleExpressions { get; set; }
}
