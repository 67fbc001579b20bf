using System.CommandLine;
using System.Text.Json.Nodes;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Postprocessing;
using SsMfar.Runtime;

namespace SsMfar.ConsoleApp.Commands;

/// <summary><c>predict</c>: reads faces and writes them in the submission format, or with probabilities as JSON.</summary>
internal static class PredictCommand
{
    public static Command Create()
    {
        Option<string[]> model = OptionKinds.Texts("--model", "FILE", "The model; given several times, models to average");
        Option<string> image = OptionKinds.Text("--image", "FILE", "One cropped face", required: false);
        Option<string> folder = OptionKinds.Text("--images", "DIR", "All images in a folder and its subfolders, by name", required: false);
        Option<string> list = OptionKinds.Text("--list", "FILE", "The images that an annotation file or the challenge's list names, relative to --data", required: false);
        Option<string> data = OptionKinds.Text("--data", "DIR", "The folder or .zip archive of --list's images", required: false);
        Option<string> output = OptionKinds.Text("--out", "FILE", "Where to write the submission format; standard output unless given", required: false);
        Option<string> probabilities = OptionKinds.Text("--probabilities", "FILE", "Where to write valence, arousal and all probabilities, for smooth", required: false);
        Option<BadImage> badImage = OptionKinds.Choice<BadImage>(
            "--on-bad-image", "An image that cannot be read: an error (default), or given the prediction of the nearest frame of its track");
        Option<TrainingDevice> device = OptionKinds.Device();
        Command command = new("predict", "Predict faces") { model, image, folder, list, data, output, probabilities, badImage, device };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            ConsoleSession.Of(parsed),
            parsed.GetRequiredValue(model),
            new(parsed.GetValue(image), parsed.GetValue(folder), parsed.GetValue(list), parsed.GetValue(data)),
            new(parsed.GetValue(output), parsed.GetValue(probabilities), parsed.GetValue(badImage)),
            parsed.GetValue(device),
            cancellationToken));
        return command;
    }

    private static async Task RunAsync(
        ConsoleSession session, string[] models, Selection selection, Destination destination, TrainingDevice device, CancellationToken cancellationToken)
    {
        Inputs.RequireDistinct(("--out", destination.Submission), ("--probabilities", destination.Probabilities));
        using IImageSource images = selection.Open();
        using IAffectPredictor predictor = Models.Load(models, device);
        ExpressionClassSet classes = Inputs.Classes(predictor);
        IReadOnlyList<string> names = selection.Names(classes, images);
        IReadOnlyList<PredictionItem> items = await Predicting.RunAsync(session, predictor, images, names, cancellationToken).ConfigureAwait(false);
        if (session.Json)
        {
            // Before failed images end the command: a document has a place for them, the submission format has none.
            session.WriteResult(ToJson(items, classes), () => "");
        }

        Predicting.RequireNumbers(items);
        bool readable = destination.BadImage == BadImage.Fail || items.All(item => item.Succeeded);
        IReadOnlyList<PredictionItem> known = readable ? items : [.. items.Where(item => item.Succeeded)];
        IReadOnlyList<AffectPrediction> predictions = Predicting.Require(known.Count > 0 ? known : items);
        if (destination.Submission is null && destination.Probabilities is null && session.Json)
        {
            return;
        }

        PredictionTable table = Predicting.Table(models[0], [.. known.Select(item => item.Name)], predictions, classes);
        if (!readable)
        {
            table = table.Fill([.. names], out var filled);
            session.Say($"{filled.Length} of {names.Count} images cannot be read and were given predictions of other frames: {Predicting.Some(filled)}.");
        }

        destination.Write(session, table);
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

    /// <summary>What becomes of images that cannot be read.</summary>
    private enum BadImage
    {
        Fail,
        Fill,
    }

    /// <summary>Where predictions go.</summary>
    private sealed record Destination(string? Submission, string? Probabilities, BadImage BadImage)
    {
        public void Write(ConsoleSession session, PredictionTable table)
        {
            if (Probabilities is not null)
            {
                table.Save(Probabilities);
                session.Say($"Wrote the probabilities of {table.Count} images to {Probabilities}.");
            }

            if (Submission is not null)
            {
                table.ToSubmission().Save(Submission);
                session.Say($"Wrote {table.Count} predictions to {Submission}.");
            }
            else if (Probabilities is null && !session.Json)
            {
                table.ToSubmission().Write(Console.Out);
            }
        }
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
