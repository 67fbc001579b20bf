using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Submissions;

namespace SsMfar.ConsoleApp.Ablation;

/// <summary>What a run left in its folder.</summary>
/// <param name="Result">Its scores and course.</param>
/// <param name="Predictions">What its model decided on the validation set; null for a run that ended without a model.</param>
internal sealed record FinishedRun(RunResult Result, Submission? Predictions)
{
    private const string ResultFile = "result.json";
    private const string PredictionsFile = "predictions.txt";

    /// <summary>Whether a run is finished.</summary>
    public static bool Exists(TrainArguments run) => File.Exists(Path.Combine(run.Out, ResultFile));

    /// <summary>Whether a run is finished and did not fail.</summary>
    public static bool HadModel(TrainArguments run) => Exists(run) && File.Exists(Path.Combine(run.Out, PredictionsFile));

    /// <summary>Keeps a run; its result comes last, so that a folder that has it is whole.</summary>
    public void Save(TrainArguments run)
    {
        Predictions?.Save(Path.Combine(run.Out, PredictionsFile));
        Result.Save(Path.Combine(run.Out, ResultFile));
    }

    /// <summary>Reads a run back.</summary>
    /// <param name="run">The run.</param>
    /// <param name="validation">The labels, which the predictions must be of.</param>
    /// <exception cref="BadInputException">A file is missing, damaged, or of other images.</exception>
    public static FinishedRun Load(TrainArguments run, AnnotationSet validation)
    {
        RunResult result = RunResult.Load(Path.Combine(run.Out, ResultFile));
        if (result.Failure is not null)
        {
            return new(result, null);
        }

        string path = Path.Combine(run.Out, PredictionsFile);
        try
        {
            Submission predictions = Submission.Load(path, run.Classes);
            predictions.MatchTo(validation);
            return new(result, predictions);
        }
        catch (Exception fault) when (fault is FileNotFoundException or AnnotationFormatException or SubmissionMismatchException)
        {
            string reason = fault is FileNotFoundException ? "is missing" : $"cannot be used ({fault.Message.TrimEnd('.')})";
            throw new BadInputException($"{path} {reason}. Remove this run's folder, and give the same command again to repeat the run.");
        }
    }
}
