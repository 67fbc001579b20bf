using SsMfar.Data;
using SsMfar.Metadata;
using SsMfar.Reports.Ablation;
using SsMfar.Submissions;

namespace SsMfar.Tests;

/// <summary>Faces that the runs of an ablation read wrong, and how long runs took.</summary>
public sealed class RunMistakesTests
{
    private static readonly ActionUnitLabels None = ActionUnitLabels.From([.. Enumerable.Repeat((bool?)false, ActionUnits.Count)]);

    [Fact]
    public void Units_are_shown_as_the_run_read_them_that_has_the_most_wrong()
    {
        ActionUnitLabels label = None.With(0, true), near = label.With(1, true), far = near.With(2, true);

        MistakenFace face = RunMistakes.Units(Table(label, label, near, far, label), 9).Should().ContainSingle().Which;

        (face.Label, face.Read, face.Much).Should().Be(("AU1", "AU1 AU2 AU4", "0.8 units a run"));
    }

    [Fact]
    public void A_run_of_more_than_a_day_has_all_its_hours()
    {
        AblationReportRow row = Table(None, None, None).Rows[0];

        new AblationTableView.RowView(row, [0, 1, 2, 3]).Time.Should().Be("26:00:05");
    }

    // A run for each reading of the one face.
    private static AblationReportTable Table(ActionUnitLabels label, params ActionUnitLabels[] read) => AblationTables.Of(
        new([new AnnotationRow("a.jpg", new(0, 0), 0, label)]),
        [AffectTaskNames.Expression, AffectTaskNames.ValenceArousal, AffectTaskNames.ActionUnits],
        [null, null, null, null],
        [.. read.Select((_, seed) => new AblationReportRun(seed, 1, [null, null, null, null], [], [], [], [], [], 93_605))],
        [.. read.Select(units => new Submission([new SubmissionRow("a.jpg", 0, 0, 0, units)]))],
        intervals: null);
}
