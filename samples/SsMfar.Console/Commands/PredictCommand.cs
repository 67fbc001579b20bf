using System.CommandLine;
using System.Text.Json.Nodes;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Runtime;

namespace SsMfar.ConsoleApp.Commands;

/// <summary><c>predict</c>: reads faces and writes them in the submission format, or with probabilities as JSON.</summary>
internal static class PredictCommand
{
    public static Command Create()
    {
        Option<string> model = OptionKinds.Text("--model", "FILE", "The model");
        Option<string> image = OptionKinds.Text("--image", "FILE", "One cropped face", required: false);
        Option<string> folder = OptionKinds.Text("--images", "DIR", "All images in a folder and its subfolders, by name", required: false);
        Option<string> list = OptionKinds.Text("--list", "FILE", "The images that an annotation file or the challenge's list names, relative to --data", required: false);
        Option<string> data = OptionKinds.Text("--data", "DIR", "The folder or .zip archive of --list's images", required: false);
        Option<string> output = OptionKinds.Text("--out", "FILE", "Where to write the submission format; standard output unless given", required: false);
        Option<TrainingDevice> device = OptionKinds.Device();
        Command command = new("predict", "Predict faces") { model, image, folder, list, data, output, device };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            ConsoleSession.Of(parsed),
            parsed.GetRequiredValue(model),
            new(parsed.GetValue(image), parsed.GetValue(folder), parsed.GetValue(list), parsed.GetValue(data)),
            parsed.GetValue(output),
            parsed.GetValue(device),
            cancellationToken));
        return command;
    }

    private static async Task RunAsync(
        ConsoleSession session, string model, Selection selection, string? output, TrainingDevice device, CancellationToken cancellationToken)
    {
        using IImageSource images = selection.Open();
        using AffectPredictor predictor = AffectPredictor.Load(model, device: device);
        ExpressionClassSet classes = Inputs.Classes(predictor);
        IReadOnlyList<string> names = selection.Names(classes, images);
        IReadOnlyList<PredictionItem> items = await Predicting.RunAsync(session, predictor, images, names, cancellationToken).ConfigureAwait(false);
        if (session.Json)
        {
            // Before failed images end the command: a document has a place for them, the submission format has none.
            session.WriteResult(ToJson(items, classes), () => "");
        }

        IReadOnlyList<AffectPrediction> predictions = Predicting.Require(items);
        if (output is not null)
        {
            Predicting.Submission(model, names, predictions, classes).Save(output);
            session.Say($"Wrote {names.Count} predictions to {output}.");
        }
        else if (!session.Json)
        {
            Predicting.Submission(model, names, predictions, classes).Write(Console.Out);
        }
    }

    private static JsonObject ToJson(IReadOnlyList<PredictionItem> items, ExpressionClassSet classes) => new()
    {
        ["expressionClasses"] = JsonResults.Array(classes.Names),
        ["actionUnitNames"] = JsonResults.Array(ActionUnits.Names),
        ["predictions"] = new JsonArray([.. items.Select(item => ToJson(item))]),
    };

    private static JsonObject ToJson(PredictionItem item)
    {
        AffectPrediction? prediction = item.Prediction;
        return new()
        {
            ["image"] = item.Name,
            ["expression"] = prediction?.Expression?.Name,
            ["expressionProbabilities"] = prediction?.Expression is { } expression ? JsonResults.Array(expression.Probabilities) : null,
            ["valence"] = prediction?.ValenceArousal?.Valence,
            ["arousal"] = prediction?.ValenceArousal?.Arousal,
            ["actionUnits"] = prediction?.ActionUnits is { } present ? JsonResults.Array(present.Present.Select(unit => unit.ToString())) : null,
            ["actionUnitProbabilities"] = prediction?.ActionUnits is { } units ? JsonResults.Array(units.Probabilities) : null,
            ["error"] = item.Error?.Message,
        };
    }

    /// <summary>Which images: one file, a folder's, or a list's.</summary>
    private sealed record Selection(string? Image, string? Folder, string? List, string? Data)
    {
        public IImageSource Open()
        {
            if (new[] { Image, Folder, List }.Count(option => option is not null) != 1)
            {
                throw new BadInputException("predict needs one of --image FILE, --images DIR, or --list FILE with --data DIR.");
            }

            if ((List is null) != (Data is null))
            {
                throw new BadInputException("--list FILE and --data DIR go together: the list's image names are relative to the folder.");
            }

            return Image is { } image ? new FolderImageSource(FolderOf(image))
                : Folder is { } folder ? new FolderImageSource(folder)
                : Inputs.OpenImages(Data!);
        }

        public IReadOnlyList<string> Names(ExpressionClassSet classes, IImageSource images) =>
            Image is { } image ? [Path.GetFileName(image)]
            : images is FolderImageSource folder && Folder is not null ? InFolder(folder)
            : [.. AnnotationSet.Load(List!, new() { ExpressionClasses = classes, AllowRepeatedImages = true }).Select(row => row.Image)];

        private static string FolderOf(string image) => File.Exists(image)
            ? Path.GetDirectoryName(Path.GetFullPath(image))!
            : throw new BadInputException($"--image '{image}': there is no such file. Check the path.");

        private static IReadOnlyList<string> InFolder(FolderImageSource folder)
        {
            IReadOnlyList<string> names = folder.GetImageNames();
            return names.Count > 0 ? names : throw new BadInputException($"--images '{folder.Folder}' has no JPEG, PNG, WebP, BMP or GIF files.");
        }
    }
}
