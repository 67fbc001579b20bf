using Microsoft.Extensions.Logging;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Distributed;
using SsMfar.Imaging;
using SsMfar.Runtime;
using SsMfar.Training;

namespace SsMfar.ConsoleApp.Commands;

/// <summary>What <c>train</c> and each run of <c>ablate</c> do with annotations and a folder.</summary>
internal static class Fitting
{
    /// <summary>
    /// Trains with progress shown and checkpoints in the run's folder. Labels that are to be hidden are hidden here.
    /// </summary>
    /// <param name="session">Where to show progress.</param>
    /// <param name="arguments">The run.</param>
    /// <param name="folder">The run's folder, opened.</param>
    /// <param name="images">What the annotations name.</param>
    /// <param name="training">The rows of <c>--train</c>, with all their labels.</param>
    /// <param name="validation">The rows of <c>--validation</c>; null to keep the last epoch.</param>
    /// <param name="tasks">The tasks to learn, or null for all.</param>
    /// <param name="beginning">What is said before the first steps, or null.</param>
    /// <param name="cancellationToken">Stops after a step.</param>
    /// <exception cref="BadInputException">A class or unit has no sample in <c>--train</c>, and the options need one.</exception>
    public static async Task<TrainingResult> RunAsync(
        ConsoleSession session,
        TrainArguments arguments,
        RunFolder folder,
        IImageSource images,
        AnnotationSet training,
        AnnotationSet? validation,
        IEnumerable<string>? tasks,
        string? beginning,
        CancellationToken cancellationToken)
    {
        ComputeDevice device = LaunchedRanks.Device(arguments.Device);
        IProcessGroup? ranks = LaunchedRanks.Over(device, session.Say);
        return await RunAsync(session, arguments, tasks, Watch, Fit).ConfigureAwait(false);

        void Watch(MultiTaskTrainerBuilder builder)
        {
            builder.UseCheckpoints(folder.Checkpoints, arguments.Resume ? CheckpointMode.ResumeIfPresent : CheckpointMode.New);
            if (ranks is not null)
            {
                builder.UseProcessGroup(ranks).UseDevice(device);
            }

            if (arguments.KeepsHistory)
            {
                builder.UseHistoryFile(folder.HistoryLines);
            }

            if (arguments.TensorBoard is { } events)
            {
                builder.UseTensorBoard(events);
            }
        }

        Task<TrainingResult> Fit(MultiTaskTrainer trainer, ProgressView view) => trainer.FitAsync(
            new(
                training.HideLabels(arguments.HideLabels, arguments.Seed).HideExpressions(arguments.HideExpressions, arguments.Seed),
                images),
            validation is null ? null : new(validation, images),
            new TrainingProgressReporter(view, beginning),
            cancellationToken);
    }

    /// <summary>Does something with a trainer of the arguments, which logs where progress is shown.</summary>
    /// <param name="session">Where to show progress.</param>
    /// <param name="arguments">How the trainer is built.</param>
    /// <param name="tasks">The tasks to learn, or null for all.</param>
    /// <param name="change">What else is asked of the builder.</param>
    /// <param name="work">What is done.</param>
    /// <exception cref="BadInputException">A class or unit has no sample in <c>--train</c>, and the options need one.</exception>
    public static async Task<T> RunAsync<T>(
        ConsoleSession session,
        TrainArguments arguments,
        IEnumerable<string>? tasks,
        Action<MultiTaskTrainerBuilder>? change,
        Func<MultiTaskTrainer, ProgressView, Task<T>> work)
    {
        try
        {
            return await ProgressView.RunAsync(session, view =>
            {
                MultiTaskTrainerBuilder builder = TrainerSetup.Builder(arguments)
                    .UseLogging(new SessionLogging(view.Say, arguments.Verbose ? LogLevel.Information : LogLevel.Warning));
                change?.Invoke(builder);
                return work((tasks is null ? builder : builder.UseTasks(tasks)).Build(), view);
            }).ConfigureAwait(false);
        }
        catch (InsufficientLabelsException missing)
        {
            // The library knows rows, not the file they came from.
            throw new BadInputException($"{arguments.Train}: {ConsoleWords.Of(missing.Message)}");
        }
    }
}
