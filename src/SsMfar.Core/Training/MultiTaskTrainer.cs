using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SsMfar.Data;
using SsMfar.Distributed;
using SsMfar.Kernels;
using SsMfar.Runtime;
using SsMfar.Weights;

namespace SsMfar.Training;

/// <summary>
/// Trains a multi-task model of facial affect from incomplete labels (SS-MFAR). Made by <see cref="CreateBuilder"/>. Holds no
/// native memory between fits, so that there is nothing to dispose.
/// </summary>
public sealed partial class MultiTaskTrainer
{
    private readonly TrainerConfiguration _configuration;
    private int _fitting;

    /// <summary>
    /// The name of the <see cref="System.Diagnostics.Metrics.Meter"/> that every run reports to: <c>ssmfar.training.step.duration</c>
    /// and <c>ssmfar.training.queue.duration</c> (seconds), <c>ssmfar.training.images</c>, <c>ssmfar.training.epochs</c>,
    /// <c>ssmfar.training.loss</c> (by <c>term</c>), <c>ssmfar.training.score</c> and
    /// <c>ssmfar.training.memory</c> (bytes, by <c>kind</c>).
    /// </summary>
    public const string MeterName = TrainingMeter.Name;

    internal MultiTaskTrainer(TrainerConfiguration configuration) => _configuration = configuration;

    /// <summary>Gets the options that this trainer was built with; changing them has no effect on it.</summary>
    public TrainingOptions Options => TrainingJson.Copy(_configuration.Options);

    /// <summary>
    /// Gets the names of options that were changed and have no effect beside the others, such as <c>ExpressionLoss.Consistency</c>; empty
    /// unless the builder allowed them (<see cref="MultiTaskTrainerBuilder.AllowUnusedOptions"/>).
    /// </summary>
    public ImmutableArray<string> UnusedOptions => [.. _configuration.UnusedOptions.Select(option => option.Name)];

    /// <summary>Gets what the builder froze.</summary>
    internal TrainerConfiguration Configuration => _configuration;

    /// <summary>Starts to compose a trainer.</summary>
    public static MultiTaskTrainerBuilder CreateBuilder() => new();

    /// <summary>
    /// Trains on a thread of its own, since TorchSharp's scopes belong to a thread. Decodes the images once, runs all epochs, evaluates
    /// and keeps the best model. Tasks that no row of the training set has a label of are left out, with a warning in the log; where none
    /// of the tasks with pseudo-labels is left, they are off too.
    /// </summary>
    /// <param name="training">What to learn from; at least two rows.</param>
    /// <param name="validation">What the best epoch is chosen on, or null to keep the last.</param>
    /// <param name="progress">Called on the training thread, in order, with immutable values.</param>
    /// <param name="cancellationToken">Stops after the step under way; the checkpoint, where one was asked for, is written first.</param>
    /// <returns>The best model and the run's history; the caller disposes it, and it outlives the trainer.</returns>
    /// <exception cref="InvalidOperationException">A fit of this trainer is under way.</exception>
    /// <exception cref="InsufficientLabelsException">A class or unit has no sample in the training set and no cap was given.</exception>
    /// <exception cref="TrainingConfigurationException">
    /// The options ask for what this backbone or the lack of a validation set does not allow.
    /// </exception>
    /// <exception cref="InsufficientDataException">
    /// Fewer than two training images, or no validation image, can be used; or the training set has no label of any task.
    /// </exception>
    /// <exception cref="AnnotationFormatException">The name or text of a row has a line break or a NUL character.</exception>
    /// <exception cref="CheckpointException">The run cannot be resumed, or would overwrite another.</exception>
    /// <exception cref="TrainingDivergedException">A loss stopped being a finite number.</exception>
    /// <exception cref="ImageCacheException">
    /// Images cannot be decoded and the options do not say to skip them; the message names the first.
    /// </exception>
    /// <exception cref="ModelFileException">The pretrained weights do not fit, or a file could not be written.</exception>
    /// <exception cref="ArgumentException">The validation set has other classes than the training set.</exception>
    /// <exception cref="IOException">The image cache's file, or the checkpoints' folder, cannot be made or written.</exception>
    /// <exception cref="UnauthorizedAccessException">The checkpoints' folder may not be written.</exception>
    /// <exception cref="DeviceNotAvailableException">The device that was demanded does not exist.</exception>
    /// <exception cref="InsufficientDeviceMemoryException">The fit needs more memory than the device, or the host, has.</exception>
    /// <exception cref="ProcessGroupException">Another rank failed, did not come in time, or was started differently.</exception>
    /// <exception cref="OperationCanceledException">The fit was cancelled, on this rank or another.</exception>
    public Task<TrainingResult> FitAsync(
        AffectDataset training,
        AffectDataset? validation = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(training);
        return FitAsync(new FitRows(training), validation is null ? null : new FitRows(validation), progress, cancellationToken);
    }

    private Task<TrainingResult> FitAsync(
        FitRows training, FitRows? validation, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken) =>
        OnOwnThread(() => Fit(training, validation, progress, cancellationToken), cancellationToken);

    private Task<T> OnOwnThread<T>(Func<T> work, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _fitting, 1) != 0)
        {
            throw new InvalidOperationException("A fit of this trainer is under way; await it, or build another trainer.");
        }

        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(Run) { Name = "SsMfar training", IsBackground = true };
        thread.Start();
        return completion.Task;

        void Run()
        {
            T? result = default;
            Exception? failure = null;
            try
            {
                result = work();
            }
            catch (Exception exception) when (Keep(exception, out failure))
            {
            }

            if (failure is not null && DeviceMemory.IsExhausted(failure))
            {
                failure = InsufficientDeviceMemoryException.Of(_configuration, failure);
            }

            // The trainer is free again before anyone who awaits the task can ask it for another fit.
            Volatile.Write(ref _fitting, 0);
            Complete(completion, result, failure, cancellationToken);
        }
    }

    private TrainingResult Fit(
        FitRows training, FitRows? validation, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        using RunRanks? ranks = _configuration.Group is { Size: > 1 } group ? new(group, _configuration.Options.Distributed) : null;
        bool isFirst = ranks is not { IsFirst: false };
        try
        {
            TorchRuntime.Initialize();
            ILogger logger = isFirst ? _configuration.LoggerFactory.CreateLogger<MultiTaskTrainer>() : NullLogger.Instance;
            TrainingLog.Kernels(logger, CpuKernels.Description);
            using IDisposable? claim =
                _configuration.Checkpoints is { } checkpoints && isFirst ? CheckpointFolder.Claim(checkpoints) : null;
            using RunWatchers watchers = new(isFirst ? _configuration.Watchers : [], isFirst ? progress : null, logger);
            using TrainingRun run = new TrainingRunFactory(_configuration, logger, watchers, ranks: ranks).Create(
                training,
                validation,
                cancellationToken);
            TrainingPosition start = run.Resume();
            watchers.Begin(start.History);
            TrainingPosition end = new TrainingLoop(run).Run(start, cancellationToken);
            return TrainingResult.Of(run, end);
        }
        catch (Exception exception) when (ranks is { StoppedTogether: false } && Keep(exception, out Exception failure))
        {
            ranks.Group.Abort(
                DeviceMemory.IsExhausted(failure) ? InsufficientDeviceMemoryException.Of(_configuration, failure) : failure);
            throw;
        }
    }

    // Every failure of the training thread belongs to whoever awaits the fit.
    private static bool Keep(Exception exception, out Exception kept)
    {
        kept = exception;
        return true;
    }

    private static void Complete<T>(
        TaskCompletionSource<T> completion, T? result, Exception? failure, CancellationToken cancellationToken)
    {
        switch (failure)
        {
            case null:
                completion.SetResult(result!);
                break;
            case OperationCanceledException when cancellationToken.IsCancellationRequested:
                completion.SetCanceled(cancellationToken);
                break;
            default:
                completion.SetException(failure);
                break;
        }
    }
}
