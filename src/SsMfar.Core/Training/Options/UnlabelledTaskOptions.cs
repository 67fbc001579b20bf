using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using SsMfar.Losses;
using SsMfar.SemiSupervised;

namespace SsMfar.Training;

/// <summary>Tasks that rows without their label teach by a policy; several may be named together.</summary>
[Flags]
public enum UnlabelledTasks
{
    /// <summary>The expression: pseudo-labels and consistency (SS-MFAR).</summary>
    Expression = 1,

    /// <summary>The action units: pseudo-labels unit by unit, for present and absent (<see cref="UnitThresholdPolicy"/>).</summary>
    ActionUnits = 2,

    /// <summary>
    /// Valence and arousal: strong views are held to the averaged weights' estimate (<see cref="TeacherEstimatePolicy"/>), for which
    /// <see cref="SemiSupervisionOptions.Teacher"/> must be <see cref="PseudoLabelTeacher.Average"/>.
    /// </summary>
    ValenceArousal = 4,

    /// <summary>All three.</summary>
    All = Expression | ActionUnits | ValenceArousal,
}

/// <summary>How rows with an unknown unit are learned from.</summary>
public sealed class ActionUnitPolicyOptions
{
    /// <summary>
    /// Gets or sets the adaptive thresholds of each unit, for present and absent alike (<see cref="UnitThresholdPolicy"/>).
    /// </summary>
    [Required]
    [ValidateObjectMembers]
    public AdaptiveThresholdOptions Threshold { get; set; } = new();

    /// <summary>Gets or sets what of them is learned.</summary>
    [Required]
    [ValidateObjectMembers]
    public UnlabelledUnitOptions Loss { get; set; } = new();
}

/// <summary>Where the shares of units in expressions come from.</summary>
public enum CouplingTable
{
    /// <summary>
    /// Du, Tao and Martinez, "Compound facial expressions of emotion" (2014), as Kollias et al. (2021) use them: 1 for a prototypical unit
    /// of an expression, the share of people who show it for an observational one, 0 for all others. Classes are found by their names;
    /// one that is no basic expression, such as Other, says nothing.
    /// </summary>
    BasicExpressions,

    /// <summary>
    /// The training rows that have both labels: (rows of the class with the unit + 1) / (rows of the class of which the unit is known + 2);
    /// a pair of which there is no row says nothing.
    /// </summary>
    LabelledRows,
}

/// <summary>A coupling of expressions and units that go together (<see cref="DistributionMatching"/>).</summary>
public sealed class TaskCouplingOptions
{
    /// <summary>Gets or sets the coupling's weight beside the tasks' losses; not negative, 0 for none.</summary>
    [Range(0.0, double.MaxValue)]
    public double Weight { get; set; }

    /// <summary>Gets or sets which units an expression is expected to show.</summary>
    [EnumDataType(typeof(CouplingTable))]
    public CouplingTable Table { get; set; } = CouplingTable.BasicExpressions;

    /// <summary>Gets or sets whether expressions follow units, too, as in the paper, or units alone follow expressions.</summary>
    public bool BothWays { get; set; } = true;
}
