using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace SsMfar.Metadata;

/// <summary>A model card for readers.</summary>
internal static class ModelCardMarkdown
{
    /// <summary>What is known of the law, with its date.</summary>
    public const string Regulation =
        "As of 28 November 2026, no legal advice: Regulation (EU) 2024/1689 (the AI Act) forbids, in Article 5(1)(f), to place on the " +
        "market, put into service for this purpose or use AI systems that infer emotions of people at work and in education, except for " +
        "medical or safety reasons. Annex III, point 1(c), counts other emotion recognition as high-risk, and Article 50(3) asks whoever " +
        "deploys it to tell the people who are exposed to it. Whether expressions, valence and arousal or action units of a face are " +
        "emotions in its sense depends on the use, and dates of application may have changed: read the text that is in force, " +
        "eur-lex.europa.eu/eli/reg/2024/1689/oj, and ask somebody who knows.";

    private const string NotStated = "Not stated.";

    public static string Of(ModelCard card, ModelMetadata? metadata)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"# Model card: {Line(card.Name ?? "a model of facial affect")}\n\n");
        text.Append(CultureInfo.InvariantCulture, $"{Line(card.Description ?? "What it is: not stated.")}\n\n");
        text.Append(CultureInfo.InvariantCulture, $"- Licence: {Line(card.Licence ?? NotStated)}\n");
        text.Append(CultureInfo.InvariantCulture, $"- Contact: {Line(card.Contact ?? NotStated)}\n");
        if (metadata is not null)
        {
            About(text, metadata);
        }

        Data(text, card.Data);
        List(text, "Intended use", card.IntendedUse);
        List(text, "Excluded use", card.ExcludedUse);
        Evaluation(text, card);
        List(text, "Limitations", card.Limitations);
        text.Append(CultureInfo.InvariantCulture, $"\n## Regulation\n\n{Regulation}\n");
        return text.ToString();
    }

    private static void About(StringBuilder text, ModelMetadata metadata)
    {
        (string Name, string? Value)[] lines =
        [
            ("Expressions", Names(metadata.ExpressionClasses)),
            ("Action units", Names(metadata.ActionUnits)),
            ("Input", string.Create(CultureInfo.InvariantCulture, $"{metadata.Input.Width} x {metadata.Input.Height} pixels")),
            ("Trained", metadata.Training is { } training
                ? string.Join(", ", new[] { metadata.Variant, metadata.Recipe, training.ToString() }.OfType<string>()) : null),
            ("Started from", metadata.Notes.GetValueOrDefault("started-from")),
        ];
        foreach ((string name, string? value) in lines.Where(line => line.Value is not null))
        {
            text.Append(CultureInfo.InvariantCulture, $"- {name}: {Line(value!)}\n");
        }
    }

    private static string? Names(ImmutableArray<string> names) => names.IsEmpty ? null : string.Join(", ", names);

    private static void Data(StringBuilder text, ImmutableArray<CardData> data)
    {
        text.Append("\n## Data\n\n");
        if (data.IsEmpty)
        {
            text.Append(CultureInfo.InvariantCulture, $"{NotStated}\n");
            return;
        }

        text.Append("| data | used for | licence | faces |\n|---|---|---|---|\n");
        foreach (CardData one in data)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {Cell(one.Name)} | {Cell(one.Use)} | {Cell(one.Licence)} | " +
                $"{Cell(one.Rows?.ToString(CultureInfo.InvariantCulture))} |\n");
        }
    }

    private static void List(StringBuilder text, string heading, ImmutableArray<string> entries)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n## {heading}\n\n");
        foreach (string entry in entries)
        {
            text.Append(CultureInfo.InvariantCulture, $"- {Line(entry)}\n");
        }

        text.Append(entries.IsEmpty ? $"{NotStated}\n" : "");
    }

    private static void Evaluation(StringBuilder text, ModelCard card)
    {
        text.Append("\n## Evaluation\n\n");
        text.Append(card.EvaluatedOn is { } on ? $"On {Line(on)}.\n\n" : "");
        if (card.Evaluation is not { } evaluation)
        {
            text.Append(card.EvaluatedOn is null ? $"{NotStated}\n" : "Scores: not stated.\n");
            return;
        }

        text.Append(CultureInfo.InvariantCulture,
            $"{evaluation.Rows} faces; {100 * evaluation.Level:0.##}% intervals from draws of {Line(evaluation.GroupBy)}.\n\n");
        text.Append("| score | value | interval |\n|---|---|---|\n");
        foreach (CardScore score in evaluation.Scores)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {Cell(score.Name)} | {Number(score.Value)} | {Ends(score)} |\n");
        }

        if (!evaluation.Subgroups.IsEmpty)
        {
            text.Append(
                "\nGroups beside all others; a gap above 0 is the others' advantage, * more than chance explains.\n\n" +
                "| group | score | labels | value | interval | gap | interval | |\n|---|---|---|---|---|---|---|---|\n");
            foreach (CardSubgroup group in evaluation.Subgroups)
            {
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"| {Cell($"{group.Column} {group.Group}")} | {Cell(group.Score.Name)} | {group.Labels} | " +
                    $"{Number(group.Score.Value)} | {Ends(group.Score)} | {Number(group.Gap.Value)} | " +
                    $"{Ends(group.Gap)} | {(group.IsFound ? "*" : "")} |\n");
            }
        }
    }

    private static string Number(double? value) => value is { } number ? number.ToString("F3", CultureInfo.InvariantCulture) : "-";

    private static string Ends(CardScore score) =>
        score is { Low: { } low, High: { } high } ? string.Create(CultureInfo.InvariantCulture, $"{low:F3} to {high:F3}") : "-";

    // A line break or a bar would end the line or the cell; the rest is Markdown, as its author may mean it.
    private static string Line(string text) => string.Join(' ', text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries)).Trim();

    private static string Cell(string? text) => text is null ? "not stated" : Line(text).Replace("|", "\\|", StringComparison.Ordinal);
}
