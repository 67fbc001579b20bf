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
    /// <param name="thresholds">A probability in (0, 1) for each unit, above which it is present; 0.5 each when null.</param>
    /// <param name="units">The units of the outputs; the challenge's twelve when null.</param>
    /// <exception cref="ArgumentException">Not as many thresholds as units, or one outside (0, 1).</exception>
    public ActionUnitDecoder(IEnumerable<float>? thresholds = null, ActionUnitSet? units = null)
    {
        Units = units ?? ActionUnitSet.AffWild2;
        _thresholds = thresholds is null ? [.. Enumerable.Repeat(0.5f, Units.Count)] : [.. thresholds];
        if (_thresholds.Length != Units.Count || _thresholds.Any(t => t is not (> 0 and < 1)))
        {
            throw new ArgumentException($"Expected {Units.Count} thresholds between 0 and 1.", nameof(thresholds));
        }
    }

    /// <inheritdoc/>
    public PartDescription Description
    {
        get
        {
            PartDescription description = new PartDescription(Kind)
                .With("thresholds", string.Join(' ', _thresholds.Select(t => t.ToString("R", CultureInfo.InvariantCulture))));

            // The challenge's twelve go without saying, as in files from before there were others.
            return Units.Equals(ActionUnitSet.AffWild2) ? description : description.With("units", string.Join(' ', Units.Names));
        }
    }

    /// <inheritdoc/>
    int? ITaskDecoder.OutputCount => Units.Count;

    /// <summary>Gets the units of the outputs.</summary>
    public ActionUnitSet Units { get; }

    /// <summary>Gets the thresholds, in the order of <see cref="Units"/>.</summary>
    public ImmutableArray<float> Thresholds => _thresholds;

    /// <summary>The same decoder with other thresholds for some units.</summary>
    /// <param name="thresholds">For each such unit, a probability in (0, 1) above which it is present.</param>
    /// <exception cref="ArgumentException">A threshold is outside (0, 1).</exception>
    /// <exception cref="ArgumentOutOfRangeException">A unit is none of the model's.</exception>
    public ActionUnitDecoder With(IEnumerable<KeyValuePair<ActionUnit, float>> thresholds)
    {
        ArgumentNullException.ThrowIfNull(thresholds);
        ImmutableArray<float>.Builder changed = _thresholds.ToBuilder();
        foreach ((ActionUnit unit, float threshold) in thresholds)
        {
            changed[Units.Require(unit)] = threshold;
        }

        return new(changed, Units);
    }

    /// <summary>Makes the decoder that a model file names.</summary>
    /// <param name="description">The part as the file has it.</param>
    /// <exception cref="FormatException">The thresholds are missing or no numbers.</exception>
    /// <exception cref="ArgumentException">
    /// Not as many thresholds as units, one outside (0, 1), or a unit that there is not or that is not in its place.
    /// </exception>
    public static ActionUnitDecoder Create(PartDescription description)
    {
        ArgumentNullException.ThrowIfNull(description);
        return new(
            description.Text("thresholds").Split(' ').Select(t => float.Parse(t, CultureInfo.InvariantCulture)),
            description.Settings.TryGetValue("units", out string? names) ? InOrder(names.Split(' ')) : null);
    }

    // Outputs are in the order of the names, and that of a set is fixed.
    internal static ActionUnitSet InOrder(string[] names)
    {
        ActionUnitSet units = ActionUnitSet.Parse(names);
        return units.Names.SequenceEqual(names)
            ? units
            : throw new ArgumentException($"The units {string.Join(", ", names)} are not in the order of their numbers, {units}.");
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
        ? new ActionUnitPrediction([.. values], _thresholds, Units)
        : throw new ArgumentException(
            $"Expected a probability for each of {_thresholds.Length} units, got {values.Length}.",
            nameof(values));
}
