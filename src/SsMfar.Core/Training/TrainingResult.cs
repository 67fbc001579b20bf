using System.Collections.Immutable;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Training;

/// <summary>The best model of a run and how the run went. Owns the model; outlives the trainer.</summary>
public sealed class TrainingResult : IDisposable
{
    private readonly ModelMetadata _metadata;

    private TrainingResult(MultiTaskModel model, ModelMetadata metadata, TrainingPosition end, TrainingStopReason stopReason,
        ImmutableArray<string> tasksLeftOut, StartReport? start)
    {
        TasksLeftOut = tasksLeftOut;
        Start = start;
        Model = model;
        _metadata = metadata;
        History = end.History;
        BestEpoch = end.BestEpoch;
        BestScore = end.BestScore;
        StopReason = stopReason;
    }

    /// <summary>Gets the model of the best epoch, in evaluation mode, on the device it was trained on; this result disposes it.</summary>
    public MultiTaskModel Model { get; }

    /// <summary>
    /// Gets the tasks that were asked for and not learned, since no row of the training set has a label of them; those that were learned
    /// are <see cref="MultiTaskModel.TaskNames"/> of the model.
    /// </summary>
    public ImmutableArray<string> TasksLeftOut { get; }

    /// <summary>Gets what was taken of the model that the run started from; null where it started from none.</summary>
    public StartReport? Start { get; }

    /// <summary>Gets what is saved beside the weights.</summary>
    public ModelMetadata Metadata => _metadata;

    /// <summary>Gets every epoch, resumed ones included.</summary>
    public ImmutableArray<EpochResult> History { get; }

    /// <summary>Gets the epoch that the model is of, from 1.</summary>
    public int BestEpoch { get; }

    /// <summary>Gets the monitored score of that epoch; null without a validation set or where the score is undefined.</summary>
    public double? BestScore { get; }

    /// <summary>Why the run ended.</summary>
    public TrainingStopReason StopReason { get; }

    /// <summary>Gets that epoch's scores on the validation set; without one, a result without any score.</summary>
    public EvaluationResult Evaluation => History.LastOrDefault(epoch => epoch.Epoch == BestEpoch)?.Evaluation ?? EvaluationResult.None;

    /// <summary>Writes a model file that alone suffices to predict.</summary>
    /// <param name="path">The file, by convention <c>.safetensors</c>; written aside and replaced at once.</param>
    /// <param name="alignment">
    /// How the faces lie in the images that were trained on, so that they lie so at prediction too; not said when null.
    /// </param>
    /// <exception cref="ModelFileException">The file cannot be written.</exception>
    /// <exception cref="ArgumentException">The template holds a value that cannot be used.</exception>
    public void SaveModel(string path, FaceTemplate? alignment = null) =>
        ModelFile.Save(path, Model, alignment is null ? _metadata : _metadata with { Alignment = alignment });

    /// <inheritdoc/>
    public void Dispose() => Model.Dispose();

    /// <summary>Takes the model over from a run that ended.</summary>
    internal static TrainingResult Of(TrainingRun run, TrainingPosition end)
    {
        MultiTaskModel model = run.TakeEvaluatedModel();
        using var noGradient = torch.no_grad();
        foreach ((string name, torch.Tensor tensor) in model.state_dict())
        {
            tensor.copy_(run.Best.State[name]);
        }

        model.eval();
        TrainingStopReason stopReason = EarlyStopping.Reason(run.Options, end.History)
            ?? throw new InvalidOperationException("A run that goes on has no result.");
        return new(model, run.Metadata(end), end, stopReason, run.TasksLeftOut, run.Start);
    }
}
