using System.CommandLine;
using System.Text.Json.Nodes;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Metrics;
using SsMfar.Models;
using SsMfar.Predictions;
using SsMfar.Runtime;

namespace SsMfar.ConsoleApp.Commands;

/// <summary><c>tune</c>: the thresholds of action units, chosen on annotated faces and stored in the model.</summary>
internal static class TuneCommand
{
    public static Command Create()
    {
        Option<string> model = CommonOptions.Model();
        Option<string> data = CommonOptions.Data();
        Option<string> annotations = CommonOptions.Annotations("of faces that the model was not trained on, such as the validation set's");
        Option<string> output = CommonOptions.Out("FILE", "the model with the tuned thresholds, may be --model");
        Option<ImageGrouping> grouping = CommonOptions.GroupBy("the halves of cross-fitting are made of them");
        Option<long> seed = CommonOptions.Seed(long.MaxValue, 0L);
        Option<ComputeDevice> device = CommonOptions.Device();
        Command command = new("tune", "Tune the thresholds of action units on annotated faces, and store them in the model") {
            model,
            data,
            annotations,
            output,
            grouping,
            seed,
            device };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            ConsoleSession.Of(parsed),
            parsed.GetRequiredValue(model),
            parsed.GetRequiredValue(data),
            parsed.GetRequiredValue(annotations),
            parsed.GetRequiredValue(output),
            parsed.GetValue(grouping),
            parsed.GetValue(seed),
            parsed.GetValue(device),
            cancellationToken));
        return command;
    }

    private static async Task RunAsync(
        ConsoleSession session,
        string model,
        string data,
        string annotations,
        string output,
        ImageGrouping grouping,
        long seed,
        ComputeDevice device,
        CancellationToken cancellationToken)
    {
        Outputs.RequireWritable(("--out", output));
        using IImageSource images = Inputs.OpenImages(data);
        using AffectPredictor predictor = Models.LoadOne(model, device);
        if (predictor.Metadata.ActionUnitThresholds() is not { } before)
        {
            throw new BadInputException($"{model}: the model has no action units with thresholds, so there is nothing to tune.");
        }

        AnnotationSet truth = AnnotationSet.Load(annotations, Inputs.FileOptions(predictor));
        Inputs.RequireImages(images, [.. truth.Select(row => row.Image)], annotations);
        AffectEvaluation judged = await Predicting.EvaluateAsync(session, predictor, new(truth, images), cancellationToken)
            .ConfigureAwait(false);
        ThresholdTuningResult tuning = Tune(judged, grouping, seed, annotations);
        if (tuning.Untuned is null)
        {
            throw new BadInputException($"{annotations}: no action unit of any row is known, so there is nothing to tune on.");
        }

        Outputs.Write("--out", output, "The model's tuned thresholds", path =>
            ModelFile.ChangeMetadata(model, path, metadata => metadata.WithActionUnitThresholds(tuning.Thresholds)));
        session.WriteResult(Json(tuning, before, output), () => Text(tuning, before));
        session.Say($"Wrote {output}.");
    }

    private static ThresholdTuningResult Tune(AffectEvaluation judged, ImageGrouping grouping, long seed, string annotations)
    {
        try
        {
            return judged.TuneThresholds(grouping.GroupBy(), seed);
        }
        catch (ArgumentException fault) when (fault.ParamName == "groupBy")
        {
            throw new BadInputException($"{annotations}, --group-by {grouping.Word()}: cross-fitting needs two groups of images or " +
                "more. Give another grouping, or rows.");
        }
    }

    private static JsonObject Json(ThresholdTuningResult tuning, IReadOnlyList<float> before, string output) => new()
    {
        ["actionUnitNames"] = JsonResults.Array(ActionUnits.Names),
        ["thresholdsBefore"] = JsonResults.Array(before),
        ["thresholds"] = JsonResults.Array(tuning.Thresholds),
        ["untuned"] = Json(tuning.Untuned!),
        ["crossFitted"] = Json(tuning.CrossFitted!),
        ["tuned"] = Json(tuning.Tuned!),
        ["model"] = output,
    };

    private static JsonObject Json(ActionUnitScores scores) => new() { ["meanF1"] = scores.MeanF1, ["f1"] = JsonResults.Array(scores.F1) };

    private static string Text(ThresholdTuningResult tuning, IReadOnlyList<float> before)
    {
        TextTable table = new("F1", "threshold", "tuned to", "untuned", "cross-fitted", "on these rows");
        for (int i = 0; i < ActionUnits.Count; i++)
        {
            table.Add(
                ActionUnits.Names[i],
                TextTable.Number(before[i], 3),
                TextTable.Number(tuning.Thresholds[i], 3),
                TextTable.Number(tuning.Untuned!.F1[i]),
                TextTable.Number(tuning.CrossFitted!.F1[i]),
                TextTable.Number(tuning.Tuned!.F1[i]));
        }

        table.Add(
            "mean",
            "",
            "",
            TextTable.Number(tuning.Untuned!.MeanF1),
            TextTable.Number(tuning.CrossFitted!.MeanF1),
            TextTable.Number(tuning.Tuned!.MeanF1));
        return $"{table}\ncross-fitted: each half of the rows decided by thresholds tuned on the other half, what to expect on unseen " +
            "faces\n";
    }
}
