using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Serialization;
using SsMfar.Data;

namespace SsMfar.Predictions;

/// <summary>
/// What a model reads in one face. A part is null where the model has no such task. Prints as one line and serialises to one JSON shape
/// (<see cref="PredictionJsonConverter"/>).
/// </summary>
[JsonConverter(typeof(PredictionJsonConverter))]
public sealed class AffectPrediction
{
    /// <summary>Gets the expression; null for a model without that task.</summary>
    public ExpressionPrediction? Expression { get; init; }

    /// <summary>Gets valence and arousal, each clamped to [-1, 1]; null for a model without that task.</summary>
    public ValenceArousal? ValenceArousal { get; init; }

    /// <summary>Gets the action units; null for a model without that task.</summary>
    public ActionUnitPrediction? ActionUnits { get; init; }

    /// <summary>Gets the intensities of action units; null for a model without that task.</summary>
    public ActionUnitIntensityPrediction? ActionUnitIntensities { get; init; }

    /// <summary>Gets the predictions of custom tasks, by name: whatever the task's decoder returns.</summary>
    public ImmutableDictionary<string, object> Custom { get; init; } = ImmutableDictionary<string, object>.Empty;

    /// <summary>Gets valence in [-1, 1]; null for a model without that task.</summary>
    public float? Valence => ValenceArousal?.Valence;

    /// <summary>Gets arousal in [-1, 1]; null for a model without that task.</summary>
    public float? Arousal => ValenceArousal?.Arousal;

    /// <summary>Gets the prediction of a custom task.</summary>
    /// <typeparam name="T">What the task's decoder returns, such as <see cref="float"/> for a <c>NumberDecoder</c>.</typeparam>
    /// <param name="task">The task's name.</param>
    /// <exception cref="KeyNotFoundException">The model has no such custom task; the message lists those it has.</exception>
    /// <exception cref="InvalidCastException">The prediction is of another type, which the message names.</exception>
    public T Get<T>(string task)
    {
        ArgumentNullException.ThrowIfNull(task);
        if (!Custom.TryGetValue(task, out object? value))
        {
            string known = Custom.IsEmpty ? "none" : string.Join(", ", Custom.Keys.Order(StringComparer.Ordinal));
            throw new KeyNotFoundException($"There is no prediction of a custom task '{task}'; custom tasks of this model: {known}.");
        }

        return value is T typed
            ? typed
            : throw new InvalidCastException($"The prediction of the task '{task}' is a {value.GetType()}, not a {typeof(T)}.");
    }

    /// <summary>
    /// One line with the parts that are there, in invariant culture: <c>Happiness 0.93, valence +0.71, arousal +0.32, AU6 AU12</c>, then
    /// intensities, <c>AU6:2.1 AU12:3.4</c>, and custom tasks by name.
    /// </summary>
    public override string ToString()
    {
        List<string> parts = [];
        if (Expression is { } expression)
        {
            parts.Add(FormattableString.Invariant($"{expression.Name} {expression.Confidence:0.00}"));
        }

        if (ValenceArousal is { } affect)
        {
            parts.Add(FormattableString.Invariant(
                $"valence {affect.Valence:+0.00;-0.00;0.00}, arousal {affect.Arousal:+0.00;-0.00;0.00}"));
        }

        if (ActionUnits is { } units)
        {
            parts.Add(units.ToString());
        }

        if (ActionUnitIntensities is { } intensities)
        {
            parts.Add(intensities.ToString());
        }

        parts.AddRange(Custom.OrderBy(task => task.Key, StringComparer.Ordinal).Select(
            task => string.Create(CultureInfo.InvariantCulture, $"{task.Key} {Text(task.Value)}")));
        return parts.Count > 0 ? string.Join(", ", parts) : "nothing predicted";
    }

    private static object Text(object value) => value is IEnumerable<float> numbers
        ? $"[{string.Join(' ', numbers.Select(number => number.ToString("0.###", CultureInfo.InvariantCulture)))}]"
        : value;
}
