using System.CommandLine;
using System.Text.Json.Nodes;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Postprocessing;
using SsMfar.Submissions;

namespace SsMfar.ConsoleApp.Commands;

/// <summary><c>smooth</c>: predictions of video frames, smoothed over time and decided.</summary>
internal static class SmoothCommand
{
    private const int LongestGap = 1_000_000;

    public static Command Create()
    {
        Option<string> predictions = CommonOptions.Predictions(
            "what predict --probabilities wrote, or a submission, whose decisions then vote");
        Option<string> output = CommonOptions.Out("FILE", "the submission format", required: false);
        Option<double> sigma = OptionKinds.Number(
            "--sigma",
            "The standard deviation of the Gaussian, in frames of the video",
            0.01,
            10_000.0,
            0);
        sigma.Required = true;
        sigma.DefaultValueFactory = null;
        Option<int?> gap = OptionKinds.OptionalNumber(
            "--max-gap",
            "Do not smooth across more missing frames in a row than this",
            0,
            LongestGap);
        Option<string> probabilities = CommonOptions.Probabilities("smoothed");
        Option<ExpressionClassSet?> classes = CommonOptions.Classes("those of a submission are s-Aff-Wild2's eight unless given");
        Command command = new("smooth", "Smooth predictions of video frames over time") {
            predictions,
            output,
            sigma,
            gap,
            probabilities,
            classes };
        command.SetAction(parsed => Run(
            ConsoleSession.Of(parsed),
            parsed.GetRequiredValue(predictions),
            parsed.GetValue(output),
            new() { Sigma = parsed.GetValue(sigma), MaximumGap = parsed.GetValue(gap) },
            parsed.GetValue(probabilities),
            parsed.GetValue(classes)));
        return command;
    }

    private static void Run(
        ConsoleSession session,
        string path,
        string? output,
        TemporalSmoothingOptions options,
        string? probabilities,
        ExpressionClassSet? classes)
    {
        if (output is null && probabilities is null)
        {
            throw new BadInputException(
                "Give --out FILE for what is decided in the submission format, --probabilities FILE for what it is decided by, or both.");
        }

        Inputs.RequireDistinct(("--predictions", path), ("--out", output), ("--probabilities", probabilities));
        Outputs.RequireWritable(("--out", output), ("--probabilities", probabilities));
        PredictionTable predictions = Load(session, path, classes);
        SmoothedPredictions smoothed = TemporalSmoothing.Smooth(predictions, options);
        if (smoothed.Tracks == 0)
        {
            throw new BadInputException(
                $"{path}: no image's name ends in the number of a frame, as video45_left/00001.jpg does, so there is nothing to smooth.");
        }

        Outputs.WriteEach(
            output is null ? null : () => Outputs.Write(
                "--out", output, "The decisions", Predicting.Submission(session, smoothed.Predictions, path).Save),
            probabilities is null ? null : () => Outputs.Write(
                "--probabilities", probabilities, "The smoothed predictions", smoothed.Predictions.Save));

        session.WriteResult(
            new JsonObject
            {
                ["rows"] = predictions.Count,
                ["tracks"] = smoothed.Tracks,
                ["unnumbered"] = smoothed.Unnumbered,
                ["gaps"] = smoothed.Gaps,
                ["missingFrames"] = smoothed.MissingFrames,
                ["out"] = output,
                ["probabilities"] = probabilities,
            },
            () => $"Smoothed {predictions.Count} frames of {smoothed.Tracks} tracks, which have {smoothed.Gaps} gaps of " +
                $"{smoothed.MissingFrames} missing frames in all" +
                $"{(smoothed.Unnumbered > 0 ? $"; {smoothed.Unnumbered} images have no frame number and stay as they are" : "")}. Wrote " +
                $"{string.Join(" and ", new[] { output, probabilities }.OfType<string>())}.");
    }

    private static PredictionTable Load(ConsoleSession session, string path, ExpressionClassSet? given)
    {
        PredictionFile file = new(path);
        if (file.HasProbabilities)
        {
            PredictionTable table = file.Table();
            return given is null || table.ExpressionClasses.Equals(given) ? table : throw new BadInputException(
                $"{path}: its classes are {table.ExpressionClasses}, and those of --classes {given}. Leave --classes out: the file says " +
                    "them.");
        }

        Submission submission = file.Submission(given ?? ExpressionClassSet.AffWild2);
        session.Say($"{path} has decisions, not probabilities: they vote. Give what predict --probabilities writes for a finer result.");
        return PredictionTable.FromSubmission(submission);
    }
}
