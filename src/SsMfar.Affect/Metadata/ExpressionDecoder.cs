using System.Globalization;
using System.Text;
using SsMfar.Data;
using SsMfar.Predictions;

namespace SsMfar.Metadata;

/// <summary>
/// Reads expression logits: softmax over the classes, then a temperature and weights of the classes where they were tuned. Decodes to
/// <see cref="ExpressionPrediction"/>.
/// </summary>
public sealed class ExpressionDecoder : ITaskDecoder<ExpressionDecoder>
{
    /// <summary>
    /// What model files name a decoder with a temperature or weights. A kind of its own, so that a version of the library that does not
    /// know them refuses the file instead of deciding otherwise.
    /// </summary>
    public const string TunedKind = "tuned-softmax-expression";

    private const string TemperatureSetting = "temperature";
    private const string WeightsSetting = "weights";
    private const char Separator = '|';
    private const char Escape = '\\';

    /// <summary>Makes a decoder for the most probable class.</summary>
    /// <param name="classes">The classes, in the order of the outputs.</param>
    public ExpressionDecoder(ExpressionClassSet classes)
        : this(classes, ExpressionDecision.MostProbable)
    {
    }

    /// <summary>Makes a decoder.</summary>
    /// <param name="classes">The classes, in the order of the outputs.</param>
    /// <param name="decision">Temperature and weights.</param>
    /// <exception cref="ArgumentException">There are not as many weights as classes.</exception>
    public ExpressionDecoder(ExpressionClassSet classes, ExpressionDecision decision)
    {
        ArgumentNullException.ThrowIfNull(classes);
        ArgumentNullException.ThrowIfNull(decision);
        (Classes, Decision) = (classes, decision);
        if (!Decision.Weights.IsEmpty && Decision.Weights.Length != classes.Count)
        {
            throw new ArgumentException(
                $"Expected a weight for each of {classes.Count} classes, got {Decision.Weights.Length}.", nameof(decision));
        }
    }

    /// <inheritdoc/>
    /// <remarks>That of a decoder without temperature and weights; with them it is <see cref="TunedKind"/>.</remarks>
    public static string Kind => "softmax-expression";

    /// <inheritdoc/>
    /// <remarks>The names are joined by <c>|</c>; a <c>|</c> or <c>\</c> of a name has a <c>\</c> before it.</remarks>
    public PartDescription Description
    {
        get
        {
            string names = string.Join(Separator, Classes.Names.Select(Escaped));
            return Decision.IsMostProbable
                ? new PartDescription(Kind).With("classes", names)
                : new PartDescription(TunedKind).With("classes", names)
                    .With(TemperatureSetting, Decision.Temperature.ToString("R", CultureInfo.InvariantCulture))
                    .With(WeightsSetting, string.Join(' ', Decision.Weights.Select(w => w.ToString("R", CultureInfo.InvariantCulture))));
        }
    }

    /// <summary>Gets the classes, in the order of the outputs.</summary>
    public ExpressionClassSet Classes { get; }

    /// <summary>Gets the temperature and the weights.</summary>
    public ExpressionDecision Decision { get; }

    /// <summary>Gets what logits are divided by before the softmax; 1 where none was tuned.</summary>
    public double Temperature => Decision.Temperature;

    /// <inheritdoc/>
    int? ITaskDecoder.OutputCount => Classes.Count;

    /// <summary>Makes the decoder that a model file names.</summary>
    /// <param name="description">The part as the file has it.</param>
    /// <exception cref="FormatException">
    /// The classes, or temperature and weights of a tuned decoder, are missing or no numbers.
    /// </exception>
    /// <exception cref="ArgumentException">
    /// The classes cannot be a set: fewer than two, an empty name, or one twice; or the temperature or a weight is not positive, or there
    /// are not as many weights as classes.
    /// </exception>
    public static ExpressionDecoder Create(PartDescription description)
    {
        ArgumentNullException.ThrowIfNull(description);
        return new(
            new ExpressionClassSet(Names(description.Text("classes"))),
            description.Kind != TunedKind ? ExpressionDecision.MostProbable : new(
                description.Text(WeightsSetting).Split(' ', StringSplitOptions.RemoveEmptyEntries)
                    .Select(weight => float.Parse(weight, CultureInfo.InvariantCulture)),
                double.Parse(description.Text(TemperatureSetting), CultureInfo.InvariantCulture)));
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

    /// <summary>Temperature, then weights, over probabilities that may be the mean of several views' of a face.</summary>
    /// <param name="values">A probability for each class.</param>
    /// <exception cref="ArgumentException">There are not as many values as classes.</exception>
    object ITaskDecoder.Decode(ReadOnlySpan<float> values) => values.Length == Classes.Count
        ? Decision.Decide(Classes, values)
        : throw new ArgumentException($"Expected a probability for each of {Classes.Count} classes, got {values.Length}.", nameof(values));

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
