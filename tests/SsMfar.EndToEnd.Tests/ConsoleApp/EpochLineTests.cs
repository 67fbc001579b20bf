using System.Collections.Immutable;
using SsMfar.Metrics;
using SsMfar.Training;

namespace SsMfar.Tests.ConsoleApp;

/// <summary>What <c>train</c> says of an epoch, whatever it was told before.</summary>
public sealed class EpochLineTests
{
    private static readonly ExpressionScores Expression = new(0.5, [0.5]);
    private static readonly ActionUnitScores Units = new(0.25, [0.25]);
    private static readonly ValenceArousalScores Values = new(0.5, 0.75);

    [Fact]
    public void The_first_report_of_a_run_knows_how_many_epochs_there_are()
    {
        ConsoleAssembly.EpochLines(new(Epoch(null), 9, isBest: false, TrainingStopReason.NoImprovement)).Should().Equal(
            "epoch 5/9: loss 1.500 (2 s, 10 images/s)", "stopped after epoch 5 of 9: the score no longer improves");
        ConsoleAssembly.EpochLines(new(Epoch(null), 9, isBest: false)).Should().ContainSingle();
    }

    [Fact]
    public void A_sum_without_a_task_is_not_called_P_MTL()
    {
        EvaluationResult all = new(
            1.375, Tasks(("expression", 0.5), ("action_units", 0.25), ("valence_arousal", 0.625)), new(Expression, Units, Values));
        EvaluationResult two = new(1.125, Tasks(("expression", 0.5), ("valence_arousal", 0.625)), new(Expression, null, Values));
        EvaluationResult unjudged = new(
            1.125, Tasks(("expression", 0.5), ("action_units", null), ("valence_arousal", 0.625)), new(Expression, null, Values));

        Line(all).Should().Contain("expression F1 0.500, AU F1 0.250, VA CCC 0.625, P_MTL 1.375 *");
        Line(two).Should().Contain("expression F1 0.500, AU F1 -, VA CCC 0.625, sum 1.125 *");
        Line(unjudged).Should().Contain("expression F1 0.500, AU F1 -, VA CCC 0.625, sum 1.125 *");
    }

    private static string Line(EvaluationResult evaluation) =>
        ConsoleAssembly.EpochLines(new(Epoch(evaluation), 9, isBest: true)).Should().ContainSingle().Subject;

    private static EpochResult Epoch(EvaluationResult? evaluation) => new(
        5,
        ImmutableSortedDictionary<string, double>.Empty.Add("total", 1.5),
        evaluation,
        ImmutableSortedDictionary<string, ImmutableArray<double>>.Empty,
        seconds: 2,
        imagesPerSecond: 10);

    private static ImmutableSortedDictionary<string, TaskScore> Tasks(params (string Name, double? Primary)[] tasks) =>
        tasks.ToImmutableSortedDictionary(
            task => task.Name,
            task => new TaskScore(task.Primary, ImmutableSortedDictionary<string, double?>.Empty),
            StringComparer.Ordinal);
}
