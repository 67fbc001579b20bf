using System.Text;
using SsMfar.Data;
using SsMfar.Predictions;

namespace SsMfar.Metadata;

/// <summary>Reads expression logits: softmax over the classes. Decodes to <see cref="ExpressionPrediction"/>.</summary>
/// <param name="classes">The classes, in the order of the outputs.</param>
public sealed class ExpressionDecoder(ExpressionClassSet classes) : ITaskDecoder<ExpressionDecoder>
{
    /// <inheritdoc/>
    public static string Kind => "softmax-expression";

    private const char Separator = '|';
    private const char Escape = '\\';

    /// <inheritdoc/>
    /// <remarks>The names are joined by <c>|</c>; a <c>|</c> or <c>\</c> of a name has a <c>\</c> before it.</remarks>
    public PartDescription Description => new PartDescription(Kind).With("classes", string.Join(Separator, classes.Names.Select(Escaped)));

    /// <summary>The classes, in the order of the outputs.</summary>
    public ExpressionClassSet Classes => classes;

    /// <inheritdoc/>
    int? ITaskDecoder.OutputCount => classes.Count;

    /// <summary>Makes the decoder that a model file names.</summary>
    /// <param name="description">The part as the file has it.</param>
    /// <exception cref="FormatException">The classes are missing.</exception>
    /// <exception cref="ArgumentException">The classes cannot be a set: fewer than two, an empty name, or one twice.</exception>
    public static ExpressionDecoder Create(PartDescription description)
    {
        ArgumentNullException.ThrowIfNull(description);
        return new(new ExpressionClassSet(Names(description.Text("classes"))));
    }

    /// <summary>Softmax: logits become probabilities that sum to 1. Flip-averaging averages probabilities.</summary>
    /// <param name="outputs">One logit a class; receives the probabilities.</param>
    void ITaskDecoder.Activate(Span<float> outputs)
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
    object ITaskDecoder.Decode(ReadOnlySpan<float> values) => values.Length == classes.Count
        ? new ExpressionPrediction(classes, [.. values])
        : throw new ArgumentException($"Expected a probability for each of {classes.Count} classes, got {values.Length}.", nameof(values));

    private static string Escaped(string name) =>
        name.Replace($"{Escape}", $"{Escape}{Escape}", StringComparison.Ordinal).Replace($"{Separator}", $"{Escape}{Separator}",
            StringComparison.Ordinal);

    // A backslash before anything else is itself: before names with separators were possible, it needed none before it.
    private static List<string> Names(string joined)
    {
        List<string> names = [];
        var name = new StringBuilder();
        for (int i = 0; i < joined.Length; i++)
        {
            if (joined[i] == Escape && i + 1 < joined.Length && joined[i + 1] is (Escape or Separator))
            {
                name.Append(joined[++i]);
            }
            else if (joined[i] == Separator)
            {
                names.Add(name.ToString());
                name.Clear();
            }
            else
            {
                name.Append(joined[i]);
            }
        }

        names.Add(name.ToString());
        return names;
    }
}
