using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using SsMfar.ConsoleApp.Photographs;
using SsMfar.ConsoleApp.Sharding;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Postprocessing;
using SsMfar.Predictions;
using SsMfar.Runtime;

namespace SsMfar.ConsoleApp.Commands;

/// <summary><c>predict</c>: reads faces and writes them in the submission format, or with probabilities as JSON.</summary>
internal static class PredictCommand
{
    /// <summary>The command's name.</summary>
    public const string Name = "predict";

    // As many as a predictor takes at once on a CPU, so that each batch of a part is one that a single process would have taken.
    private const int Batch = 32;

    public static Command Create()
    {
        Option<string[]> model = CommonOptions.Models();
        Option<string> image = CommonOptions.Image("a cropped face");
        Option<string> folder = CommonOptions.Images(required: false);
        Option<string> list = OptionKinds.Text(
            "--list",
            "FILE",
            "The images that an annotation file or the challenge's list names, relative to --data",
            required: false);
        Option<string> data = CommonOptions.Data("goes with --list", required: false);
        Option<FaceBox?> box = OptionKinds.Named<FaceBox?>(
            "--box", "X,Y,WIDTH,HEIGHT", "Where the face is in --image, in pixels of the upright picture", text => FaceBoxes.Parse(text));
        Option<string> boxes = OptionKinds.Text(
            "--boxes",
            "FILE",
            "Where the face is in each image: a table with the columns image, x, y, width and height, such as faces writes; an image's " +
                "first row counts",
            required: false);
        Option<string> output = CommonOptions.Out("FILE", "the submission format, to standard output unless given", required: false);
        Option<string> probabilities = CommonOptions.Probabilities("for smooth");
        Option<BadImage> badImage = OptionKinds.Choice<BadImage>(
            "--on-bad-image",
            "What happens to an image that cannot be read; an error (default), or given the prediction of the nearest frame of its track");
        Option<ComputeDevice> device = CommonOptions.Device();
        Option<Shard?> shard = Shard.Option();
        Command command = new(Name, "Predict faces") { model, image, folder, list, data, box, boxes, output, probabilities, badImage,
            device, shard };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            ConsoleSession.Of(parsed),
            parsed.GetRequiredValue(model),
            new(parsed.GetValue(image), parsed.GetValue(folder), parsed.GetValue(list), parsed.GetValue(data), parsed.GetValue(box),
                parsed.GetValue(boxes)),
            new(parsed.GetValue(output), parsed.GetValue(probabilities), parsed.GetValue(badImage), parsed.GetValue(shard)),
            parsed.GetValue(device),
            cancellationToken));
        return command;
    }

    private static async Task RunAsync(
        ConsoleSession session,
        string[] models,
        ImageSelection selection,
        Destination destination,
        ComputeDevice device,
        CancellationToken cancellationToken)
    {
        destination.Check(session.Json, [.. models.Select(model => ("--model", (string?)model)), .. selection.Files]);
        using IImageSource images = selection.Open();
        ImmutableArray<string>? part = null;
        if (destination.Shard is { } shard)
        {
            ImmutableArray<string> all = selection.Names(session, images);
            part = shard.Take(all, "images", Batch);
            destination = destination with
            {
                Part = PartHead.Of(session, Name, shard, models, [.. selection.Words(), .. all])
                    with { Images = ImageContents.Fingerprint(images, part, cancellationToken) },
            };
            if (PartFile.AreDone(session, [.. destination.Parts()]))
            {
                return;
            }
        }

        using IAffectPredictor predictor = Models.Load(models, device, orOnnx: true);
        ExpressionClassSet classes = Inputs.Classes(predictor);
        ImmutableArray<string> names = part ?? selection.Names(session, images);
        if (!session.Json && destination.BadImage == BadImage.Fail)
        {
            Inputs.RequireImages(images, names, selection.Listed);
        }

        if (!session.Json || destination.IsFile)
        {
            RequireRows(names, selection.Listed);
        }

        if (predictor.Metadata.Notes.GetValueOrDefault(ModelMetadata.NotLearned) is { } meaningless)
        {
            foreach (string output in Failure.OneLine(meaningless).Split(", "))
            {
                session.Say(models.Length == 1
                    ? $"{models[0]}: the model was trained without a label of {output}, and its {output} means nothing."
                    : $"{string.Join(", ", models)}: one was trained without a label of {output}, and the mean {output} means nothing.");
            }
        }

        ImmutableArray<(string Name, FaceBox? Box)> faces = selection.Faces(names);
        if (faces.All(face => face.Box is null))
        {
            WholePhotographs.Warn(session, images, names, cancellationToken);
        }

        IReadOnlyList<PredictionItem> items = await Predicting.RunAsync(session, predictor, images, faces, cancellationToken)
            .ConfigureAwait(false);
        if (session.Json)
        {
            // Before failed images end the command: a document has a place for them, the submission format has none.
            session.WriteResult(ToJson(items, classes, predictor.Metadata.Units() ?? ActionUnitSet.AffWild2), () => "");
        }

        Predicting.RequireNumbers(items);
        bool readable = destination.BadImage == BadImage.Fail || items.All(item => item.Succeeded);
        IReadOnlyList<PredictionItem> known = readable ? items : [.. items.Where(item => item.Succeeded)];
        IReadOnlyList<AffectPrediction> predictions = Predicting.Require(
            known.Count > 0 ? known : items, others => KeepSome(destination, models[0], others, classes));
        if (!destination.IsFile && session.Json)
        {
            return;
        }

        PredictionTable table = Predicting.Table(models[0], [.. known.Select(item => item.Name)], predictions, classes);
        if (!readable)
        {
            table = table.Fill([.. names], out var filled);
            session.Say($"{filled.Length} of {names.Length} images cannot be read and were given predictions of other frames: " +
                $"{Predicting.Some(filled)}.");
        }

        destination.Write(session, table, models[0]);
    }

    // The images that cannot be read end the command, but not the work on the others.
    private static string KeepSome(
        Destination destination,
        string model,
        IReadOnlyList<PredictionItem> others,
        ExpressionClassSet classes) =>
        destination.IsFile && others.Count > 0
            ? $" The predictions of the other {others.Count} are kept in " +
                $"'{destination.Keep(Predicting.Table(
                    model, [.. others.Select(item => item.Name)], [.. others.Select(item => item.Prediction!)], classes))}'."
            : "";

    // A row is a line: such a name would be refused after all the predicting.
    private static void RequireRows(ImmutableArray<string> names, string listed)
    {
        if (names.FirstOrDefault(name => name.AsSpan().ContainsAny('\r', '\n')) is { } broken)
        {
            throw new BadInputException(
                $"{listed}: the image name '{Failure.OneLine(broken)}' has a line break, which no row of a file can have. Rename the " +
                    "image, or use --json.");
        }
    }

    private static JsonObject ToJson(IReadOnlyList<PredictionItem> items, ExpressionClassSet classes, ActionUnitSet units) => new()
    {
        ["expressionClasses"] = JsonResults.Array(classes.Names),
        ["actionUnitNames"] = JsonResults.Array(units.Names),
        ["predictions"] = new JsonArray([.. items.Select(item => JsonSerializer.SerializeToNode(item))]),
    };

    /// <summary>What becomes of images that cannot be read.</summary>
    private enum BadImage
    {
        Fail,
        Fill,
    }

    /// <summary>Where predictions go.</summary>
    private sealed record Destination(string? Submission, string? Probabilities, BadImage BadImage, Shard? Shard)
    {
        /// <summary>What the files are parts of; null where they are whole.</summary>
        public PartHead? Part { get; init; }

        /// <summary>
        /// Refuses files that cannot be written or are read, what one part cannot know of the others, and to fill what is not written.
        /// </summary>
        /// <param name="json">Whether the result is a document, which says why an image has no prediction.</param>
        /// <param name="inputs">Options and the files that are read.</param>
        /// <exception cref="BadInputException">There is such a thing.</exception>
        public void Check(bool json, ReadOnlySpan<(string Option, string? Path)> inputs)
        {
            ReadOnlySpan<(string Option, string? Path)> files = [("--out", Submission), ("--probabilities", Probabilities)];
            Outputs.RequireWritable(files);
            Inputs.RequireKept(files, inputs);
            if (Shard is not null && !IsFile)
            {
                throw new BadInputException("--shard writes parts of files: add --out FILE or --probabilities FILE.");
            }

            if (Shard is not null && BadImage == BadImage.Fill)
            {
                throw new BadInputException(
                    "--shard and --on-bad-image fill do not go together: the nearest frame may be another part's. Leave one of them out.");
            }

            if (json && !IsFile && BadImage == BadImage.Fill)
            {
                throw new BadInputException(
                    "--on-bad-image fill fills the rows of files, and with --json none is written: add --out FILE or --probabilities " +
                        "FILE, or leave it out.");
            }
        }

        /// <summary>The files, and which parts they are: two files of one command are parts of two tables.</summary>
        public IEnumerable<(string Path, PartHead Head)> Parts() => new[] { (Submission, "submission"), (Probabilities, "probabilities") }
            .Where(file => file.Item1 is not null).Select(file => (file.Item1!, Part!.For(file.Item2)));

        public bool IsFile => Submission is not null || Probabilities is not null;

        /// <summary>
        /// Keeps predictions that are not all that was asked for; what they are kept in has the form of the file asked for.
        /// </summary>
        public string Keep(PredictionTable table) => Probabilities is not null
            ? Outputs.Keep(Path.GetFileName(Probabilities), table.Save)
            : Outputs.Keep(Path.GetFileName(Submission!), table.ToSubmission().Save);

        public void Write(ConsoleSession session, PredictionTable table, string model)
        {
            Outputs.WriteEach(
                Probabilities is null ? null : () => WriteProbabilities(session, table, Probabilities),
                Submission is null ? null : () => WriteSubmission(session, table, model, Submission));
            if (!IsFile && !session.Json)
            {
                Predicting.Submission(session, table, model).Write(Console.Out);
            }
        }

        private void WriteProbabilities(ConsoleSession session, PredictionTable table, string file)
        {
            Outputs.Write("--probabilities", file, "The predictions", path => Save(path, file, table.Write, table.Save));
            session.Say($"Wrote the probabilities of {table.Count} images to {file}.");
        }

        private void WriteSubmission(ConsoleSession session, PredictionTable table, string model, string file)
        {
            var decisions = Predicting.Submission(session, table, model);
            Outputs.Write("--out", file, "The predictions", path => Save(path, file, decisions.Write, decisions.Save));
            session.Say($"Wrote {table.Count} predictions to {file}.");
        }

        private void Save(string path, string asked, Action<TextWriter> write, Action<string> whole)
        {
            if (Part is null)
            {
                whole(path);
                return;
            }

            using StringWriter text = new(CultureInfo.InvariantCulture);
            write(text);
            PartFile.Save(path, Parts().Single(part => part.Path == asked).Head, text.ToString());
        }
    }
}
