using System.Collections.Immutable;
using System.CommandLine;
using SsMfar.ConsoleApp.Shell;
using SsMfar.ConsoleApp.Tuning;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Metrics;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.Shared;

namespace SsMfar.ConsoleApp.Commands;

/// <summary>
/// <c>tune</c>: what is decided by a model's probabilities, and how sure these are, chosen on annotated faces and stored in the model.
/// </summary>
internal static class TuneCommand
{
    public static Command Create()
    {
        Option<string[]> model = CommonOptions.Models();
        Option<string> data = CommonOptions.Data();
        Option<string> annotations = CommonOptions.Annotations("of faces that the model was not trained on, such as the validation set's");
        Option<string[]> output = OptionKinds.Texts(
            "--out", "FILE", "Where to write; the tuned model, may be --model; one for each --model, in order. Nothing unless given");
        output.Required = false;
        Option<string> report = OptionKinds.Text("--report", "FILE", "Where to write a page with reliability diagrams", required: false);
        Option<TuningAcceptance> acceptance = OptionKinds.Choice<TuningAcceptance>(
            "--accept",
            "What a part must show on rows that it was not tuned on to be kept; a gain (default), one with its interval above 0, nothing");
        Option<ImageGrouping> grouping = CommonOptions.GroupBy("the parts of cross-fitting are made of them");
        Option<long> seed = CommonOptions.Seed(long.MaxValue, 0L);
        Option<ComputeDevice> device = CommonOptions.Device();
        Command command = new("tune", "Tune what is decided, and how sure, on annotated faces, and store it in the model") {
            model,
            data,
            annotations,
            output,
            report,
            acceptance,
            grouping,
            seed,
            device };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            ConsoleSession.Of(parsed),
            new(
                [.. parsed.GetRequiredValue(model)],
                parsed.GetRequiredValue(data),
                parsed.GetRequiredValue(annotations),
                [.. parsed.GetValue(output) ?? []],
                parsed.GetValue(report),
                parsed.GetValue(acceptance),
                parsed.GetValue(grouping),
                parsed.GetValue(seed)),
            parsed.GetValue(device),
            cancellationToken));
        return command;
    }

    private static async Task RunAsync(
        ConsoleSession session, TuningArguments arguments, ComputeDevice device, CancellationToken cancellationToken)
    {
        RequireFiles(arguments);
        using IImageSource images = Inputs.OpenImages(arguments.Data);
        using IAffectPredictor predictor = Models.Load([.. arguments.Models], device);
        if (predictor.Metadata.ActionUnitThresholds() is null && predictor.Metadata.ExpressionDecision() is null)
        {
            throw new BadInputException(
                $"{arguments.Models[0]}: the model has neither expressions nor action units that are decided by probabilities, so there " +
                    "is nothing to tune.");
        }

        AnnotationSet truth = AnnotationSet.Load(arguments.Annotations, Inputs.FileOptions(predictor));
        ExpressionClassSet classes = Inputs.Classes(predictor);
        Inputs.RequireImages(images, [.. truth.Select(row => row.Image)], arguments.Annotations);
        AffectEvaluation judged = await Predicting.EvaluateAsync(session, predictor, new(truth, images), cancellationToken)
            .ConfigureAwait(false);
        DecisionTuningResult tuning = await Task.Run(() => Tune(judged, arguments, cancellationToken), cancellationToken)
            .ConfigureAwait(false);
        if (tuning is { ExpressionWeights: null, Thresholds: null })
        {
            throw new BadInputException(
                $"{arguments.Annotations}: no expression and no action unit of any row is known that the model predicts, so there is " +
                    "nothing to tune on.");
        }

        HashSet<string> withoutScores = [];
        foreach ((string path, string output) in arguments.Models.Zip(arguments.Outputs))
        {
            Outputs.Write("--out", output, "The model's tuned decisions", file => ModelFile.ChangeMetadata(path, file, metadata =>
            {
                ModelMetadata tuned = metadata.WithDecisions(tuning);
                if (tuned.Card != metadata.Card)
                {
                    withoutScores.Add(output);
                }

                return tuned;
            }));
        }

        if (arguments.Report is { } report)
        {
            string page = TuningPage.Write(tuning, classes, arguments);
            Outputs.Write("--report", report, "The page", file => AtomicFile.WriteText(file, writer => writer.Write(page)));
        }

        session.WriteResult(TuningJson.Of(tuning, classes, arguments), () => TuningText.Of(tuning, classes));
        foreach (string output in arguments.Outputs)
        {
            session.Say(TuningText.Written(output, tuning.AnyKept, arguments.Models.Length));
            if (withoutScores.Contains(output))
            {
                session.Say(TuningText.WithoutScores(output));
            }
        }
    }

    private static void RequireFiles(TuningArguments arguments)
    {
        if (!arguments.Outputs.IsEmpty && arguments.Outputs.Length != arguments.Models.Length)
        {
            throw new BadInputException(
                $"--out is given {arguments.Outputs.Length} times for {arguments.Models.Length} --model. Give one for each model, in " +
                    "their order, or none.");
        }

        ImmutableArray<(string, string?)> files =
            [.. arguments.Outputs.Select(path => ("--out", (string?)path)), ("--report", arguments.Report)];
        Inputs.RequireKept(files.AsSpan(), ("--data", arguments.Data), ("--annotations", arguments.Annotations));
        Outputs.RequireWritable(files.AsSpan());

        // A tuned model may take its own model's place, and no other's.
        ImmutableArray<(string, string?)> models = [.. arguments.Models.Select(model => ("--model", (string?)model))];
        Inputs.RequireKept([("--report", arguments.Report)], models.AsSpan());
        foreach ((string model, string output) in arguments.Models.Zip(arguments.Outputs))
        {
            if (!Places.Same(model, output))
            {
                Inputs.RequireKept([("--out", output)], models.AsSpan());
            }
        }
    }

    private static DecisionTuningResult Tune(AffectEvaluation judged, TuningArguments arguments, CancellationToken cancellationToken)
    {
        try
        {
            return judged.TuneDecisions(
                new()
                {
                    GroupBy = arguments.Grouping.GroupBy(),
                    Seed = arguments.Seed,
                    Acceptance = arguments.Acceptance,
                },
                cancellationToken);
        }
        catch (ArgumentException fault) when (fault.ParamName == "groupBy")
        {
            throw new BadInputException(
                $"{arguments.Annotations}, --group-by {arguments.Grouping.Word()}: cross-fitting needs two groups of images or more. " +
                    "Give another grouping, or rows.");
        }
    }
}
