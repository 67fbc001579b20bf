using System.Collections.Immutable;
using TorchSharp;

namespace SsMfar.Metrics;

/// <summary>What a continuous task is judged by.</summary>
public enum RegressionScore
{
    /// <summary>The mean concordance correlation coefficient.</summary>
    Concordance,

    /// <summary>Minus the mean root of the mean squared error, so that higher is better.</summary>
    NegativeRootMeanSquaredError,

    /// <summary>Minus the mean absolute error, so that higher is better.</summary>
    NegativeMeanAbsoluteError,
}

/// <summary>
/// Judges a task with continuous labels, such as valence and arousal. Values: <c>ccc.NAME</c>, <c>rmse.NAME</c>, <c>mae.NAME</c> for
/// each label, and <c>mean</c>, the mean coefficient of the labels that occur.
/// </summary>
public sealed class RegressionMetric : ITaskMetric
{
    private readonly ImmutableArray<string> _names;
    private readonly RegressionScore _primary;
    private readonly double _smallest;
    private readonly double _largest;
    private readonly ConcordanceAccumulator[] _concordance;
    private readonly double[] _squaredErrors;
    private readonly double[] _absoluteErrors;

    /// <summary>Makes a metric without rows.</summary>
    /// <param name="names">The names of the labels, in column order; at least one.</param>
    /// <param name="primary">What the task is judged by.</param>
    /// <param name="smallest">Outputs below are raised to this before they are scored.</param>
    /// <param name="largest">Outputs above are lowered to this before they are scored.</param>
    /// <exception cref="ArgumentException">
    /// There is no name, one repeats, or <paramref name="smallest"/> is over <paramref name="largest"/>.
    /// </exception>
    public RegressionMetric(
        IReadOnlyList<string> names,
        RegressionScore primary = RegressionScore.Concordance,
        double smallest = double.NegativeInfinity,
        double largest = double.PositiveInfinity)
    {
        ArgumentNullException.ThrowIfNull(names);
        if (!(smallest <= largest))
        {
            throw new ArgumentException(
                FormattableString.Invariant($"The limits {smallest} and {largest} leave no value."),
                nameof(smallest));
        }

        _names = MetricNames.Checked(names, atLeast: 1);
        _primary = primary;
        _smallest = smallest;
        _largest = largest;
        _concordance = [.. _names.Select(_ => new ConcordanceAccumulator())];
        _squaredErrors = new double[_names.Length];
        _absoluteErrors = new double[_names.Length];
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A shape is wrong, or an output of a labelled entry is not finite.</exception>
    public void Update(torch.Tensor outputs, torch.Tensor values, torch.Tensor mask)
    {
        HostRows rows = HostRows.Copy(outputs, values, mask, _names.Length, _names.Length);
        for (int i = 0; i < rows.Mask.Length; i++)
        {
            if (rows.Mask[i] == 0)
            {
                continue;
            }

            int column = i % _names.Length;
            if (!double.IsFinite(rows.Outputs[i]))
            {
                throw new ArgumentException(
                    FormattableString.Invariant(
                        $"The output of {_names[column]} is {rows.Outputs[i]}; the model has diverged."), nameof(outputs));
            }

            double output = Math.Clamp(rows.Outputs[i], _smallest, _largest);
            double error = output - rows.Values[i];
            _concordance[column].Add(output, rows.Values[i]);
            _squaredErrors[column] += error * error;
            _absoluteErrors[column] += Math.Abs(error);
        }
    }

    /// <inheritdoc/>
    public TaskScore Compute()
    {
        double?[] concordance = [.. _concordance.Select(accumulator => accumulator.Value)];
        double?[] rmse = [.. _squaredErrors.Select((sum, i) => Mean(sum, i) is { } mean ? Math.Sqrt(mean) : (double?)null)];
        double?[] mae = [.. _absoluteErrors.Select(Mean)];
        var values = ImmutableSortedDictionary.CreateBuilder<string, double?>(StringComparer.Ordinal);
        for (int i = 0; i < _names.Length; i++)
        {
            values["ccc." + _names[i]] = concordance[i];
            values["rmse." + _names[i]] = rmse[i];
            values["mae." + _names[i]] = mae[i];
        }

        // Averages skip null and are null without a value.
        values["mean"] = concordance.Average();
        double? primary = _primary switch
        {
            RegressionScore.NegativeRootMeanSquaredError => -rmse.Average(),
            RegressionScore.NegativeMeanAbsoluteError => -mae.Average(),
            _ => concordance.Average(),
        };
        return new(primary, values.ToImmutable());
    }

    private double? Mean(double sum, int column) => _concordance[column].Count == 0 ? null : sum / _concordance[column].Count;
}
