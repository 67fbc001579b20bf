using System.Collections.Immutable;
using System.Text.Json;

namespace SsMfar.Reports;

/// <summary>Curves over the epochs of a training run, a figure of a page.</summary>
/// <param name="caption">What the figure shows.</param>
/// <param name="curves">The curves: a name, and a value for each epoch from the first, null where there is none.</param>
/// <param name="maximum">The top of the scale; null to fit the values.</param>
public sealed class LearningCurves(
    string caption, ImmutableArray<(string Name, ImmutableArray<double?> Values)> curves, double? maximum = null)
{
    // A task's score in a history, by the names of its values; several are averaged.
    private static readonly (string Task, string Name, string[] Values)[] Scores =
    [
        ("expression", "expression, macro F1", ["macroF1"]),
        ("action_units", "action units, mean F1", ["meanF1"]),
        ("valence_arousal", "valence and arousal, mean CCC", ["ccc.valence", "ccc.arousal"]),
    ];

    /// <summary>Gets what the figure shows.</summary>
    public string Caption { get; } = caption;

    /// <summary>Gets the curves.</summary>
    public ImmutableArray<(string Name, ImmutableArray<double?> Values)> Curves { get; } = curves;

    /// <summary>Gets the top of the scale; null to fit the values.</summary>
    public double? Maximum { get; } = maximum;

    /// <summary>Reads the <c>history.json</c> of a run: the tasks' scores, their sum, and the losses.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">The file is no such history.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ImmutableArray<LearningCurves> ReadHistory(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            using JsonDocument document = JsonFile.Open(path);
            JsonElement[] epochs = [.. document.RootElement.EnumerateArray()];
            string[] losses = [.. epochs.SelectMany(epoch => epoch.GetProperty("losses").EnumerateObject()).Select(loss => loss.Name)
                .Distinct(StringComparer.Ordinal)];
            ImmutableArray<LearningCurves> all =
            [
                new(
                    "Scores on the validation set, by epoch",
                    [.. Scores.Select(score => (score.Name, Each(epochs, epoch => Score(epoch, score.Task, score.Values))))], 1),
                new("Score that the best epoch is chosen by", [("score", Each(epochs, epoch => Number(epoch, "score")))]),
                new(
                    "Losses in training, by epoch",
                    [.. losses.Select(loss => (loss, Each(epochs, epoch => Number(epoch.GetProperty("losses"), loss))))]),
            ];
            return [.. all.Select(figure => figure.WithoutEmpty()).Where(figure => !figure.Curves.IsEmpty)];
        }
        catch (Exception fault) when (DamagedJson.Is(fault))
        {
            throw new InvalidDataException(
                $"{path} is not the history of a run: {fault.Message.TrimEnd('.')}. Give the history.json that train wrote.", fault);
        }
    }

    private LearningCurves WithoutEmpty() =>
        new(Caption, [.. Curves.Where(curve => curve.Values.Any(value => value is not null))], Maximum);

    private static ImmutableArray<double?> Each(JsonElement[] epochs, Func<JsonElement, double?> value) => [.. epochs.Select(value)];

    private static double? Score(JsonElement epoch, string task, string[] values) =>
        epoch.TryGetProperty("tasks", out JsonElement tasks) && tasks.ValueKind == JsonValueKind.Object &&
        tasks.TryGetProperty(task, out JsonElement own)
            ? values.Select(name => Number(own, name)).Average()
            : null;

    private static double? Number(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
}
