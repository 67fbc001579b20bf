using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using SsMfar.Data;
using SsMfar.Training;

namespace SsMfar.Tests.Training;

/// <summary>Steps of a run as the training loop takes them, without its reports, so that what is between two reports can be looked
/// at.</summary>
internal sealed class RunSteps : IDisposable
{
    private readonly LossAccumulator _losses = new();
    private int _step;

    public RunSteps(MultiTaskTrainer trainer, AffectDataset training)
    {
        Run = new TrainingRunFactory(trainer.Configuration, NullLogger.Instance, null).Create(training, null, CancellationToken.None);
        Run.State.Model.train();
    }

    public TrainingRun Run { get; }

    /// <summary>Takes the next step; nothing of it is read back.</summary>
    public void Take()
    {
        int batches = Run.Training.Count / Run.Options.BatchSize;
        int epoch = 1 + (_step / batches), place = _step % batches;
        int[] order = Run.Sampler.Sample(Run.Training.Annotations, Run.Root.Fold(RandomStreams.Order).Fold(epoch));
        int[] rows = order[(place * Run.Options.BatchSize)..((place + 1) * Run.Options.BatchSize)];
        Run.Step.Run([rows], epoch, place, _step, _losses);
        Run.State.Optimizer.Step(1, Run.Options.Optimizer.Beta1, Run.Options.GradientClipNorm);
        Run.State.Optimizer.ClearGradients();
        Run.Average?.Update(_step);
        _step++;
    }

    /// <summary>The losses summed over the steps taken since the last call; waits for the device.</summary>
    public ImmutableSortedDictionary<string, double> Losses()
    {
        ImmutableSortedDictionary<string, double> sums = _losses.Sums();
        _losses.Restart(ImmutableSortedDictionary<string, double>.Empty, 0);
        return sums;
    }

    public void Dispose()
    {
        _losses.Dispose();
        Run.Dispose();
    }
}
