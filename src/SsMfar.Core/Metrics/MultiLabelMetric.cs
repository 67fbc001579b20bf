using System.Collections.Immutable;
using TorchSharp;

namespace SsMfar.Metrics;

/// <summary>
/// Judges a task with several yes-or-no labels, such as the action units, by the mean F1 (one that never occurs counts as 0). Values:
/// <c>meanF1</c>, and <c>f1.NAME</c> for each label. A label is predicted when the logistic function of its output is over its threshold.
/// </summary>
internal sealed class MultiLabelMetric : ITaskMetric
{
    private readonly ImmutableArray<string> _names;
    private readonly double[] _thresholds;
    private readonly BinaryCounts[] _counts;

    /// <summary>Makes a metric without rows.</summary>
    /// <param name="names">The names of the labels, in column order; at least one.</param>
    /// <param name="thresholds">A probability for each label, or null for 0.5 each; copied.</param>
    /// <exception cref="ArgumentException">There is no name, one repeats, or the thresholds are not as many probabilities.</exception>
    public MultiLabelMetric(IReadOnlyList<string> names, IReadOnlyList<double>? thresholds = null)
    {
        ArgumentNullException.ThrowIfNull(names);
        _names = MetricNames.Checked(names, atLeast: 1);
        _thresholds = thresholds is null ? [.. Enumerable.Repeat(0.5, _names.Length)] : [.. thresholds];
        if (_thresholds.Length != _names.Length || !_thresholds.All(threshold => threshold is >= 0 and <= 1))
        {
            throw new ArgumentException($"Expected {_names.Length} thresholds in [0, 1], one a label.", nameof(thresholds));
        }

        _counts = new BinaryCounts[_names.Length];
    }

    /// <summary>Gets the outcomes so far, in column order.</summary>
    public IReadOnlyList<BinaryCounts> Counts => _counts.AsReadOnly();

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
            double output = rows.Outputs[i];
            if (!double.IsFinite(output))
            {
                throw new ArgumentException(
                    FormattableString.Invariant($"The output of {_names[column]} is {output}; the model has diverged."),
                    nameof(outputs));
            }

            bool predicted = 1 / (1 + Math.Exp(-output)) > _thresholds[column];
            _counts[column] = _counts[column].Plus((rows.Values[i] > 0.5, predicted) switch
            {
                (true, true) => new(1, 0, 0, 0),
                (false, true) => new(0, 1, 0, 0),
                (true, false) => new(0, 0, 1, 0),
                (false, false) => new(0, 0, 0, 1),
            });
        }
    }

    /// <inheritdoc/>
    public TaskScore Compute()
    {
        bool any = _counts.Any(count => count.Total > 0);
        double? mean = any ? _counts.Average(count => count.F1) : null;
        var values = ImmutableSortedDictionary.CreateBuilder<string, double?>(StringComparer.Ordinal);
        values["meanF1"] = mean;
        for (int i = 0; i < _names.Length; i++)
        {
            values["f1." + _names[i]] = any ? _counts[i].F1 : null;
        }

        return new(mean, values.ToImmutable());
    }
}
