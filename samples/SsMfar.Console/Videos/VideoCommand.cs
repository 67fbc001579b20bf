using System.CommandLine;
using System.Text.Json.Nodes;
using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Photographs;
using SsMfar.ConsoleApp.Sharding;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Faces;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Runtime;
using SsMfar.Shared;
using SsMfar.Video;

namespace SsMfar.ConsoleApp.Videos;

/// <summary><c>video</c>: from a video to a table with a row for every frame and face.</summary>
internal static class VideoCommand
{
    /// <summary>The command's name.</summary>
    public const string Name = "video";

    private const double LongestSigma = 600;

    public static Command Create()
    {
        Option<string> input = OptionKinds.Text("--input", "DIR|FILE", "A folder of numbered images, or a video file that ffmpeg reads");
        Option<string> model = OptionKinds.Text("--model", "FILE", "The model; .safetensors or .onnx, reads each face");
        Option<string> output = CommonOptions.Out("FILE", "the table, a row for every frame and face");
        Option<FrameTableFormat> format = OptionKinds.Choice<FrameTableFormat>(
            "--format", "The form of the table; plain, the default, has all columns");
        Option<double?> smooth = OptionKinds.OptionalNumber(
            "--smooth", "Smooth each track by a Gaussian of this standard deviation, in seconds", 0.001, LongestSigma);
        Option<bool> causal = new("--causal") { Description = "Smooth by earlier frames alone, as a stream can be" };
        Option<string> boxes = OptionKinds.Text(
            "--boxes",
            "FILE",
            "Where the face is in each image: a table with the columns image, x, y, width and height, such as faces writes; a row a " +
                "face, of a video file with the column frame in place of image, which a folder may have too",
            required: false);
        Option<string> page = OptionKinds.Text("--page", "FILE", "Where to write an HTML page with timelines", required: false);
        Option<string> drawings = OptionKinds.Text(
            "--draw", "DIR", "Where to write the pictures with their faces marked; all frames", required: false);
        Option<bool> resume = CommonOptions.Resume("with the frames that an interrupted run read");
        Option<double?> rate = OptionKinds.OptionalNumber("--fps", "The frames a second of a folder; 30 unless given", 0.001, 100_000.0);
        Option<double?> neutral = OptionKinds.OptionalNumber(
            "--neutral", "The first seconds of each track, in which its face is neutral; readings become relative to it", 0.001, 86_400.0);
        Option<string> detector = Detectors.Option();
        Option<double?> minimumScore = Detectors.MinimumScore();
        Option<int?> smallestFace = Detectors.SmallestFace();
        Option<int?> mostFaces = OptionKinds.OptionalNumber(
            "--max-faces", "The most faces of a picture, the largest; all unless given", 1, 100_000);
        Option<ComputeDevice> device = CommonOptions.Device();
        Option<Shard?> shard = Shard.Option();
        Command command = new(Name, "Read the faces of a video into a table and a page, with tracks and smoothing")
        {
            input, model, output, format, smooth, causal, boxes, page, drawings, resume, rate, neutral, detector, minimumScore,
            smallestFace, mostFaces, device, shard,
        };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            ConsoleSession.Of(parsed),
            new(
                parsed.GetRequiredValue(input), parsed.GetRequiredValue(model), parsed.GetRequiredValue(output), parsed.GetValue(format),
                parsed.GetValue(smooth), parsed.GetValue(causal), parsed.GetValue(boxes), parsed.GetValue(page), parsed.GetValue(drawings),
                parsed.GetValue(resume), parsed.GetValue(rate), parsed.GetValue(neutral), parsed.GetValue(detector),
                parsed.GetValue(minimumScore), parsed.GetValue(smallestFace), parsed.GetValue(mostFaces), parsed.GetValue(device),
                parsed.GetValue(shard)),
            cancellationToken));
        return command;
    }

    private static async Task RunAsync(ConsoleSession session, VideoArguments arguments, CancellationToken cancellationToken)
    {
        arguments.Check();
        IFrameSource source = await arguments.OpenAsync(cancellationToken).ConfigureAwait(false);
        PartHead? part = arguments.Shard is null ? null : VideoPartFiles.Head(session, source, arguments, cancellationToken);
        if (part is not null && PartFile.AreDone(session, (arguments.Out, part)))
        {
            return;
        }

        foreach (string note in source.Notes)
        {
            session.Say($"--input: {note}");
        }

        using IAffectPredictor predictor = Commands.Models.LoadAny(arguments.Model, arguments.Device);
        if (arguments.Format == FrameTableFormat.OpenFace && !predictor.Metadata.Decoders.ContainsKey(AffectTaskNames.ActionUnits)
            && predictor.Metadata.IntensityUnits() is null)
        {
            throw new BadInputException("--format openface: the model has no action units, which are what that table has. Choose another.");
        }

        if (arguments.Boxes is { } path)
        {
            VideoBoxes boxes = VideoBoxes.Read(path, source);
            await ReadAsync(session, source, new VideoReader(predictor, boxes.Of), arguments, part, boxes, cancellationToken)
                .ConfigureAwait(false);
        }
        else
        {
            using OnnxFaceDetector detector = Detectors.Load(arguments.Detector, arguments.MinimumScore, arguments.SmallestFace);
            FacesCommand.CheckTemplate(session, predictor, detector, arguments.Model);
            using FaceReader faces = new(detector, predictor, new() { MaximumFaces = arguments.MostFaces });
            await ReadAsync(session, source, new VideoReader(faces), arguments, part, null, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task ReadAsync(
        ConsoleSession session, IFrameSource source, VideoReader reader, VideoArguments arguments, PartHead? part, VideoBoxes? boxes,
        CancellationToken cancellationToken)
    {
        VideoRunOptions options = new()
        {
            Table = arguments.Out,
            Format = arguments.Format,
            Resume = arguments.Resume,
            Smoothing = arguments.Smooth is { } sigma ? new() { Sigma = sigma, Causal = arguments.Causal } : null,
            NeutralSeconds = arguments.Neutral,
            Page = arguments.Page,
            Frames = arguments.Drawings,
            Stamp = arguments.Stamp(),
        };
        try
        {
            if (part is not null)
            {
                await VideoPartFiles.ReadAsync(session, source, reader, arguments, part, cancellationToken).ConfigureAwait(false);
                return;
            }

            VideoSummary summary = await ProgressView.RunAsync(
                session, view => VideoRun.RunAsync(source, reader, options, new VideoProgressView(view), cancellationToken))
                .ConfigureAwait(false);

            // A video that ends early has no frames there for another reason, which is said.
            if (summary.Problem is null && boxes?.CountFrom(summary.Frames) is > 0 and int unused)
            {
                session.Say($"{unused} of {boxes.CountFrom(0)} rows of --boxes are for frames that --input does not have; " +
                    $"it has {summary.Frames}.");
            }

            Report(session, summary, arguments.Input, arguments.Out);
        }
        catch (OperationCanceledException cancelled)
        {
            throw new InterruptedException(
                AtomicFile.IsDevice(Path.GetFullPath(arguments.Out))
                    ? "Interrupted. Nothing is kept of a table that goes into a pipe or a device."
                    : "Interrupted. The same command with --resume goes on.",
                cancelled);
        }
    }

    /// <summary>Says what there was.</summary>
    /// <param name="session">Where it is said.</param>
    /// <param name="summary">What there was.</param>
    /// <param name="input">The video.</param>
    /// <param name="output">The table, which is written.</param>
    /// <exception cref="BadInputException">The video ended early, or no frame or no face can be read.</exception>
    public static void Report(ConsoleSession session, VideoSummary summary, string input, string output)
    {
        string faces = $"{summary.FailedFaces} of {summary.Faces} faces have no reading: {ConsoleWords.Of(summary.FirstFaceError ?? "")}";
        bool areFacesUseless = summary.FailedFaces > 0 && summary.FailedFaces == summary.Faces;
        if (session.Json || !areFacesUseless)
        {
            session.WriteResult(
                new JsonObject
                {
                    ["frames"] = summary.Frames,
                    ["withFace"] = summary.WithFace,
                    ["tracks"] = summary.Tracks,
                    ["failed"] = summary.Failed,
                    ["failedFaces"] = summary.FailedFaces,
                },
                () => $"{summary}: {output}");
        }

        if (summary.FailedFaces > 0 && (!areFacesUseless || summary.Problem is not null))
        {
            session.Say(Failure.OneLine(faces));
        }

        if (summary.Problem is { } problem)
        {
            throw new BadInputException($"{problem} The table has what was read before.");
        }

        if (summary.Failed == summary.Frames)
        {
            throw new BadInputException($"None of the {summary.Frames} frames of '{input}' can be read. The table says why.");
        }

        if (summary.Failed > 0)
        {
            session.Say($"{summary.Failed} of {summary.Frames} frames are missing or cannot be read; the column reason says why.");
        }

        if (areFacesUseless)
        {
            throw new BadInputException($"{faces} The table is written.");
        }
    }
}
