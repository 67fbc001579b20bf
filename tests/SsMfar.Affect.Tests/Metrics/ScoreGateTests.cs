using SsMfar.Data;
using SsMfar.Metrics;
using SsMfar.Submissions;

namespace SsMfar.Tests.Metrics;

/// <summary>The gate before a model replaces another.</summary>
public sealed class ScoreGateTests
{
    private static readonly (AnnotationSet Truth, Submission Predictions) Faces = GroupedFaces.Draw(1, 1000, 0.7, 0.7);

    [Fact]
    public void A_rerun_of_the_same_model_passes_without_any_margin()
    {
        ScoreGateResult gate = ScoreGate.Compare(Faces.Truth, Faces.Predictions, Faces.Predictions, 0, Quick());

        gate.IsWorse.Should().BeFalse();
        gate.Tasks.Should().HaveCount(3).And.OnlyContain(task => task.Score == task.Earlier && task.Difference!.Value.Value == 0);
    }

    [Fact]
    public void The_same_predictions_rounded_by_a_file_are_not_worse()
    {
        using StringWriter text = new();
        Submission exact = new(
            Faces.Predictions.Select(row => row with { Valence = (float)row.Valence! * 0.9f, Arousal = (float)row.Arousal! * 0.9f }));
        exact.Write(text);
        Submission rounded = Submission.Read(new StringReader(text.ToString()));

        ScoreGate.Compare(Faces.Truth, exact, rounded, 0, Quick()).IsWorse.Should().BeFalse();
        ScoreGate.Compare(Faces.Truth, rounded, exact, 0, Quick()).IsWorse.Should().BeFalse();
    }

    [Fact]
    public void A_drop_of_three_hundredths_in_one_task_is_caught()
    {
        Submission worse = Spoiled(share: 0.04);

        ScoreGateResult gate = ScoreGate.Compare(Faces.Truth, worse, Faces.Predictions, 0.02, Quick());

        gate.IsWorse.Should().BeTrue();
        ScoreGateTask task = gate.Tasks.Single(task => task.IsWorse);
        task.Task.Should().Be(ScoredTask.Expression);
        (task.Earlier - task.Score).Should().BeInRange(0.025, 0.035);
    }

    [Fact]
    public void What_is_surely_lower_is_worse_within_the_margin_too() =>
        ScoreGate.Compare(Faces.Truth, Spoiled(share: 0.04), Faces.Predictions, 0.5, Quick()).Tasks[0].IsWorse.Should().BeTrue();

    [Fact]
    public void What_is_lower_by_more_than_the_margin_is_worse_however_sure()
    {
        (AnnotationSet truth, Submission predictions) = GroupedFaces.Draw(2, 30, 0.7, 0.7);
        Submission other = new(
            predictions.Select((row, i) => i == 1 ? row with { Expression = (truth[i].Expression + 1) % 8 } : row),
            truth.ExpressionClasses);

        ScoreGateTask task = ScoreGate.Compare(truth, other, predictions, 0.001, Quick()).Tasks[0];

        task.Difference!.Value.High.Should().BeGreaterThanOrEqualTo(0);
        task.IsWorse.Should().BeTrue();
        ScoreGate.Compare(truth, other, predictions, 0.1, Quick()).IsWorse.Should().BeFalse();
    }

    [Fact]
    public void A_task_that_one_side_lacks_is_left_out_and_named()
    {
        Submission fewer = new(Faces.Predictions.Select(row => row with { Expression = null }), Faces.Truth.ExpressionClasses);

        ScoreGateResult gate = ScoreGate.Compare(Faces.Truth, fewer, Faces.Predictions, 0, Quick());

        gate.Tasks.Select(task => task.Task).Should().Equal(ScoredTask.ActionUnits, ScoredTask.ValenceArousal);
        gate.LeftOut.Should().Equal(ScoredTask.Expression);
        gate.IsWorse.Should().BeFalse();
    }

    [Fact]
    public void A_negative_margin_is_refused() =>
        FluentActions.Invoking(() => ScoreGate.Compare(Faces.Truth, Faces.Predictions, Faces.Predictions, -0.1)).Should()
            .Throw<ArgumentException>().WithMessage("The margin is -0.1; it is 0 or more.*");

    // Right expressions made wrong, evenly over the classes.
    private static Submission Spoiled(double share)
    {
        int[] seen = new int[8];
        return new(
            Faces.Predictions.Select((row, i) =>
            {
                int label = Faces.Truth[i].Expression!.Value;
                return row.Expression == label && seen[label]++ % (int)(1 / share) == 0 ? row with { Expression = (label + 1) % 8 } : row;
            }),
            Faces.Truth.ExpressionClasses);
    }

    private static BootstrapOptions Quick() => new() { Resamples = 200 };
}
