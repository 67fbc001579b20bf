using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using SsMfar.ConsoleApp.Photographs;
using SsMfar.ConsoleApp.Reporting;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Metadata;
using SsMfar.Metrics;
using SsMfar.Models;
using SsMfar.Shared;
using SsMfar.Training;

namespace SsMfar.ConsoleApp.Commands;

/// <summary><c>train</c>: learns from annotated faces and writes the best model.</summary>
internal static class TrainCommand
{
    /// <summary>The command's name.</summary>
    public const string Name = "train";

    private static readonly (UnlabelledTasks Task, string Name)[] Teachable =
    [
        (UnlabelledTasks.Expression, AffectTaskNames.Expression),
        (UnlabelledTasks.ActionUnits, AffectTaskNames.ActionUnits),
        (UnlabelledTasks.ValenceArousal, AffectTaskNames.ValenceArousal),
    ];

    public static Command Create()
    {
        TrainOptions options = new();
        Command command = new(Name, "Train a model; the best epoch's is written to --out");
        foreach (Option option in options.All)
        {
            command.Add(option);
        }

        command.SetAction((parsed, cancellationToken) => RunAsync(ConsoleSession.Of(parsed), options.Read(parsed), cancellationToken));
        return command;
    }

    private static async Task RunAsync(ConsoleSession session, TrainArguments arguments, CancellationToken cancellationToken)
    {
        LaunchedRanks.Join(arguments.RankWait);
        Check(arguments);
        Outputs.RequireCache(arguments.Cache);
        if (arguments.TensorBoard is { } events)
        {
            Outputs.RequireFolder("--tensorboard", events);
        }

        using IImageSource images = Inputs.OpenImages(arguments.Data);
        FaceTemplate? alignment = AlignmentFile.Read(images);
        (AnnotationSet training, AnnotationSet validation, IReadOnlyList<string> remarks) = TrainingRows.Load(arguments);
        RunFolder folder = LaunchedRanks.IsFirst ? RunFolder.Open(arguments) : RunFolder.OfFirst(arguments);
        foreach (string remark in remarks)
        {
            session.Say(remark);
        }

        try
        {
            using TrainingResult result = await Fitting.RunAsync(
                session, arguments, folder, images, training, validation, arguments.Tasks, Start(arguments), cancellationToken)
                .ConfigureAwait(false);
            if (!LaunchedRanks.IsFirst)
            {
                return;
            }

            folder.KeepSettings();
            result.SaveModel(folder.Model, alignment);
            AtomicFile.WriteText(folder.History, writer => writer.Write(ConsoleSession.Format(TrainingReport.History(result))));
            string? page = arguments.NoReport
                ? null
                : await RunReport.WriteAsync(session, arguments, folder, images, validation, cancellationToken).ConfigureAwait(false);
            Report(session, result, folder, arguments, training.ExpressionClasses, page);
        }
        catch (OperationCanceledException cancelled)
        {
            folder.KeepSettings();
            throw new InterruptedException(
                $"Interrupted. Give the same command with --resume to go on from the checkpoint in '{folder.Checkpoints}'.",
                cancelled);
        }
        finally
        {
            folder.DiscardIfUnused();
        }
    }

    /// <summary>Refuses what does not go together, or is not there, before anything is read.</summary>
    /// <exception cref="BadInputException">It does not.</exception>
    public static void Check(TrainArguments arguments)
    {
        CheckWeights(arguments);
        CheckTasks(arguments);
    }

    private static void CheckWeights(TrainArguments arguments)
    {
        CheckStart(arguments);
        if (arguments.Variant.PretrainedOn is { } data && !arguments.Start.IsPretrained && arguments.StartFrom is null)
        {
            throw new BadInputException(
                $"--variant {arguments.Variant.Name} starts from weights pretrained on {data}: give them with --weights FILE, take " +
                    "others in their place with --weights imagenet, or choose another variant.");
        }

        if (arguments.Variant.FromScratch && arguments.Start.IsPretrained)
        {
            throw new BadInputException(
                $"--variant {arguments.Variant.Name} is about training from scratch: leave --weights out, or choose " +
                $"--variant {SsMfarVariant.SsMfar.Name} with the --backbone that they are of.");
        }

        if (arguments.Prefix is not null && arguments.Start.File is null)
        {
            throw new BadInputException("--prefix is about the names in a weight file: add --weights FILE, or leave it out.");
        }

        BackboneStart.CheckUse(arguments.ChannelOrder, arguments.Start);
        arguments.Start.Check(TrainerSetup.Backbone(arguments), "--weights");
    }

    // Where nothing was chosen, also what else there is. A frozen backbone has no rate.
    private static string Start(TrainArguments arguments)
    {
        TrainingOptions options = TrainerSetup.Options(arguments);
        string? rate = options.FrozenFeatures.Enabled
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"at a peak learning rate of {options.Optimizer.BackboneLearningRate}");
        if (arguments.StartFrom is { } model)
        {
            return $"The run starts from the model {Path.GetFileName(model)}{(rate is null ? "" : $", its backbone {rate}")}.";
        }

        BackboneFactory backbone = TrainerSetup.Backbone(arguments);
        string others = arguments.StartIsDefault && arguments.Start.IsPretrained ? "; --weights none starts from scratch" : "";
        string instead = arguments is { Start: var start, Variant.PretrainedOn: { } data } && start == BackboneStart.ImageNet
            ? $" {ImageNetWeights.DataSet} stands in for {data}, which {arguments.Variant.Name} is about."
            : "";
        return $"The backbone starts from {arguments.Start.Describe(backbone)}{(rate is null ? "" : $", {rate}")}{others}.{instead}";
    }

    private static void CheckStart(TrainArguments arguments)
    {
        if (arguments.StartFrom is not { } start)
        {
            return;
        }

        if (arguments.Start.IsPretrained)
        {
            throw new BadInputException(
                "--start-from and --weights both bring the backbone's weights: leave one of the two out.");
        }

        if (arguments.Variant.FromScratch)
        {
            throw new BadInputException(
                $"--variant {arguments.Variant.Name} is about training from scratch: leave --start-from out, or choose " +
                    $"--variant {SsMfarVariant.SsMfar.Name}.");
        }

        if (!File.Exists(start))
        {
            throw new BadInputException($"--start-from '{start}': there is no such file. Check the path.");
        }
    }

    private static void CheckTasks(TrainArguments arguments)
    {
        SemiSupervisionOptions options = TrainerSetup.Options(arguments).SemiSupervision;
        string[] taught = [.. Teachable.Where(task => options.Tasks.HasFlag(task.Task)).Select(task => task.Name)];
        if (arguments.Tasks is { } tasks && options.Mode == SemiSupervisionMode.PseudoLabels && !tasks.Intersect(taught).Any())
        {
            throw new BadInputException(
                $"--tasks {string.Join(',', tasks)} leaves out {string.Join(", ", taught)}, which --variant {arguments.Variant.Name} " +
                    "gives pseudo-labels for: " +
                $"add --variant {SsMfarVariant.Mfar.Name}, which gives none, or {string.Join(" or ", taught)} to --tasks.");
        }
    }

    private static void Report(
        ConsoleSession session,
        TrainingResult result,
        RunFolder folder,
        TrainArguments arguments,
        ExpressionClassSet classes,
        string? page)
    {
        AffectScores scores = result.Evaluation.Affect;
        (double seconds, double imagesPerSecond) = TrainingReport.Pace(result.History);
        session.WriteResult(
            new JsonObject
            {
                ["score"] = JsonResults.Of(scores, classes),
                ["epoch"] = result.BestEpoch,
                ["epochs"] = result.History.Length,
                ["stopReason"] = result.StopReason == TrainingStopReason.NoImprovement ? "no-improvement" : "epochs-completed",
                ["seconds"] = seconds,
                ["imagesPerSecond"] = imagesPerSecond,
                ["weights"] = arguments.Start.File ?? arguments.Start.Name,
                ["tasks"] = JsonResults.Array(result.Model.TaskNames),
                ["tasksLeftOut"] = JsonResults.Array(result.TasksLeftOut),
                ["start"] = TrainingReport.Start(result.Start),
                ["model"] = folder.Model,
                ["page"] = page,
            },
            () => string.Create(CultureInfo.InvariantCulture,
                $"{ScoreText.Of(scores, classes)}\nepoch {result.BestEpoch} of {result.History.Length}, {seconds:F1} s, " +
                    $"{imagesPerSecond:F1} images/s\nmodel: {folder.Model}{(page is null ? "" : $"\npage: {page}")}"));
    }
}
