using System.CommandLine;
using System.Text.Json.Nodes;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Runtime;

namespace SsMfar.ConsoleApp.Commands;

/// <summary><c>evaluate</c>: a model's predictions against labels.</summary>
internal static class EvaluateCommand
{
    public static Command Create()
    {
        Option<string[]> model = CommonOptions.Models();
        Option<string> data = CommonOptions.Data();
        Option<string> annotations = CommonOptions.Annotations();
        Option<ComputeDevice> device = CommonOptions.Device();
        Command command = new("evaluate", "Score a model on annotated faces") { model, data, annotations, device };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            ConsoleSession.Of(parsed),
            parsed.GetRequiredValue(model),
            parsed.GetRequiredValue(data),
            parsed.GetRequiredValue(annotations),
            parsed.GetValue(device),
            cancellationToken));
        return command;
    }

    private static async Task RunAsync(
        ConsoleSession session, string[] models, string data, string annotations, ComputeDevice device, CancellationToken cancellationToken)
    {
        using IImageSource images = Inputs.OpenImages(data);
        using IAffectPredictor predictor = Models.Load(models, device, orOnnx: true);
        ExpressionClassSet classes = Inputs.Classes(predictor);
        AnnotationSet truth = AnnotationSet.Load(annotations, Inputs.FileOptions(predictor));
        Inputs.RequireImages(images, [.. truth.Select(row => row.Image)], annotations);
        AffectEvaluation judged = await Predicting.EvaluateAsync(session, predictor, new(truth, images), cancellationToken)
            .ConfigureAwait(false);
        JsonObject json = JsonResults.Of(judged.Scores, classes);
        json["calibration"] = JsonResults.Of(judged.Calibration, judged.Scores);
        session.WriteResult(json, () => ScoreText.Of(judged.Scores, classes) + ScoreText.Of(judged.Calibration));
    }
}
