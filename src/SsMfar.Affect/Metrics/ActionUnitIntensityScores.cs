using System.Collections.Immutable;
using SsMfar.Data;

namespace SsMfar.Metrics;

/// <summary>
/// Scores of action units' intensities, each unit's over the rows that have its label. A unit without a label is null, and enters no mean.
/// </summary>
public sealed class ActionUnitIntensityScores
{
    /// <summary>Makes scores.</summary>
    /// <param name="icc">ICC(3,1) of each unit.</param>
    /// <param name="pcc">Pearson's correlation of each unit.</param>
    /// <param name="mae">The mean absolute error of each unit.</param>
    /// <param name="units">The units.</param>
    /// <exception cref="ArgumentException">
    /// There are not as many of one as units, one is known of other units than another, or none is known.
    /// </exception>
    public ActionUnitIntensityScores(
        ImmutableArray<double?> icc, ImmutableArray<double?> pcc, ImmutableArray<double?> mae, ActionUnitSet units)
    {
        ArgumentNullException.ThrowIfNull(units);
        if (new[] { icc, pcc, mae }.Any(scores =>
            scores.IsDefault || scores.Length != units.Count || !scores.Select(Known).SequenceEqual(icc.Select(Known)) ||
            !scores.Any(Known)))
        {
            throw new ArgumentException($"Expected three scores for each of {units.Count} units, of the same units, and of one at least.");
        }

        (Icc, Pcc, Mae, Units) = (icc, pcc, mae, units);
        (MeanIcc, MeanPcc, MeanMae) = (icc.Average()!.Value, pcc.Average()!.Value, mae.Average()!.Value);

        static bool Known(double? score) => score is not null;
    }

    /// <summary>Gets the units that were judged.</summary>
    public ActionUnitSet Units { get; }

    /// <summary>
    /// Gets ICC(3,1) of each unit (Shrout and Fleiss, 1979): labels and predictions as two raters, of whom the consistency is judged, one
    /// rating each; -1 to 1, and 0 where neither varies.
    /// </summary>
    public ImmutableArray<double?> Icc { get; }

    /// <summary>Gets Pearson's correlation of each unit, -1 to 1; 0 where labels or predictions do not vary.</summary>
    public ImmutableArray<double?> Pcc { get; }

    /// <summary>Gets the mean absolute error of each unit, 0 to 5.</summary>
    public ImmutableArray<double?> Mae { get; }

    /// <summary>Gets the mean of <see cref="Icc"/> over the units with labels.</summary>
    public double MeanIcc { get; }

    /// <summary>Gets the mean of <see cref="Pcc"/> over the units with labels.</summary>
    public double MeanPcc { get; }

    /// <summary>Gets the mean of <see cref="Mae"/> over the units with labels.</summary>
    public double MeanMae { get; }
}
