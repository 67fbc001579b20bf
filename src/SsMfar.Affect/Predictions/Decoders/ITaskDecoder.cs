using SsMfar.Models;

namespace SsMfar.Predictions;

/// <summary>
/// Reads one row of a task's outputs as a prediction, in two steps: <see cref="Activate"/> turns a head's outputs into values that may be
/// averaged over views of one face, <see cref="Decode"/> turns values into the prediction. Stateless and safe for many threads.
/// </summary>
public interface ITaskDecoder
{
    /// <summary>How a model file names this part, so that it can be made again.</summary>
    PartDescription Description { get; }

    /// <summary>How many outputs of a head it reads; null, unless implemented, for one that reads any number.</summary>
    int? OutputCount => null;

    /// <summary>
    /// Turns one image's outputs into values, in place: logits into probabilities, for instance. Flip-averaging averages what this gives.
    /// Unless implemented, outputs are values already, and flip-averaging averages the outputs.
    /// </summary>
    /// <param name="outputs">The head's outputs, in order; receives the values.</param>
    void Activate(Span<float> outputs)
    {
    }

    /// <summary>Decodes one image's values.</summary>
    /// <param name="values">What <see cref="Activate"/> gave, or the mean of that over an image and its mirror image.</param>
    /// <returns>An immutable value of the task's prediction type.</returns>
    object Decode(ReadOnlySpan<float> values);
}
