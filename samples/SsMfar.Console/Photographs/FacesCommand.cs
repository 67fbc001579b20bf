using System.Collections.Immutable;
using System.CommandLine;
using System.Text.Json.Nodes;
using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Faces;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Runtime;
using SsMfar.Shared;

namespace SsMfar.ConsoleApp.Photographs;

/// <summary><c>faces</c>: from photographs to a table of faces and what a model reads in each.</summary>
internal static class FacesCommand
{
    public static Command Create()
    {
        Option<string> image = CommonOptions.Image("a photograph");
        Option<string> folder = CommonOptions.Images(required: false);
        Option<string> model = OptionKinds.Text(
            "--model", "FILE", "The model; .safetensors or .onnx, reads each face; faces are found alone unless given", required: false);
        Option<string> detector = Detectors.Option();
        Option<double?> minimumScore = Detectors.MinimumScore();
        Option<int?> smallestFace = Detectors.SmallestFace();
        Option<int?> mostFaces = OptionKinds.OptionalNumber("--max-faces", "The most faces of a picture, the largest; all unless given", 1,
            100_000);
        Option<string> output = CommonOptions.Out("FILE", "the table of faces, as comma-separated values");
        Option<string> drawings = OptionKinds.Text(
            "--draw", "DIR", "Where to write the pictures with their faces marked", required: false);
        Option<ComputeDevice> device = CommonOptions.Device();
        Command command = new("faces", "Find the faces of photographs, and read each with a model")
        {
            image, folder, model, detector, minimumScore, smallestFace, mostFaces, output, drawings, device,
        };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            ConsoleSession.Of(parsed),
            new(
                parsed.GetValue(image), parsed.GetValue(folder), parsed.GetValue(model), parsed.GetValue(detector),
                parsed.GetValue(minimumScore), parsed.GetValue(smallestFace), parsed.GetValue(mostFaces),
                parsed.GetRequiredValue(output), parsed.GetValue(drawings), parsed.GetValue(device),
                parsed.GetResult(device) is { Implicit: false }),
            cancellationToken));
        return command;
    }

    private static async Task RunAsync(ConsoleSession session, Arguments arguments, CancellationToken cancellationToken)
    {
        if (arguments.Image is null == arguments.Folder is null)
        {
            throw new BadInputException("faces needs one of --image FILE and --images DIR.");
        }

        if (arguments.IsDeviceGiven && arguments.Model is null)
        {
            throw new BadInputException("--device says where --model FILE runs: give that too, or leave it out.");
        }

        arguments.CheckOutputs();
        using OnnxFaceDetector detector = Detectors.Load(arguments.Detector, arguments.MinimumScore, arguments.SmallestFace);
        using FolderImageSource images = new(arguments.Image is { } image ? Inputs.FolderOf(image) : arguments.Folder!);
        ImmutableArray<string> names =
            arguments.Image is { } one ? [Path.GetFileName(one)] : Inputs.ListImages(session, "--images", images);
        using IAffectPredictor? predictor = arguments.Model is { } model ? Commands.Models.LoadAny(model, arguments.Device) : null;
        if (predictor is not null)
        {
            CheckTemplate(session, predictor, detector, arguments.Model!);
        }

        using FaceReader reader = new(detector, predictor, new() { MaximumFaces = arguments.MostFaces });
        FacesTable table = new(predictor?.Metadata);
        if (arguments.Drawings is { } drawings)
        {
            WrittenFolder.Mark(drawings, WrittenFolder.MarkedFaces);
        }

        string? undrawn =
            await ReadAsync(session, reader, images, names, table, arguments.Drawings, cancellationToken).ConfigureAwait(false);
        Outputs.Write("--out", arguments.Out, "The faces", table.Save);
        if (session.Json || (table.Failed == 0 && undrawn is null))
        {
            session.WriteResult(
                new JsonObject
                {
                    ["images"] = names.Length,
                    ["faces"] = table.Faces,
                    ["withoutFace"] = table.WithoutFace,
                    ["failed"] = table.Failed,
                },
                () => $"{table.Faces} faces in {names.Length} images, {table.WithoutFace} without a face: {arguments.Out}");
        }

        if (table.Failed > 0)
        {
            string fault = table.HasFaceWithoutReading ? "cannot be read, or have a face without a reading" : "cannot be read";
            throw new BadInputException(
                $"{table.Failed} of {names.Length} images {fault}: {table.FirstFailure} The table is written; its last column " +
                $"says why of each.{(undrawn is null ? "" : $" {undrawn}")}");
        }

        if (undrawn is not null)
        {
            throw new BadInputException($"{undrawn} The table is written.");
        }
    }

    /// <summary>Says how faces are cut out, and refuses a detector that the model's template cannot be applied with.</summary>
    /// <exception cref="BadInputException">It cannot.</exception>
    internal static void CheckTemplate(ConsoleSession session, IAffectPredictor predictor, IFaceDetector detector, string model)
    {
        if (predictor.Metadata.Alignment is { } template)
        {
            Detectors.RequireLandmarks(
                detector, template, "The faces that the model was trained on were aligned by it: give another --detector.");
        }
        else
        {
            session.Say(
                $"{model} does not say how the faces that it was trained on were cut out: faces are read from their boxes with a margin. " +
                    "Models trained on what align writes say it.");
        }
    }

    // What was wrong with the first picture that could not be drawn: no reason to lose what is read.
    private static Task<string?> ReadAsync(
        ConsoleSession session, FaceReader reader, FolderImageSource images, ImmutableArray<string> names, FacesTable table,
            string? drawings,
        CancellationToken cancellationToken) => ProgressView.RunAsync(session, async view =>
        {
            IProgress<int> progress = view.Count("reading", names.Length, "images");
            int done = 0;
            string? undrawn = null;
            await foreach (PictureResult picture in reader.ReadAsync(names.Select(name => FaceImage.FromSource(images, name)),
                cancellationToken)
                .ConfigureAwait(false))
            {
                table.Add(picture);
                string? fault = drawings is null ? null : Draw(drawings, picture);
                undrawn ??= fault;
                progress.Report(++done);
            }

            return undrawn;
        });

    private static string? Draw(string folder, PictureResult picture)
    {
        try
        {
            if (picture.Succeeded)
            {
                FaceDrawing.Write(Path.Combine(folder, picture.Name), picture);
            }
            else
            {
                // Of an earlier run, which could read it.
                AlignCommand.RemoveEarlier(folder, [picture.Name], []);
            }

            return null;
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException or ImageDecodeException)
        {
            return $"--draw '{folder}': not every picture can be written: {failed.Message.TrimEnd().TrimEnd('.')}.";
        }
    }

    private sealed record Arguments(
        string? Image, string? Folder, string? Model, string? Detector, double? MinimumScore, int? SmallestFace, int? MostFaces, string Out,
        string? Drawings, ComputeDevice Device, bool IsDeviceGiven)
    {
        /// <summary>Refuses what cannot be written, and what would be written over what is read.</summary>
        /// <exception cref="BadInputException">There is such a thing.</exception>
        public void CheckOutputs()
        {
            Inputs.RequireKept([("--out", Out)], ("--image", Image), ("--model", Model), ("--detector", Detector));
            Outputs.RequireWritable(("--out", Out));
            if (Drawings is null)
            {
                return;
            }

            Outputs.RequireFolder("--draw", Drawings);
            if (Folder is not null)
            {
                Places.RequireApart("--images", Folder, "--draw", Drawings);
            }
            else
            {
                // A folder in its own may take the drawing.
                Places.RequireOutside("--image", Inputs.FolderOf(Image!), "--draw", Drawings);
            }

            Outputs.RequireOwn(
                "--draw", Drawings, WrittenFolder.MarkedFaces, pictures: true, Image is null ? [] : [Path.GetFileName(Image)]);
        }
    }
}
