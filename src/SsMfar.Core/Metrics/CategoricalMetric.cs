using System.Collections.Immutable;
using TorchSharp;

namespace SsMfar.Metrics;

/// <summary>
/// Judges a task whose label is one of K classes, such as the expression, by macro F1 (a class that never occurs counts as 0). Values:
/// <c>macroF1</c>, <c>accuracy</c>, and <c>f1.NAME</c> for each class. The predicted class is the largest output.
/// </summary>
internal sealed class CategoricalMetric : ITaskMetric
{
    private readonly ImmutableArray<string> _names;

    /// <summary>Makes a metric without rows.</summary>
    /// <param name="classNames">The names of the classes, in index order; at least two.</param>
    /// <exception cref="ArgumentException">There are fewer than two names, or one repeats.</exception>
    public CategoricalMetric(IReadOnlyList<string> classNames)
    {
        ArgumentNullException.ThrowIfNull(classNames);
        _names = MetricNames.Checked(classNames, atLeast: 2);
        Confusion = new(_names.Length);
    }

    /// <summary>Gets the rows so far.</summary>
    public ConfusionMatrix Confusion { get; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A shape is wrong, a label is no class, or an output of a labelled row is not finite.</exception>
    public void Update(torch.Tensor outputs, torch.Tensor values, torch.Tensor mask)
    {
        HostRows rows = HostRows.Copy(outputs, values, mask, _names.Length, 1);
        for (int i = 0; i < rows.Mask.Length; i++)
        {
            if (rows.Mask[i] != 0)
            {
                Confusion.Add((int)rows.Values[i], Largest(rows.Outputs.AsSpan(i * _names.Length, _names.Length), i));
            }
        }
    }

    /// <inheritdoc/>
    public TaskScore Compute()
    {
        var values = ImmutableSortedDictionary.CreateBuilder<string, double?>(StringComparer.Ordinal);
        bool any = Confusion.Total > 0;
        values["macroF1"] = Confusion.MacroF1;
        values["accuracy"] = Confusion.Accuracy;
        for (int i = 0; i < _names.Length; i++)
        {
            values["f1." + _names[i]] = any ? Confusion.F1(i) : null;
        }

        return new(Confusion.MacroF1, values.ToImmutable());
    }

    private static int Largest(ReadOnlySpan<double> outputs, int row)
    {
        int largest = 0;
        for (int i = 0; i < outputs.Length; i++)
        {
            if (!double.IsFinite(outputs[i]))
            {
                throw new ArgumentException(
                    FormattableString.Invariant($"Output {i} of row {row} is {outputs[i]}; the model has diverged."),
                    nameof(outputs));
            }

            largest = outputs[i] > outputs[largest] ? i : largest;
        }

        return largest;
    }
}
