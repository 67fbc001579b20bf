using System.Collections.Immutable;
using System.Globalization;
using SsMfar.Data;
using SsMfar.Inference;

namespace SsMfar.Models;

/// <summary>Reads action unit logits: a sigmoid and a threshold each. Decodes to <see cref="ActionUnitPrediction"/>.</summary>
public sealed class ActionUnitDecoder : ITaskDecoder
{
    /// <summary>The name of this part in model files.</summary>
    public const string Kind = "sigmoid-action-units";

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

    /// <summary>Makes the decoder that a model file names.</summary>
    /// <param name="description">The part as the file has it.</param>
    public static ActionUnitDecoder From(PartDescription description)
    {
        ArgumentNullException.ThrowIfNull(description);
        return new(description.Text("thresholds").Split(' ').Select(t => float.Parse(t, CultureInfo.InvariantCulture)));
    }

    /// <inheritdoc/>
    public object Decode(ReadOnlySpan<float> outputs)
    {
        var probabilities = ImmutableArray.CreateBuilder<float>(outputs.Length);
        foreach (float output in outputs)
        {
            probabilities.Add((float)(1 / (1 + Math.Exp(-(double)output))));
        }

        return new ActionUnitPrediction(probabilities.MoveToImmutable(), _thresholds);
    }
}
