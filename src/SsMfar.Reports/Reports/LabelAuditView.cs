using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Metrics;
using SsMfar.Reports.Pages;

namespace SsMfar.Reports;

/// <summary>What the page of an audit shows.</summary>
internal sealed class LabelAuditView(LabelAuditReport report)
{
    public string Title => report.Title;

    public string Source => report.Source ?? "";

    public string Rows => PageNumbers.Whole(report.Audit.Annotations.Count);

    public ImmutableArray<TaskView> Tasks =>
        [.. Enum.GetValues<ScoredTask>().Where(task => report.Audit.Labels(task) > 0).Select(task => new TaskView(report, task))];

    /// <summary>A task's doubtful labels.</summary>
    internal sealed class TaskView(LabelAuditReport report, ScoredTask task)
    {
        private readonly ImmutableArray<DoubtfulLabel> _labels = report.Audit.Doubtful(task);

        public string Name => task switch
        {
            ScoredTask.Expression => "Expressions",
            ScoredTask.ActionUnits => "Action units",
            _ => "Valence and arousal",
        };

        public string Labels => PageNumbers.Whole(report.Audit.Labels(task));

        public string Suspects => PageNumbers.Whole(_labels.Count(label => label.IsSuspect));

        public string Share => FormattableString.Invariant(
            $"{100.0 * _labels.Count(label => label.IsSuspect) / report.Audit.Labels(task):F1}%");

        /// <summary>Which labels are suspected to be which others, most often first.</summary>
        public ImmutableArray<PairView> Pairs => task == ScoredTask.ValenceArousal
            ? []
            :
            [
                .. _labels.Where(label => label.IsSuspect).CountBy(label => (Unit: UnitName(label), label.Label, label.Suggested))
                    .OrderByDescending(pair => pair.Value).Take(12)
                    .Select(pair => new PairView($"{pair.Key.Unit} {pair.Key.Label}".Trim(), pair.Key.Suggested, pair.Value)),
            ];

        public ImmutableArray<FaceView> Faces => [.. _labels.Take(report.Faces).Select(label => new FaceView(
            label.Image, Thumbnail.Of(report.Images, label.Image), $"{UnitName(label)} {label.Label}".Trim(), label.Suggested,
            PageNumbers.Text(label.Doubt), label.IsSuspect))];

        private static string UnitName(DoubtfulLabel label) => label.Unit is { } unit ? ActionUnits.NameOf(unit) : "";
    }

    /// <summary>A label and what it is suspected to be.</summary>
    internal sealed record PairView(string Label, string Suggested, int Count);

    /// <summary>A face with a doubtful label.</summary>
    internal sealed record FaceView(string Image, string Picture, string Label, string Suggested, string Doubt, bool IsSuspect);
}
