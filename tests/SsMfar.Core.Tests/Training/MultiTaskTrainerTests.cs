using SsMfar.Data;
using SsMfar.Losses;
using SsMfar.Metadata;
using SsMfar.Metrics;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.Tasks;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Training;

public sealed class MultiTaskTrainerTests
{
    [Fact]
    public async Task Progress_comes_in_order_from_the_training_thread()
    {
        var threads = new HashSet<int>();
        var progress = new ProgressRecorder(_ => threads.Add(Environment.CurrentManagedThreadId));
        using TrainingResult result = await Tiny.Builder().Build()
            .FitAsync(TinyFaces.Dataset(48), TinyFaces.Dataset(20, seed: 2), progress);

        var decoding = progress.Reports.OfType<DecodingProgress>().ToList();
        decoding.Where(d => d.Set == "training").Select(d => d.Done).Should().BeInAscendingOrder().And.EndWith(48);
        decoding.Where(d => d.Set == "validation").Select(d => d.Done).Should().BeInAscendingOrder().And.EndWith(20);
        progress.Reports.TakeWhile(report => report is DecodingProgress).Should().HaveCount(decoding.Count);
        progress.Reports.SkipWhile(report => report is DecodingProgress or TasksProgress).Select(Describe).Should().Equal(
            "1/1 of 3", "1/2 of 3", "1/3 of 3", "epoch 1", "2/1 of 3", "2/2 of 3", "2/3 of 3", "epoch 2");
        threads.Should().ContainSingle().Which.Should().NotBe(Environment.CurrentManagedThreadId);
        progress.Steps.Should().OnlyContain(step => step.ImagesPerSecond > 0 && step.Remaining >= TimeSpan.Zero && step.LearningRate > 0);
        progress.Steps.Last().Losses.Should().Equal(result.History[^1].Losses);
        progress.Steps.First().Losses.Keys.Should()
            .Contain(["total", "expression", "expression.consistency", "action_units", "valence_arousal"]);
        foreach (StepProgress step in progress.Steps)
        {
            step.Losses["total"].Should().BeApproximately(
                step.Losses["expression"] + step.Losses["action_units"] + step.Losses["valence_arousal"], 1e-5);
        }

        static string Describe(TrainingProgress report) => report switch
        {
            StepProgress step => $"{step.Epoch}/{step.Step} of {step.Steps}",
            EpochProgress epoch => $"epoch {epoch.Result.Epoch}",
            DecodingProgress decoding => $"{decoding.Set} {decoding.Done} of {decoding.Total}",
            TasksProgress tasks => string.Join(' ', [.. tasks.Tasks, "without", .. tasks.LeftOut]),
            _ => throw new InvalidOperationException(report.GetType().Name),
        };
    }

    [Fact]
    public async Task Progress_is_reported_every_k_steps_and_at_the_end_of_an_epoch()
    {
        var progress = new ProgressRecorder();
        (await Tiny.Builder(options => options.ProgressEvery = 2).Build().FitAsync(TinyFaces.Dataset(80), null, progress)).Dispose();

        progress.Steps.Select(step => step.Step).Should().Equal(2, 4, 5, 2, 4, 5);
    }

    [Fact]
    public async Task Training_learns_what_the_images_show()
    {
        using TrainingResult result = await Tiny.Builder(options =>
        {
            options.Epochs = 12;
            options.Optimizer.BackboneLearningRate = options.Optimizer.HeadLearningRate = 1e-2;
            options.EmaDecay = 0.8;
        }).UseWeakView(_ => new Unchanged()).Build().FitAsync(TinyFaces.Dataset(128), TinyFaces.Dataset(60, seed: 2));

        result.History[^1].Losses["total"].Should().BeLessThan(0.8 * result.History[0].Losses["total"]);
        result.BestScore.Should().BeGreaterThan(result.History[0].Evaluation!.Score!.Value + 0.2);
        result.BestScore.Should().Be(result.History.Max(epoch => epoch.Evaluation!.Score));
        result.Evaluation.Score.Should().Be(result.BestScore);
        result.Evaluation.Tasks.Values.Sum(task => task.Primary).Should().BeApproximately(result.BestScore, 1e-12);
        result.Metadata.Training!.Epoch.Should().Be(result.BestEpoch);
    }

    [Fact]
    public async Task One_fit_at_a_time_and_the_trainer_is_free_again_afterwards()
    {
        using var entered = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        var progress = new ProgressRecorder(report =>
        {
            if (report is StepProgress)
            {
                entered.Set();
                go.Wait();
            }
        });
        MultiTaskTrainer trainer = Tiny.Builder(options => options.Epochs = 1).Build();
        Task<TrainingResult> first = trainer.FitAsync(TinyFaces.Dataset(32), null, progress);
        entered.Wait();

        await FluentActions.Awaiting(() => trainer.FitAsync(TinyFaces.Dataset(32))).Should().ThrowAsync<InvalidOperationException>()
            .WithMessage("*under way*");

        go.Set();
        using TrainingResult one = await first;
        using TrainingResult two = await trainer.FitAsync(TinyFaces.Dataset(32));
        Tiny.ShouldEqual(two, one);
    }

    [Fact]
    public async Task Without_a_validation_set_the_last_epoch_is_kept()
    {
        using TrainingResult result = await Tiny.Builder(options => options.Epochs = 3).Build().FitAsync(TinyFaces.Dataset(32));

        result.BestEpoch.Should().Be(3);
        result.BestScore.Should().BeNull();
        result.Evaluation.Tasks.Should().BeEmpty();
        result.Evaluation.Affect.Should().BeEquivalentTo(new SsMfar.Metrics.AffectScores(null, null, null));
        result.History.Should().OnlyContain(epoch => epoch.Evaluation == null);
    }

    [Fact]
    public async Task A_metric_is_made_from_the_training_labels()
    {
        List<int> rows = [];
        MultiTaskTrainer trainer = Tiny.Builder().UseMetric(AffectTaskNames.ValenceArousal, context =>
        {
            rows.Add(context.Annotations.Count);
            return AffectMetrics.ValenceArousal();
        }).Build();

        (await trainer.FitAsync(TinyFaces.Dataset(32), TinyFaces.Dataset(20, seed: 2))).Dispose();

        rows.Should().NotBeEmpty().And.OnlyContain(count => count == 32, "a metric is judged on the 20 others, not made from them");
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0.9)]
    public async Task The_model_of_a_fit_drops_anew_in_each_pass(double? averaged)
    {
        using TrainingResult result = await Tiny.Builder(options => (options.EmaDecay, options.Heads.Dropout) = (averaged, 0.5)).Build()
            .FitAsync(TinyFaces.Dataset(32));
        using DisposeScope scope = torch.NewDisposeScope();
        result.Model.train();
        torch.Tensor images = torch.rand(4, 3, 32, 32);

        using TaskOutputs first = result.Model.call(images), second = result.Model.call(images);

        first[AffectTaskNames.Expression].bytes.SequenceEqual(second[AffectTaskNames.Expression].bytes).Should().BeFalse();
    }

    [Fact]
    public async Task Epochs_between_evaluations_are_not_evaluated_and_the_last_is()
    {
        using TrainingResult result = await Tiny.Builder(options => (options.Epochs, options.EvaluateEvery) = (5, 3))
            .Build().FitAsync(TinyFaces.Dataset(32), TinyFaces.Dataset(20, seed: 2));

        result.History.Select(epoch => epoch.Evaluation is not null).Should().Equal(false, false, true, false, true);
        result.BestEpoch.Should().BeOneOf(3, 5);
    }

    [Fact]
    public async Task A_validation_set_without_any_label_leaves_scores_undefined_and_keeps_the_last_epoch()
    {
        var validation = new AffectDataset(
            new AnnotationSet(Enumerable.Range(0, 8).Select(i => TinyFaces.Unlabelled(i))),
            new TinyFaces.Images());
        using TrainingResult result = await Tiny.Builder().Build().FitAsync(TinyFaces.Dataset(32), validation);

        result.BestScore.Should().BeNull();
        result.BestEpoch.Should().Be(2);
        result.Evaluation.Tasks.Values.Should().OnlyContain(task => task.Primary == null);
    }

    [Fact]
    public async Task A_class_without_a_sample_is_named_unless_there_is_a_cap()
    {
        AnnotationSet complete = TinyFaces.Annotations(40);
        var without = new AnnotationSet(complete.Select(row => row with { Expression = row.Expression == 3 ? null : row.Expression }));
        var dataset = new AffectDataset(without, new TinyFaces.Images());

        (await FluentActions.Awaiting(() => Tiny.Builder().Build().FitAsync(dataset)).Should().ThrowAsync<InsufficientLabelsException>())
            .Which.Missing.Should().Equal("Fear");
        (await Tiny.Builder(options => options.Imbalance.WeightCap = 10).Build().FitAsync(dataset)).Dispose();
        (await Tiny.Builder(options => options.Imbalance.ResampleExpressions = true).Build().FitAsync(dataset)).Dispose();
    }

    [Fact]
    public async Task A_bad_image_ends_the_fit_or_is_left_out()
    {
        AnnotationSet annotations = TinyFaces.Annotations(40);
        using TinyFaces.Images images = new TinyFaces.Images().With(annotations[30].Image, [1, 2, 3]);
        var dataset = new AffectDataset(annotations, images);

        (await FluentActions.Awaiting(() => Tiny.Builder().Build().FitAsync(dataset)).Should().ThrowAsync<ImageCacheException>())
            .WithMessage($"*{annotations[30].Image}*Skip*");
        var progress = new ProgressRecorder();
        using TrainingResult skipped = await Tiny.Builder(options => options.OnBadImage = ImageFailurePolicy.Skip).Build()
            .FitAsync(dataset, dataset, progress);
        using TrainingResult without = await Tiny.Builder().Build().FitAsync(
            new AffectDataset(annotations.Select([.. Enumerable.Range(0, 40).Where(i => i != 30)]), images));
        images.Disposed.Should().BeFalse("a source of the caller's own stays the caller's");
        skipped.History[0].Losses.Should().Equal(without.History[0].Losses);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_name_that_is_no_line_is_named_before_any_image_is_decoded(bool isValidation)
    {
        AnnotationSet plain = TinyFaces.Annotations(40);
        AnnotationSet broken = new([plain[0], plain[1] with { Image = "one\nof two.png" }, .. plain.Skip(2)]);
        using TinyFaces.Images images = new TinyFaces.Images().With(plain[0].Image, [1, 2, 3]);

        (await FluentActions.Awaiting(() => Tiny.Builder().Build().FitAsync(
                new AffectDataset(isValidation ? plain : broken, images), isValidation ? new AffectDataset(broken, images) : null))
            .Should().ThrowAsync<AnnotationFormatException>()).WithMessage("*of two.png*line break*");
    }

    [Fact]
    public async Task A_loss_that_is_no_number_ends_the_fit_by_name_and_remedy()
    {
        int steps = 0;
        MultiTaskTrainerBuilder builder = Tiny.Builder()
            .UseLoss(AffectTaskNames.ValenceArousal, _ => new ChangingLoss(() => ++steps < 3 ? 1 : double.NaN));

        (await FluentActions.Awaiting(() => builder.Build().FitAsync(TinyFaces.Dataset(64))).Should()
            .ThrowAsync<TrainingDivergedException>())
            .WithMessage("Epoch 1, step 3: *valence_arousal*GradientClipNorm*");
    }

    [Fact]
    public async Task Weights_that_overflow_in_the_last_step_are_told_at_its_end()
    {
        int steps = 0;
        MultiTaskTrainerBuilder builder = Tiny.Builder()
            .UseLoss(AffectTaskNames.ValenceArousal, _ => new ChangingLoss(() => ++steps < 4 ? 1 : double.PositiveInfinity, reported: 1));

        (await FluentActions.Awaiting(() => builder.Build().FitAsync(TinyFaces.Dataset(64), TinyFaces.Dataset(20, seed: 2)))
            .Should().ThrowAsync<TrainingDivergedException>()).WithMessage("Epoch 1, step 4: backbone*");
    }

    [Fact]
    public async Task Sets_that_cannot_be_trained_are_refused()
    {
        await FluentActions.Awaiting(() => Tiny.Builder().Build().FitAsync(TinyFaces.Dataset(1))).Should()
            .ThrowAsync<InsufficientDataException>()
            .WithMessage("*at least 2*");
        await FluentActions.Awaiting(
            () => Tiny.Builder().Build().FitAsync(TinyFaces.Dataset(30), TinyFaces.Dataset(10, 2, ExpressionClassSet.SyntheticData)))
            .Should().ThrowAsync<ArgumentException>().WithMessage("*classes*");
    }

    [Fact]
    public async Task A_fit_cancelled_before_it_began_does_nothing()
    {
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        var progress = new ProgressRecorder();

        await FluentActions.Awaiting(() => Tiny.Builder().Build().FitAsync(TinyFaces.Dataset(30), null, progress, stop.Token))
            .Should().ThrowAsync<OperationCanceledException>();
        progress.Steps.Should().BeEmpty();
    }

    [Fact]
    public async Task A_loss_may_report_other_terms_from_batch_to_batch()
    {
        int steps = 0;
        using TrainingResult result = await Tiny.Builder(options => options.Epochs = 1)
            .UseLoss(AffectTaskNames.ValenceArousal, _ => new ChangingLoss(() => 1, name: () => ++steps % 2 == 0 ? "even" : "odd"))
            .Build().FitAsync(TinyFaces.Dataset(64));

        result.History[0].Losses["valence_arousal.even"].Should().BeApproximately(0.5, 1e-12);
        result.History[0].Losses["valence_arousal.odd"].Should().BeApproximately(0.5, 1e-12);
    }

    /// <summary>A loss of a value of the test's choice, through which gradients of that size flow.</summary>
    private sealed class ChangingLoss(Func<double> value, double? reported = null, Func<string>? name = null) : ITaskLoss
    {
        public TaskLossResult Compute(TaskLossInput input)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            double factor = value();
            torch.Tensor total = input.Weak.Squared().sum();
            total = reported is null ? (total * Scalars.Of(0)).Plus(factor) : Inflated(input.Weak, factor);
            List<KeyValuePair<string, torch.Tensor>> terms = name is null ? [] : [new(name(), torch.tensor(1.0).MoveToOuterDisposeScope())];
            return new(total.MoveToOuterDisposeScope(), terms);
        }

        // Zero in value; its gradient is the square of the largest float, which is infinite.
        private static torch.Tensor Inflated(torch.Tensor weak, double factor) => double.IsInfinity(factor)
            ? ((weak - weak.detach()) * Scalars.Of(float.MaxValue) * Scalars.Of(float.MaxValue)).sum()
            : weak.Squared().mean() * Scalars.Of(factor);
    }

    private sealed class Unchanged : SsMfar.Augmentation.IAugmentation
    {
        public torch.Tensor Apply(torch.Tensor pixels, SsMfar.Randomness.RandomKey key) => pixels.alias();
    }
}
