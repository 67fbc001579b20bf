using System.Collections.Immutable;
using System.Globalization;
using SsMfar.Data;
using SsMfar.Predictions;

namespace SsMfar.Metadata;

/// <summary>Reads action unit logits: a sigmoid and a threshold each. Decodes to <see cref="ActionUnitPrediction"/>.</summary>
public sealed class ActionUnitDecoder : ITaskDecoder<ActionUnitDecoder>
{
    /// <inheritdoc/>
    public static string Kind => "sigmoid-action-units";

    private readonly ImmutableArray<float> _thresholds;

    /// <summary>Makes a decoder.</summary>
    /// <param name="thresholds">Twelve probabilities in (0, 1) above which a unit is present; 0.5 each when null.</param>
    /// <exception cref="ArgumentException">Not twelve thresholds, or one outside (0, 1).</exception>
    public ActionUnitDecoder(IEnumerable<float>? thresholds = null)
    {
        _thresholds = thresholds is null ? [.. Enumerable.Repeat(0.5f, ActionUnits.Count)] : [.. thresholds];
        if (_thresholds.Length != ActionUnits.Count || _thresholds.Any(t => t is not (> 0 and < 1)))
        {
            throw new ArgumentException($"Expected {ActionUnits.Count} thresholds between 0 and 1.", nameof(thresholds));
        }
    }

    /// <inheritdoc/>
    public PartDescription Description => new PartDescription(Kind)
        .With("thresholds", string.Join(' ', _thresholds.Select(t => t.ToString("R", CultureInfo.InvariantCulture))));

    /// <inheritdoc/>
    int? ITaskDecoder.OutputCount => ActionUnits.Count;

    /// <summary>The thresholds, in the order of <see cref="ActionUnits.All"/>.</summary>
    public ImmutableArray<float> Thresholds => _thresholds;

    /// <summary>The same decoder with other thresholds for some units.</summary>
    /// <param name="thresholds">For each such unit, a probability in (0, 1) above which it is present.</param>
    /// <exception cref="ArgumentException">A threshold is outside (0, 1).</exception>
    public ActionUnitDecoder With(IEnumerable<KeyValuePair<ActionUnit, float>> thresholds)
    {
        ArgumentNullException.ThrowIfNull(thresholds);
        ImmutableArray<float>.Builder changed = _thresholds.ToBuilder();
        foreach ((ActionUnit unit, float threshold) in thresholds)
        {
            changed[ActionUnits.IndexOf(unit)] = threshold;
        }

        return new(changed);
    }

    /// <summary>Makes the decoder that a model file names.</summary>
    /// <param name="description">The part as the file has it.</param>
    /// <exception cref="FormatException">The thresholds are missing or no numbers.</exception>
    /// <exception cref="ArgumentException">Not twelve thresholds, or one outside (0, 1).</exception>
    public static ActionUnitDecoder Create(PartDescription description)
    {
        ArgumentNullException.ThrowIfNull(description);
        return new(description.Text("thresholds").Split(' ').Select(t => float.Parse(t, CultureInfo.InvariantCulture)));
    }

    /// <summary>Sigmoid: each logit becomes a probability. Flip-averaging averages probabilities.</summary>
    /// <param name="outputs">One logit a unit; receives the probabilities.</param>
    void ITaskDecoder.Activate(Span<float> outputs)
    {
        foreach (ref float output in outputs)
        {
            output = (float)(1 / (1 + Math.Exp(-(double)output)));
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">There are not as many values as units.</exception>
    object ITaskDecoder.Decode(ReadOnlySpan<float> values) => values.Length == _thresholds.Length
        ? new ActionUnitPrediction([.. values], _thresholds)
        : throw new ArgumentException(
            $"Expected a probability for each of {_thresholds.Length} units, got {values.Length}.",
            nameof(values));
}
