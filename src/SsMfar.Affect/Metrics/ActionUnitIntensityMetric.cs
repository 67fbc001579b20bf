using SsMfar.Data;
using SsMfar.Predictions;

namespace SsMfar.Metrics;

/// <summary>
/// Agreement of action units' intensities over the entries that are known: ICC(3,1), Pearson's correlation and the mean absolute error of
/// each unit, in constant memory. Not safe for writing from several threads.
/// </summary>
/// <param name="units">The units; labels of others count nowhere.</param>
public sealed class ActionUnitIntensityMetric(ActionUnitSet units)
{
    private readonly ConcordanceAccumulator[] _pairs = [.. units.Units.Select(_ => new ConcordanceAccumulator())];
    private readonly double[] _absoluteErrors = new double[units.Count];

    /// <summary>Gets the units.</summary>
    public ActionUnitSet Units => units;

    /// <summary>Gets whether any entry was known.</summary>
    public bool AnyKnown => _pairs.Any(pairs => pairs.Count > 0);

    /// <summary>Counts a row.</summary>
    /// <param name="truth">The labels; unknown entries count nowhere.</param>
    /// <param name="prediction">What is predicted of every unit of <see cref="Units"/>, and perhaps of more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The prediction lacks a unit.</exception>
    public void Add(ActionUnitIntensities truth, ActionUnitIntensityPrediction prediction)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        for (int i = 0; i < units.Count; i++)
        {
            float predicted = prediction[units[i]];
            if (truth[units[i]] is { } known)
            {
                Add(i, known, predicted);
            }
        }
    }

    /// <summary>Counts a row of numbers.</summary>
    /// <param name="truth">An intensity for each unit, NaN where unknown.</param>
    /// <param name="predicted">A finite number for each unit, taken as 0 below 0 and as 5 above 5.</param>
    /// <exception cref="ArgumentException">There are not as many of either as units, or a prediction is not finite.</exception>
    public void Add(ReadOnlySpan<double> truth, ReadOnlySpan<double> predicted)
    {
        if (truth.Length != units.Count || predicted.Length != units.Count)
        {
            throw new ArgumentException(
                $"Expected a number for each of {units.Count} units, got {truth.Length} labels and {predicted.Length} predictions.");
        }

        for (int i = 0; i < units.Count; i++)
        {
            if (!double.IsFinite(predicted[i]))
            {
                throw new ArgumentException(FormattableString.Invariant($"The intensity of {units.Names[i]} is {predicted[i]}."));
            }

            if (!double.IsNaN(truth[i]))
            {
                Add(i, truth[i], predicted[i]);
            }
        }
    }

    /// <summary>The scores of all rows so far; null where no entry was known.</summary>
    public ActionUnitIntensityScores? Compute() => !AnyKnown ? null : new(
        [.. _pairs.Select(pairs => pairs.Consistency)],
        [.. _pairs.Select(pairs => pairs.Correlation)],
        [.. _pairs.Select((pairs, i) => pairs.Count == 0 ? (double?)null : _absoluteErrors[i] / pairs.Count)],
        units);

    /// <summary>Adds another metric's rows.</summary>
    /// <param name="other">Another metric; unchanged.</param>
    /// <exception cref="InvalidOperationException">It is of other units.</exception>
    internal void Merge(ActionUnitIntensityMetric other)
    {
        if (!units.Equals(other.Units))
        {
            throw new InvalidOperationException($"The one is about the intensities of {units}, the other about those of {other.Units}.");
        }

        for (int i = 0; i < _pairs.Length; i++)
        {
            _pairs[i].Merge(other._pairs[i]);
            _absoluteErrors[i] += other._absoluteErrors[i];
        }
    }

    private void Add(int unit, double truth, double predicted)
    {
        double within = Math.Clamp(predicted, 0, ActionUnitIntensities.Highest);
        _pairs[unit].Add(within, truth);
        _absoluteErrors[unit] += Math.Abs(within - truth);
    }
}
