using System.Text.Json.Nodes;
using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Metrics;
using SsMfar.Postprocessing;
using SsMfar.Predictions;
using SsMfar.Reports;
using SsMfar.Shared;
using SsMfar.Submissions;

namespace SsMfar.ConsoleApp.Auditing;

/// <summary>Audits annotations and writes what is doubtful.</summary>
internal sealed class AuditRun(ConsoleSession session, AuditArguments arguments)
{
    private const string Kind = "audit";

    private static readonly string[] Written = ["audit.html", "doubtful.csv", "without-suspects.txt"];

    private string Record => Path.Combine(arguments.Out, "run.json");

    /// <summary>Does all of it.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (arguments.Training is { } training)
        {
            TrainCommand.Check(training);
        }

        Outputs.RequireFolder("--out", arguments.Out);
        RequireNotTrained();
        Inputs.RequireKept(
            [("--out", At("without-suspects.txt")), ("--out", At("doubtful.csv"))],
            ("--annotations", arguments.Annotations), ("--predictions", arguments.Predictions));
        if (arguments.Predictions is not null)
        {
            Outputs.RequireOwn("--out", arguments.Out, Kind, pictures: false, Written);
        }

        using IImageSource? images = arguments.Data is { } data ? Inputs.OpenImages(data) : null;
        AnnotationSet truth = AnnotationSet.Load(arguments.Annotations, new() { ExpressionClasses = arguments.Classes });
        (AnnotationSet judged, AffectPrediction[][] predictions) = arguments.Predictions is { } path
            ? (truth, [Given(path, truth)])
            : await CrossFitAsync(arguments.Training!, images!, truth, cancellationToken).ConfigureAwait(false);
        LabelAudit audit = LabelAudit.OfRepeats(judged, predictions, arguments.Share);
        LabelAuditReport report = new(audit, images) { All = truth, Source = arguments.Annotations, Faces = arguments.Faces };
        WrittenFolder.Mark(arguments.Out, Kind);
        Outputs.Write("--out", arguments.Out, "The audit's files", report.Save);
        session.WriteResult(Json(audit), () => Text(audit));
    }

    // What was trained for is not replaced by what was not.
    private void RequireNotTrained()
    {
        if (arguments.Predictions is not null && File.Exists(Record))
        {
            throw new BadInputException(
                $"--out '{arguments.Out}' has {Path.GetFileName(Record)}: what was trained there would be replaced. Choose another " +
                    "folder.");
        }
    }

    private static AffectPrediction[] Given(string path, AnnotationSet truth)
    {
        PredictionTable table = PredictionFiles.LoadTable(path, truth) ?? throw new BadInputException(
            $"{path} has decisions alone, which say nothing of how sure they are. Give what predict --probabilities wrote.");
        return [.. PredictionFiles.Match(path, () => table.MatchTo(truth)).Select(row => table[row])];
    }

    private async Task<(AnnotationSet Judged, AffectPrediction[][] Predictions)> CrossFitAsync(
        TrainArguments training, IImageSource images, AnnotationSet truth, CancellationToken cancellationToken)
    {
        arguments.Grouping.RequireSeveralGroups(truth);
        if (training.OnBadImage == ImageFailurePolicy.Fail)
        {
            Inputs.RequireImages(images, [.. truth.Select(row => row.Image)], arguments.Annotations);
        }

        bool isNew = Outputs.IsEmpty(arguments.Out);
        Open(training);
        try
        {
            return await new CrossFit(session, arguments, images, truth).RunAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException cancelled)
        {
            throw new InterruptedException(
                $"Interrupted. Give the same command with --resume to go on with the audit in '{arguments.Out}'.", cancelled);
        }
        finally
        {
            if (isNew)
            {
                StartRecord.DiscardIfUnused(Record, CrossFit.FoldsIn(arguments.Out));
            }
        }
    }

    private void Open(TrainArguments training)
    {
        SortedDictionary<string, string> words = arguments.Describe();
        if (!Outputs.IsEmpty(arguments.Out) && !training.Resume)
        {
            throw new BadInputException(
                $"--out '{arguments.Out}' is not empty: add --resume to go on with the audit there, or choose another folder.");
        }

        if (File.Exists(Record))
        {
            // More repeats, or fewer, are no other audit. A fold that is done without a bad image is the same where others are skipped.
            StartRecord.RequireSame(Record, words, "audit", (name, value) => name is "--repeats" or "--on-bad-image" ? "" : value);
        }
        else
        {
            Outputs.RequireNone("--out", arguments.Out, "audit", Path.GetFileName(Record), Written);
        }

        Directory.CreateDirectory(arguments.Out);
        StartRecord.Write(Record, words);
    }

    private JsonObject Json(LabelAudit audit)
    {
        JsonObject json = new() { ["rows"] = audit.Annotations.Count };
        foreach ((ScoredTask task, string name) in Names)
        {
            json[name] = new JsonObject
            {
                ["labels"] = audit.Labels(task),
                ["suspects"] = audit.Doubtful(task).Count(label => label.IsSuspect),
                ["listed"] = audit.Doubtful(task).Length,
            };
        }

        json["page"] = At("audit.html");
        json["doubtful"] = At("doubtful.csv");
        json["withoutSuspects"] = At("without-suspects.txt");
        return json;
    }

    private string Text(LabelAudit audit)
    {
        TextTable table = new("labels", "judged", "suspect", "listed");
        foreach ((ScoredTask task, string name) in Names)
        {
            table.Add(
                name, $"{audit.Labels(task)}", $"{audit.Doubtful(task).Count(label => label.IsSuspect)}", $"{audit.Doubtful(task).Length}");
        }

        return $"{table}\npage: {At("audit.html")}\ntable: {At("doubtful.csv")}\n" +
            $"annotations without suspects: {At("without-suspects.txt")}";
    }

    private static readonly (ScoredTask Task, string Name)[] Names =
    [
        (ScoredTask.Expression, "expression"), (ScoredTask.ActionUnits, "actionUnits"), (ScoredTask.ValenceArousal, "valenceArousal"),
    ];

    private string At(string name) => Path.Combine(arguments.Out, name);
}
