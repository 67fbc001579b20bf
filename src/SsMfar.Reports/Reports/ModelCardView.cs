using System.Collections.Immutable;
using System.Globalization;
using SsMfar.Metadata;
using SsMfar.Reports.Pages;

namespace SsMfar.Reports;

/// <summary>A model card on a page.</summary>
internal sealed class ModelCardView(ModelCard card)
{
    private const string NotStated = "not stated";

    public string Name => card.Name ?? "";

    public string Description => card.Description ?? "";

    public string Licence => card.Licence ?? NotStated;

    public string Contact => card.Contact ?? NotStated;

    public string EvaluatedOn => card.EvaluatedOn ?? "";

    public ImmutableArray<DataView> Data => [.. card.Data.Select(data => new DataView(
        data.Name, data.Use ?? NotStated, data.Licence ?? NotStated, data.Rows?.ToString(CultureInfo.InvariantCulture) ?? NotStated))];

    public ImmutableArray<ListView> Lists =>
    [
        new("Intended use", card.IntendedUse), new("Excluded use", card.ExcludedUse), new("Limitations", card.Limitations),
    ];

    /// <summary>The scores that the card has; a report's own are above it, and may be of other faces.</summary>
    public ImmutableArray<ScoreView> Scores => card.Evaluation is not { } evaluation
        ? []
        : [
            .. evaluation.Scores.Select(score => new ScoreView("all", score.Name, PageNumbers.Text(score.Value), Ends(score), "")),
            .. evaluation.Subgroups.Select(group => new ScoreView(
                $"{group.Column} {group.Group}", group.Score.Name, PageNumbers.Text(group.Score.Value), Ends(group.Score),
                $"{PageNumbers.Signed(group.Gap.Value)} ({Ends(group.Gap)}){(group.IsFound ? " *" : "")}")),
        ];

    public string Regulation { get; } = ModelCard.RegulationNote;

    private static string Ends(CardScore score) =>
        score is { Low: { } low, High: { } high } ? $"{PageNumbers.Text(low)} to {PageNumbers.Text(high)}" : "-";

    /// <summary>Data that the model has to do with.</summary>
    internal sealed record DataView(string Name, string Use, string Licence, string Rows);

    /// <summary>Sentences under a heading.</summary>
    internal sealed record ListView(string Name, ImmutableArray<string> Entries);

    /// <summary>A score of all faces, or of a group.</summary>
    internal sealed record ScoreView(string Group, string Name, string Value, string Ends, string Gap);
}
