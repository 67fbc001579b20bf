using System.Collections.Immutable;
using System.Globalization;
using SsMfar.ConsoleApp.Commands;
using SsMfar.Metrics;
using SsMfar.Reports.Ablation;
using SsMfar.Submissions;

namespace SsMfar.ConsoleApp.Ablation;

/// <summary>A row of a table: a variant under a recipe, with its runs.</summary>
internal sealed record AblationRow
{
    public required PaperRow Paper { get; init; }

    /// <summary>The runs' arguments, a seed each; empty where the row's weights were not given.</summary>
    public required ImmutableArray<TrainArguments> Plan { get; init; }

    /// <summary>Null where the row's weights were not given.</summary>
    public required ImmutableSortedDictionary<string, string>? Configuration { get; init; }

    /// <summary>What was set for every row, and has no effect in this one.</summary>
    public ImmutableArray<string> UnusedOptions { get; init; } = [];

    /// <summary>The finished runs, in the order of the seeds.</summary>
    public ImmutableArray<RunResult> Runs { get; init; } = [];

    /// <summary>What the finished runs decided on the validation set, in the order of the seeds.</summary>
    public ImmutableArray<Submission> Predictions { get; init; } = [];

    /// <summary>The means over seeds with their intervals; null until they are drawn, and without scores.</summary>
    public AffectScoreIntervals? Intervals { get; init; }

    public bool LacksWeights => Configuration is null;

    /// <summary>Whether there is something to show: runs, each with scores.</summary>
    public bool HasScores => Runs.Length > 0 && Runs.All(run => run.Failure is null);

    /// <summary>Why a row has no scores, or null.</summary>
    public string? Note => LacksWeights
        ? AblationText.WeightsNotGiven
        : Runs.Where(run => run.Failure is not null).Select(run => run.Seed.ToString(CultureInfo.InvariantCulture))
            .ToArray() is { Length: > 0 } seeds
            ? $"failed with seed {string.Join(" and ", seeds)}"
            : null;

    public Spread Expression => Spread.Of(Runs.Select(run => run.Expression));

    public Spread ActionUnits => Spread.Of(Runs.Select(run => run.ActionUnits));

    public Spread ValenceArousal => Spread.Of(Runs.Select(run => run.ValenceArousal));

    public Spread Overall => Spread.Of(Runs.Select(run => run.Overall));
}

/// <summary>A table: rows on one data set under one recipe.</summary>
internal sealed record AblationTable
{
    public required AblationSet Set { get; init; }

    public required string Recipe { get; init; }

    public required ImmutableArray<AblationRow> Rows { get; init; }

    public string Title => FormattableString.Invariant($"Table {Set.Table}'s rows on {Set.Title}, recipe {Recipe}");

    /// <summary>The row that another is described as a change of, if it is here and has runs.</summary>
    public AblationRow? Neighbour(AblationRow row) =>
        row.Paper.Neighbour is { } variant ? Rows.FirstOrDefault(other => other.Paper.Variant == variant && !other.LacksWeights) : null;

    /// <summary>What tells a row's configuration from its neighbour's; empty without a neighbour.</summary>
    public ImmutableArray<string> Differences(AblationRow row) =>
        Neighbour(row)?.Configuration is { } there && row.Configuration is { } here ? EffectiveConfiguration.Differences(there, here) : [];
}
