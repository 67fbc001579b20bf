using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Randomness;

namespace SsMfar.Training;

/// <summary>The parts of one fit, put together by <see cref="TrainingRunFactory"/> and walked by <see cref="TrainingLoop"/>.</summary>
internal sealed class TrainingRun : IDisposable
{
    private MultiTaskModel? _taken;
    private bool _prepared;

    public required TrainingOptions Options { get; init; }

    public required TrainingData Training { get; init; }

    public required TrainingData? Validation { get; init; }

    public required TrainingState State { get; init; }

    public required ExponentialMovingAverage? Average { get; init; }

    public required MultiTaskObjective Objective { get; init; }

    public required TrainingStep Step { get; init; }

    public required ISampler Sampler { get; init; }

    public required RandomKey Root { get; init; }

    public required BestModel Best { get; init; }

    public required Checkpoint? Checkpoint { get; init; }

    public required RunDescription Description { get; init; }

    /// <summary>Gets the tasks that the training set has no label of.</summary>
    public required ImmutableArray<string> TasksLeftOut { get; init; }

    /// <summary>Gets what was taken of the model that the run started from, or null.</summary>
    public required StartReport? Start { get; init; }

    public required Func<TrainingPosition, ModelMetadata> Metadata { get; init; }

    /// <summary>Gets how the network's input is made.</summary>
    public required ImagePreprocessing Input { get; init; }

    public required Func<MultiTaskModel, TrainingData, CancellationToken, EvaluationResult> Evaluator { get; init; }

    /// <summary>Gets the ranks that the run is spread over, or null.</summary>
    public RunRanks? Ranks { get; init; }

    public required ILogger Logger { get; init; }

    public required IProgress<TrainingProgress>? Progress { get; init; }

    public bool HasValidation => Validation is not null;

    public EvaluationResult? Evaluate(CancellationToken cancellationToken) =>
        Validation is { } validation ? Evaluator(State.EvaluatedModel, validation, cancellationToken) : null;

    /// <summary>
    /// Computes the features of a backbone that is frozen for the whole run, once, with the weights that the run starts or goes on with;
    /// their images are not needed any more.
    /// </summary>
    public void Prepare(CancellationToken cancellationToken)
    {
        if (_prepared || Step.Features is not { } features)
        {
            return;
        }

        features.Extract(State.Model, Training, Validation, cancellationToken);
        Training.ReleaseImages();
        Validation?.ReleaseImages();
        foreach (MultiTaskModel? model in new[] { State.Model, State.AveragedModel })
        {
            _ = model is null ? false : model.TakesFeatures = true;
        }

        _prepared = true;
    }

    public void KeepBest(TrainingPosition position) => Best.Keep(State.EvaluatedModel, position.BestEpoch, Metadata(position));

    public void SaveCheckpoint(TrainingPosition position)
    {
        if (Checkpoint is null)
        {
            return;
        }

        // The last one is proved readable before the run is called done; those before it are replaced soon.
        Checkpoint.Save(State, position, Description, prove: EarlyStopping.Reason(Options, position.History) is not null);
        Best.RemoveOthers(position.BestEpoch);
        TrainingLog.CheckpointWritten(Logger, Checkpoint.Path, position.Epoch, position.StepInEpoch);
    }

    /// <summary>Where to start: at the checkpoint, when there is one.</summary>
    public TrainingPosition Resume()
    {
        if (Ranks is not null)
        {
            SharedStart.RequireSame(Ranks, Description);
        }

        TrainingPosition start = ResumeHere();
        return Ranks is null ? start : SharedStart.Take(Ranks, State, Best, start);
    }

    private TrainingPosition ResumeHere()
    {
        if (Checkpoint is not { Exists: true })
        {
            return new();
        }

        TrainingPosition position = Checkpoint.Load(State, Description);
        Best.Load(position.BestEpoch);
        TrainingLog.Resumed(Logger, Checkpoint.Path, position.Epoch, position.StepInEpoch);
        return position;
    }

    /// <summary>The evaluated model, in full precision and no longer frozen, which from now on is the caller's to dispose.</summary>
    public MultiTaskModel TakeEvaluatedModel()
    {
        _taken = State.EvaluatedModel;
        _taken.BackboneIsFrozen = false;
        _taken.TakesFeatures = false;
        _taken.DropoutKey = null;
        if (_taken.Backbone is IComputePrecision backbone)
        {
            backbone.Precision = ComputePrecision.Full;
        }

        return _taken;
    }

    public void Dispose()
    {
        State.Optimizer.Dispose();
        foreach (MultiTaskModel? model in new[] { State.AveragedModel, State.Model })
        {
            if (model != _taken)
            {
                model?.Dispose();
            }
        }

        Objective.Dispose();
        Step.Images.Views.Dispose();
        Step.Features?.Dispose();
        (Sampler as IDisposable)?.Dispose();
        Best.Dispose();
        Training.Dispose();
        Validation?.Dispose();
    }
}
