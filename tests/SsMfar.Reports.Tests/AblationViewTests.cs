using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Metadata;
using SsMfar.Metrics;
using SsMfar.Reports.Ablation;
using SsMfar.Submissions;

namespace SsMfar.Tests;

/// <summary>What the page of an ablation shows where not all tasks were learned, or a score has no interval.</summary>
public sealed class AblationViewTests
{
    [Theory]
    [InlineData("expression", "Exp-F1 score", "Expression, macro F1; Loss in training")]
    [InlineData(
        "expression valence_arousal", "Exp-F1 score; VA-Score",
        "Overall (expression + valence and arousal); Expression, macro F1; Valence and arousal, mean CCC; Loss in training")]
    [InlineData(
        "expression action_units", "Exp-F1 score; AU-F1 score",
        "Overall (expression + action units); Expression, macro F1; Action units, mean F1; Loss in training")]
    public void Columns_and_charts_are_of_the_tasks_that_were_learned(string tasks, string columns, string charts)
    {
        AblationTableView view = new(Table([.. tasks.Split(' ')], [], []));

        view.Columns.Should().Equal(columns.Split("; "));
        view.Rows[0].Values.Should().HaveCount(view.Columns.Length);
        view.Rows[0].Paper.Should().Equal(view.Columns.Select(name => name switch
        {
            "Exp-F1 score" => "0.100",
            "AU-F1 score" => "0.200",
            _ => "0.300",
        }));
        view.Learning.Select(figure => figure.Caption).Should().Equal(charts.Split("; "));
        view.UnitScores.Rows.Length.Should().Be(tasks.EndsWith(AffectTaskNames.ActionUnits, StringComparison.Ordinal) ? 1 : 0);
        view.ClassScores.Rows[0].Cells.Should().OnlyContain(cell => cell.Text == "-", "the run has none");
    }

    [Fact]
    public void A_score_whose_labels_are_all_of_one_video_is_shown_without_an_interval()
    {
        AblationTableView view = new(Table(
            [AffectTaskNames.Expression, AffectTaskNames.ActionUnits],
            [.. Enumerable.Repeat(0.25, 8)],
            [0.75, 0.5, .. Enumerable.Repeat(0.0, 10)]));

        (string Text, string Ends)[] units = [.. view.UnitScores.Rows[0].Cells.Select(cell => (cell.Text, cell.Ends))];

        units[0].Should().Be(("0.750", "-"));
        units[1].Text.Should().Be("0.500");
        units[1].Ends.Should().Contain(" to ");
        view.ClassScores.Rows[0].Cells.Should().OnlyContain(cell => cell.Text == "0.250" && cell.Ends.Contains(" to "));
    }

    // A run on two videos, of which one alone has labels of the first unit.
    private static AblationReportTable Table(
        ImmutableArray<string> tasks, ImmutableArray<double> expressionF1, ImmutableArray<double> actionUnitF1)
    {
        ActionUnitLabels second = ActionUnitLabels.Unknown.With(1, true);
        AnnotationSet truth = new(
        [
            new AnnotationRow("a/0.jpg", null, 0, second.With(0, true)),
            new AnnotationRow("a/1.jpg", null, 1, second.With(0, false)),
            new AnnotationRow("b/0.jpg", null, 0, second),
            new AnnotationRow("b/1.jpg", null, 1, second),
        ]);
        ActionUnitLabels read = ActionUnitLabels.From([.. Enumerable.Repeat((bool?)true, ActionUnits.Count)]);
        Submission predictions = new([.. truth.Select(row => new SubmissionRow(row.Image, null, null, 0, read))]);
        return AblationTables.Of(
            truth,
            tasks,
            [0.1, 0.2, 0.3, 0.6],
            [new(1, 1, [null, null, null, null], expressionF1, actionUnitF1, [], [], [new(1, 1, 1, 1, 1, null, null)], 1)],
            [predictions],
            Bootstrap.Score(truth, predictions, new() { Resamples = 20, GroupBy = ImageGroups.Video }));
    }
}
