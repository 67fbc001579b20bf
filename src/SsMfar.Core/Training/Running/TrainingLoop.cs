using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using SsMfar.Data;
using SsMfar.SemiSupervised;
using SsMfar.Tasks;

namespace SsMfar.Training;

/// <summary>Walks epochs and steps, evaluates, keeps the best model, reports and writes checkpoints. Runs on one thread.</summary>
internal sealed class TrainingLoop(TrainingRun run)
{
    private readonly TrainingOptions _options = run.Options;
    private readonly Stopwatch _training = new();
    private long _rowsSeen;

    /// <summary>Runs to the last epoch, or to where it is stopped early.</summary>
    /// <param name="position">Where to start or go on.</param>
    /// <param name="cancellationToken">Stops after the step under way; a checkpoint is written first.</param>
    /// <returns>The position after the last epoch.</returns>
    public TrainingPosition Run(TrainingPosition position, CancellationToken cancellationToken)
    {
        using var losses = new LossAccumulator();
        while (EarlyStopping.Reason(_options, position.History) is null)
        {
            run.Prepare(cancellationToken);
            position = RunEpoch(position, losses, cancellationToken);
        }

        return position;
    }

    private TrainingPosition RunEpoch(TrainingPosition position, LossAccumulator losses, CancellationToken cancellationToken)
    {
        // What was waited before, at the start or in an evaluation, is not of this epoch's steps.
        _ = run.Ranks?.TakeWaited();
        long start = Stopwatch.GetTimestamp();
        int epoch = position.Epoch;
        int[] order = run.Sampler.Sample(run.Training.Annotations, run.Root.Fold(RandomStreams.Order).Fold(epoch));
        Require(order);
        RefuseSmallBatches(order.Length);
        Range[][] steps = [.. BatchPlan.Cut(order.Length, _options.BatchSize).Chunk(_options.AccumulationSteps)];
        long courseSteps = ((long)steps.Length * (_options.Schedule.Epochs ?? _options.Epochs)) - position.CourseStart;
        var schedule = new LearningRateSchedule(_options.Schedule, _options.Optimizer.Beta1, courseSteps);
        losses.Restart(position.LossSums, position.LossCount);
        bool frozen = _options.FrozenFeatures.Enabled || epoch <= _options.Optimizer.FrozenBackboneEpochs;
        run.State.Model.BackboneIsFrozen = frozen;
        run.State.Model.train();
        double secondsBefore = position.EpochSeconds, trainingBefore = position.TrainingSeconds ?? secondsBefore;
        long rowsInEpoch = 0, stepEnd = 0;
        _training.Start();
        for (int i = position.StepInEpoch; i < steps.Length; i++)
        {
            if (run.Ranks?.Stop(cancellationToken.IsCancellationRequested) ?? cancellationToken.IsCancellationRequested)
            {
                _training.Stop();
                Stop(i, TrainingSeconds());
                throw new OperationCanceledException(cancellationToken);
            }

            long stepStart = Stopwatch.GetTimestamp();
            if (stepEnd != 0)
            {
                TrainingMeter.Waited(Stopwatch.GetElapsedTime(stepEnd, stepStart));
            }

            (double factor, double beta1) = schedule.At(position.Step - position.CourseStart);
            int[][] microBatches = [.. steps[i].Select(range => order[range])];
            run.Step.Run(microBatches, epoch, i, position.Step, losses);
            run.Ranks?.Reduce(run.State.Model);
            run.State.Optimizer.Step(factor, beta1, _options.GradientClipNorm, frozen);
            run.State.Optimizer.ClearGradients();
            run.Average?.Update(position.Step);
            position = position with { Step = position.Step + 1 };
            int stepRows = microBatches.Sum(rows => rows.Length);
            rowsInEpoch += stepRows;
            stepEnd = Stopwatch.GetTimestamp();
            TrainingMeter.Step(Stopwatch.GetElapsedTime(stepStart, stepEnd), stepRows);
            if ((i + 1) % _options.ProgressEvery == 0 || i + 1 == steps.Length)
            {
                _rowsSeen += rowsInEpoch;
                rowsInEpoch = 0;
                Report(epoch, i + 1, steps.Length, order.Length, losses.Means(), frozen ? 0 : factor);
            }
        }

        // The last report has read the losses back, so that the device is idle and the clock true.
        _training.Stop();
        double trainingSeconds = TrainingSeconds();
        double waited = run.Ranks?.TakeWaited() ?? 0;
        Divergence.RefuseWeights(run.State, epoch, steps.Length);
        EvaluationResult? evaluation;
        try
        {
            evaluation = epoch % _options.EvaluateEvery == 0 || epoch == _options.Epochs ? run.Evaluate(cancellationToken) : null;
        }
        catch (OperationCanceledException) when (run.Ranks?.StoppedTogether ?? cancellationToken.IsCancellationRequested)
        {
            Stop(steps.Length, trainingSeconds);
            throw;
        }

        foreach (IPseudoLabelPolicy policy in run.State.Policies.Values)
        {
            policy.EndEpoch(epoch);
        }

        if (run.Ranks is { } ranks)
        {
            RankChecks.EndEpoch(ranks, run.State, losses.Means(), epoch, trainingSeconds - trainingBefore, waited, run.Logger);
        }

        var result = new EpochResult(
            epoch,
            losses.Means(),
            evaluation,
            DescribePolicies(),
            secondsBefore + Stopwatch.GetElapsedTime(start).TotalSeconds,
            order.Length / trainingSeconds);
        return EndEpoch(position, result);

        double TrainingSeconds() => trainingBefore + Stopwatch.GetElapsedTime(start).TotalSeconds;

        // What diverged since the last report is told as that, and never written.
        void Stop(int stepsTaken, double secondsTrained)
        {
            ImmutableSortedDictionary<string, double> sums = losses.Sums();
            Divergence.RefuseLosses(sums, epoch, stepsTaken);
            Divergence.RefuseWeights(run.State, epoch, stepsTaken);
            run.SaveCheckpoint(position with
            {
                StepInEpoch = stepsTaken,
                LossSums = sums,
                LossCount = losses.Count,
                EpochSeconds = secondsBefore + Stopwatch.GetElapsedTime(start).TotalSeconds,
                TrainingSeconds = secondsTrained,
            });
        }
    }

    private TrainingPosition EndEpoch(TrainingPosition position, EpochResult result)
    {
        bool evaluated = result.Evaluation is not null || !run.HasValidation;
        double? score = result.Evaluation?.Score;
        bool isBest = evaluated && (position.BestScore is null || score > position.BestScore);
        position = position with
        {
            Epoch = result.Epoch + 1,
            StepInEpoch = 0,
            LossSums = ImmutableSortedDictionary<string, double>.Empty,
            LossCount = 0,
            EpochSeconds = 0,
            TrainingSeconds = 0,
            History = position.History.Add(result),
            BestEpoch = isBest ? result.Epoch : position.BestEpoch,
            BestScore = isBest ? score : position.BestScore,
        };
        if (isBest)
        {
            run.KeepBest(position);
        }

        run.SaveCheckpoint(position);
        TrainingLog.EpochEnded(
            run.Logger,
            result.Epoch,
            _options.Epochs,
            result.Losses[StepValues.Total],
            score,
            result.ImagesPerSecond);
        TrainingStopReason? stopReason = EarlyStopping.Reason(_options, position.History);
        if (stopReason == TrainingStopReason.NoImprovement)
        {
            TrainingLog.StoppedEarly(run.Logger, result.Epoch, _options.Epochs, _options.EarlyStopping.Patience!.Value, position.BestEpoch);
        }

        run.Progress?.Report(new EpochProgress(result, _options.Epochs, isBest, stopReason));
        return position;
    }

    private void Report(
        int epoch, int step, int steps, int rows, ImmutableSortedDictionary<string, double> losses, double factor)
    {
        Divergence.RefuseLosses(losses, epoch, step);
        double perSecond = _rowsSeen / Math.Max(1e-9, _training.Elapsed.TotalSeconds);
        double rowsLeft = (((double)(_options.Epochs - epoch) * steps) + (steps - step)) / steps * rows;
        run.Progress?.Report(new StepProgress(
            epoch,
            _options.Epochs,
            step,
            steps,
            losses,
            _options.Optimizer.BackboneLearningRate * factor,
            perSecond,
            TimeSpan.FromSeconds(Math.Min(rowsLeft / Math.Max(perSecond, 1e-9), TimeSpan.MaxValue.TotalSeconds / 2))));
    }

    private void Require(int[] order)
    {
        int rows = run.Training.Count;
        if (order.Length < 2 || Array.Exists(order, row => row < 0 || row >= rows))
        {
            string what = order.Length < 2
                ? string.Create(CultureInfo.InvariantCulture, $"gives {order.Length} rows for an epoch; batch statistics need at least 2")
                : string.Create(
                    CultureInfo.InvariantCulture, $"gives row {order.First(row => row < 0 || row >= rows)} of {rows}, which count from 0");
            throw new InvalidOperationException($"The sampler {run.Sampler.GetType().Name} {what}.");
        }
    }

    private void RefuseSmallBatches(int rows)
    {
        if (run.Ranks is { } ranks && rows >= 2 &&
            BatchPlan.Cut(rows, _options.BatchSize).Min(range => range.End.Value - range.Start.Value) is var least &&
            least < ranks.LeastRows)
        {
            throw new InsufficientDataException(
                FormattableString.Invariant($"The smallest batch of an epoch has {least} rows, and {ranks.Size} ranks need ") +
                    FormattableString.Invariant($"{ranks.LeastRows}."),
                $"Raise {nameof(TrainingOptions.BatchSize)}, add rows, or train on fewer ranks.");
        }
    }

    private ImmutableSortedDictionary<string, ImmutableArray<double>> DescribePolicies() =>
        run.State.Policies
            .SelectMany(policy => policy.Value.Describe().Select(entry => (Name: $"{policy.Key}.{entry.Key}", Values: entry.Value)))
            .ToImmutableSortedDictionary(entry => entry.Name, entry => entry.Values.ToImmutableArray(), StringComparer.Ordinal);
}
