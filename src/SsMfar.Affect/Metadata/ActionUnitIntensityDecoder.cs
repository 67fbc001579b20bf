using SsMfar.Data;
using SsMfar.Predictions;

namespace SsMfar.Metadata;

/// <summary>
/// Reads intensities of action units from ordinal logits: five a unit, of which the k-th, counted from 0, says whether the intensity is
/// above k (Cao, Mirjalili and Raschka, 2020). The intensity is its expectation, the sum of the five probabilities. Decodes to
/// <see cref="ActionUnitIntensityPrediction"/>.
/// </summary>
public sealed class ActionUnitIntensityDecoder : ITaskDecoder<ActionUnitIntensityDecoder>
{
    /// <summary>How many outputs a unit has: 5, one between each two of the six grades.</summary>
    public const int OutputsPerUnit = ActionUnitIntensities.Highest;

    /// <summary>Makes a decoder.</summary>
    /// <param name="units">The units of the outputs.</param>
    public ActionUnitIntensityDecoder(ActionUnitSet units)
    {
        ArgumentNullException.ThrowIfNull(units);
        Units = units;
    }

    /// <inheritdoc/>
    public static string Kind => "ordinal-action-unit-intensity";

    /// <inheritdoc/>
    public PartDescription Description => new PartDescription(Kind).With("units", string.Join(' ', Units.Names));

    /// <inheritdoc/>
    int? ITaskDecoder.OutputCount => Units.Count * OutputsPerUnit;

    /// <summary>Gets the units of the outputs.</summary>
    public ActionUnitSet Units { get; }

    /// <summary>Makes the decoder that a model file names.</summary>
    /// <param name="description">The part as the file has it.</param>
    /// <exception cref="FormatException">The units are missing.</exception>
    /// <exception cref="ArgumentException">There is no such unit, or one is not in its place.</exception>
    public static ActionUnitIntensityDecoder Create(PartDescription description)
    {
        ArgumentNullException.ThrowIfNull(description);
        return new(ActionUnitDecoder.InOrder(description.Text("units").Split(' ')));
    }

    /// <summary>The logistic function: each logit becomes a probability. Flip-averaging averages probabilities.</summary>
    /// <param name="outputs">Five logits a unit; receives the probabilities.</param>
    void ITaskDecoder.Activate(Span<float> outputs)
    {
        foreach (ref float output in outputs)
        {
            output = (float)(1 / (1 + Math.Exp(-(double)output)));
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">There are not five values a unit.</exception>
    object ITaskDecoder.Decode(ReadOnlySpan<float> values)
    {
        if (values.Length != Units.Count * OutputsPerUnit)
        {
            throw new ArgumentException(
                $"Expected {OutputsPerUnit} probabilities for each of {Units.Count} units, got {values.Length}.", nameof(values));
        }

        float[] intensities = new float[Units.Count];
        for (int i = 0; i < values.Length; i++)
        {
            intensities[i / OutputsPerUnit] += values[i];
        }

        return new ActionUnitIntensityPrediction([.. intensities], Units);
    }
}
