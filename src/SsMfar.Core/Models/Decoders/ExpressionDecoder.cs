using System.Collections.Immutable;
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

    /// <inheritdoc/>
    public object Decode(ReadOnlySpan<float> outputs)
    {
        float largest = float.NegativeInfinity;
        foreach (float output in outputs)
        {
            largest = Math.Max(largest, output);
        }

        Span<double> powers = stackalloc double[outputs.Length];
        double sum = 0;
        for (int i = 0; i < outputs.Length; i++)
        {
            powers[i] = Math.Exp(outputs[i] - largest);
            sum += powers[i];
        }

        var probabilities = ImmutableArray.CreateBuilder<float>(outputs.Length);
        foreach (double power in powers)
        {
            probabilities.Add((float)(power / sum));
        }

        return new ExpressionPrediction(classes, probabilities.MoveToImmutable());
    }
}
