using System.Collections.Immutable;
using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Metrics;
using SsMfar.Reports;
using SsMfar.Runtime;

namespace SsMfar.ConsoleApp.Reporting;

/// <summary>What <c>report</c> was asked for.</summary>
internal sealed record ReportArguments
{
    /// <summary>The models, averaged; empty where <see cref="Predictions"/> are given.</summary>
    public required ImmutableArray<string> Models { get; init; }

    public string? Data { get; init; }

    public string? Predictions { get; init; }

    public required string Annotations { get; init; }

    public ImmutableArray<string> Subgroups { get; init; } = [];

    public ImageGrouping Grouping { get; init; }

    public string? NotWorseThan { get; init; }

    public double Margin { get; init; }

    public required string Out { get; init; }

    public int Resamples { get; init; } = new BootstrapOptions().Resamples;

    public double Level { get; init; } = new BootstrapOptions().Level;

    public long Seed { get; init; }

    public string? History { get; init; }

    public ExpressionClassSet? Classes { get; init; }

    public ComputeDevice Device { get; init; } = ComputeDevice.Auto;

    /// <summary>How often rows are drawn in all.</summary>
    public int Draws => Resamples * (1 + (Subgroups.IsEmpty ? 0 : 1) + (NotWorseThan is null ? 0 : 1));

    /// <summary>The library's options, without images and earlier predictions.</summary>
    /// <param name="session">Where it is said what is left out.</param>
    public AffectReportOptions Options(ConsoleSession session) => new()
    {
        Predictions = Predictions ?? string.Join(", ", Models),
        Annotations = Annotations,
        Bootstrap = new() { Resamples = Resamples, Level = Level, Seed = Seed, GroupBy = Grouping.GroupBy() },
        GroupByName = Grouping.Word(),
        Subgroups = Subgroups,
        Margin = Margin,
        NotWorseThanName = NotWorseThan,
        LearningCurves = Curves(session),
    };

    // A run's model lies beside its history.
    private ImmutableArray<LearningCurves> Curves(ConsoleSession session)
    {
        if (History is { } given)
        {
            return LearningCurves.ReadHistory(given);
        }

        string? beside = Models is [string only] ? Path.Combine(Path.GetDirectoryName(Path.GetFullPath(only))!, "history.json") : null;
        try
        {
            return File.Exists(beside) ? LearningCurves.ReadHistory(beside) : [];
        }
        catch (InvalidDataException other)
        {
            // Nobody asked for it: another program's file may have the name.
            session.Say($"The report has no learning curves. {other.Message}");
            return [];
        }
    }
}
