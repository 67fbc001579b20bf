using SsMfar.Data;
using SsMfar.Metadata;
using SsMfar.SemiSupervised;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Training;

/// <summary>A training set with valence and no arousal, or the other way round, and validation sets that have more.</summary>
public sealed class UnlearnedHalfTests
{
    [Theory]
    [InlineData("arousal")]
    [InlineData("valence")]
    public async Task What_was_never_learned_has_no_score_and_no_part_in_the_best_epoch(string half)
    {
        using var log = new LogBook();
        AffectDataset training = Without(32, half), whole = TinyFaces.Dataset(16, seed: 2), learned = Without(16, half, seed: 2);

        using TrainingResult result = await Tiny.Builder().UseLogging(log).Build().FitAsync(training, whole);
        using TrainingResult reference = await Tiny.Builder().Build().FitAsync(training, learned);

        log.Of(25).Should().ContainSingle().Which.Text.Should().StartWith($"No row of the training set has {half}:");
        foreach ((EpochResult epoch, EpochResult other) in result.History.Zip(reference.History))
        {
            epoch.Evaluation!.Tasks[AffectTaskNames.ValenceArousal].Values[$"ccc.{half}"].Should().BeNull();
            epoch.Evaluation.Score.Should().Be(other.Evaluation!.Score).And.NotBeNull();
            epoch.Evaluation.Affect.PMtl.Should().BeNull("it needs both");
        }

        result.BestEpoch.Should().Be(reference.BestEpoch);
    }

    [Fact]
    public async Task A_validation_set_with_nothing_but_the_unlearned_half_does_not_judge_the_task()
    {
        using var log = new LogBook();

        using TrainingResult result = await Tiny.Builder().UseLogging(log).Build()
            .FitAsync(Without(32, "arousal"), Without(16, "valence", seed: 2));

        log.Of(22).Should().ContainSingle().Which.Text.Should().Contain("has a label of valence_arousal");
        result.History.Should().AllSatisfy(epoch => epoch.Evaluation!.Score.Should().NotBeNull());
    }

    [Fact]
    public async Task Where_both_are_learned_nothing_is_said()
    {
        using var log = new LogBook();

        using TrainingResult result = await Tiny.Builder(options => options.Epochs = 1).UseLogging(log).Build()
            .FitAsync(TinyFaces.Dataset(32), Without(16, "arousal", seed: 2));

        log.Of(25).Should().BeEmpty();
        result.History[0].Evaluation!.Tasks[AffectTaskNames.ValenceArousal].Values["ccc.valence"].Should().NotBeNull();
    }

    [Fact]
    public async Task Guesses_about_rows_without_labels_do_not_teach_it_either()
    {
        AffectDataset training = Without(48, "arousal");
        using TrainingResult one = await Fit(epochs: 1), two = await Fit(epochs: 2);

        Output(one, 1).Should().Equal(Output(two, 1), "no gradient reaches the output for arousal");
        Output(one, 0).Should().NotEqual(Output(two, 0));
        two.History[1].Losses["valence_arousal.unsupervised"].Should().BePositive();

        Task<TrainingResult> Fit(int epochs) => Tiny.Builder(options =>
        {
            options.Epochs = epochs;
            options.Optimizer.WeightDecay = 0;
        }).UseVariant(SsMfarVariant.SsMfarAllTasks).AllowUnusedOptions().Build().FitAsync(training);
    }

    [Fact]
    public void A_row_with_the_other_half_needs_no_strong_view()
    {
        AnnotationSet set = Without(48, "arousal").Annotations;
        LabelTable labels = new(set, new Dictionary<string, ITaskLabels> { ["affect"] = new ValenceArousalLabels() });
        using TeacherEstimatePolicy policy = new();
        StrongViewRule rule = new(
            SemiSupervisionMode.PseudoLabels, labels, new Dictionary<string, IPseudoLabelPolicy> { ["affect"] = policy });

        Enumerable.Range(0, set.Count).Where(row => rule.IsStrong(row)).Should()
            .Equal(Enumerable.Range(0, set.Count).Where(row => set[row].Valence is null)).And.NotBeEmpty();
    }

    private static float[] Output(TrainingResult result, int half)
    {
        torch.Tensor weights = result.Model.state_dict()
            .Single(entry => entry.Key.Contains("valence_arousal", StringComparison.Ordinal) && entry.Value.shape is [2, _]).Value;
        using torch.Tensor row = weights.detach()[half].clone();
        return row.data<float>().ToArray();
    }

    private static AffectDataset Without(int rows, string half, long seed = 1)
    {
        AnnotationSet all = TinyFaces.Annotations(rows, seed);
        return new(
            new AnnotationSet(
                all.Select(row => half == "arousal" ? row with { Arousal = null } : row with { Valence = null }),
                all.ExpressionClasses),
            new TinyFaces.Images());
    }
}
