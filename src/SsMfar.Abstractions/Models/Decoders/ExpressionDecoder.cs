using SsMfar.Data;
using SsMfar.Inference;

namespace SsMfar.Models;

/// <summary>Reads expression logits: softmax over the classes. Decodes to <see cref="ExpressionPrediction"/>.</summary>
/// <param name="classes">The classes, in the order of the outputs.</param>
public sealed class ExpressionDecoder(ExpressionClassSet classes) : ITaskDecoder
{
    /// <summary>The name of this part in model files.</summary>
    public const string Kind = "softmax-expression";

    private const char Separator = '|';

    /// <inheritdoc/>
    public PartDescription Description => new PartDescription(Kind).With("classes", string.Join(Separator, classes.Names));

    /// <summary>Makes the decoder that a model file names.</summary>
    /// <param name="description">The part as the file has it.</param>
    public static ExpressionDecoder From(PartDescription description)
    {
        ArgumentNullException.ThrowIfNull(description);
        return new(new ExpressionClassSet(description.Text("classes").Split(Separator)));
    }

    /// <summary>Softmax: logits become probabilities that sum to 1. Flip-averaging averages probabilities.</summary>
    /// <param name="outputs">One logit a class; receives the probabilities.</param>
    public void Activate(Span<float> outputs)
    {
        float largest = float.NegativeInfinity;
        foreach (float output in outputs)
        {
            largest = Math.Max(largest, output);
        }

        double sum = 0;
        foreach (float output in outputs)
        {
            sum += Math.Exp(output - (double)largest);
        }

        foreach (ref float output in outputs)
        {
            output = (float)(Math.Exp(output - (double)largest) / sum);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">There are not as many values as classes.</exception>
    public object Decode(ReadOnlySpan<float> values) => values.Length == classes.Count
        ? new ExpressionPrediction(classes, [.. values])
        : throw new ArgumentException($"Expected a probability for each of {classes.Count} classes, got {values.Length}.", nameof(values));
}
