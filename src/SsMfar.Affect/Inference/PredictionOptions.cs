using System.Globalization;
using SsMfar.Data;
using SsMfar.Imaging;

namespace SsMfar.Inference;

/// <summary>
/// How a predictor works, as plain data: usable alone or bound from configuration. Read once, when the predictor is made.
/// </summary>
public class PredictionOptions
{
    /// <summary>
    /// Whether each face is also read in its mirror image and the two are averaged: the mean of the softmax probabilities of expressions,
    /// of the sigmoid probabilities of units, and of valence and arousal after clamping; for a decoder of your own, the mean of what its
    /// <see cref="Predictions.ITaskDecoder.Activate"/> gives, which is the head's outputs unless it is implemented. Twice the work.
    /// </summary>
    public bool FlipAveraging { get; set; }

    /// <summary>Images that the network runs at once, mirror images included, at least 1; what the device does well when null.</summary>
    public int? BatchSize { get; set; }

    /// <summary>Threads that decode images for batches, at least 1; as many as there are processors when null.</summary>
    public int? DecodeThreads { get; set; }

    /// <summary>Probabilities in (0, 1) above which a unit is present, in place of the model's own; units not named keep theirs.</summary>
    public Dictionary<ActionUnit, float> ActionUnitThresholds { get; } = [];

    /// <summary>How encoded images are decoded and how large they may be.</summary>
    public ImageDecoder Decoder { get; set; } = ImageDecoder.Default;

    /// <summary>What is wrong with the options.</summary>
    /// <returns>One sentence a fault, naming the option, its value and what is allowed; empty when all is well.</returns>
    public virtual IEnumerable<string> Faults()
    {
        if (BatchSize < 1)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{nameof(BatchSize)} is {BatchSize}; it is at least 1.");
        }

        if (DecodeThreads < 1)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{nameof(DecodeThreads)} is {DecodeThreads}; it is at least 1.");
        }

        if (Decoder is null)
        {
            yield return $"{nameof(Decoder)} is null; {nameof(ImageDecoder)}.{nameof(ImageDecoder.Default)} is the default.";
        }

        foreach ((ActionUnit unit, float threshold) in ActionUnitThresholds)
        {
            if (!Enum.IsDefined(unit) || threshold is not (> 0 and < 1))
            {
                yield return string.Create(
                    CultureInfo.InvariantCulture, $"{nameof(ActionUnitThresholds)} gives {unit} the threshold {threshold}; units are " +
                        $"{string.Join(", ", ActionUnits.Names)}, thresholds between 0 and 1.");
            }
        }
    }

    /// <summary>Throws when there are <see cref="Faults"/>.</summary>
    /// <exception cref="ArgumentException">The message names every fault.</exception>
    public void Validate()
    {
        string faults = string.Join(' ', Faults());
        if (faults.Length > 0)
        {
            throw new ArgumentException(faults);
        }
    }
}
