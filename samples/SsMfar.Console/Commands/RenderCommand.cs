using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using SsMfar.ConsoleApp.Shell;
using SsMfar.RenderedFaces;
using SsMfar.Shared;

namespace SsMfar.ConsoleApp.Commands;

/// <summary><c>render</c>: draws the embedded data set.</summary>
internal static class RenderCommand
{
    private const string Kind = "rendered";

    public static Command Create()
    {
        RenderedFaceOptions defaults = new();
        Option<string> output = CommonOptions.Out("DIR", "the folder of images, train.txt and validation.txt");
        Option<int> train = CommonOptions.Faces(0, defaults.TrainingCount);
        Option<int> validation = CommonOptions.ValidationFaces(0, defaults.ValidationCount);
        Option<ulong> seed = CommonOptions.Seed(ulong.MaxValue, defaults.Seed);
        Option<int> size = CommonOptions.Size(defaults.Size);
        Command command = new("render", "Draw a data set of faces with expressions, valence and arousal, and action units") {
            output,
            train,
            validation,
            seed,
            size };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            ConsoleSession.Of(parsed),
            parsed.GetRequiredValue(output),
            new()
            {
                TrainingCount = parsed.GetValue(train),
                ValidationCount = parsed.GetValue(validation),
                Seed = parsed.GetValue(seed),
                Size = parsed.GetValue(size),
            },
            cancellationToken));
        return command;
    }

    private static async Task RunAsync(
        ConsoleSession session,
        string output,
        RenderedFaceOptions options,
        CancellationToken cancellationToken)
    {
        Outputs.RequireFolder("--out", output);
        Outputs.RequireOwn("--out", output, Kind, pictures: true, RenderedFaceSet.TrainingFile, RenderedFaceSet.ValidationFile);
        WrittenFolder.Mark(output, Kind);
        long start = Stopwatch.GetTimestamp();
        int total = options.TrainingCount + options.ValidationCount;
        await ProgressView.RunAsync(session, view => Task.Run(
            () => RenderedFaceSet.Write(
                output,
                options,
                view.Count("drawing", total, "faces"),
                cancellationToken), cancellationToken)).ConfigureAwait(false);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        session.WriteResult(
            new JsonObject
            {
                ["out"] = output,
                ["train"] = options.TrainingCount,
                ["validation"] = options.ValidationCount,
                ["size"] = options.Size,
                ["seed"] = options.Seed,
                ["seconds"] = seconds,
            },
            () => FormattableString.Invariant($"Drew {total} faces in {seconds:F1} s to {output}."));
    }
}
