using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Sharding;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Faces;
using SsMfar.Imaging;
using SsMfar.Metadata;
using SsMfar.Shared;

namespace SsMfar.ConsoleApp.Photographs;

/// <summary><c>align</c>: makes a data set of aligned crops out of one of photographs or loose crops.</summary>
internal static class AlignCommand
{
    /// <summary>The command's name.</summary>
    public const string Name = "align";

    /// <summary>The rows of what was aligned.</summary>
    public const string AnnotationsFile = "annotations.txt";

    /// <summary>What was not, and why.</summary>
    public const string UnalignedFile = "unaligned.csv";

    private const string NoFace = "no face was found";

    public static Command Create()
    {
        Option<string> folder = CommonOptions.Images();
        Option<string> annotations = OptionKinds.Text(
            "--annotations", "FILE", "The annotation file; the images that it names are aligned, all unless given", required: false);
        Option<string> output = CommonOptions.Out("DIR", "the aligned pictures under their own names, with alignment.json");
        Option<FaceTemplate?> template = OptionKinds.Named(
            "--template",
            string.Join('|', FaceTemplate.BuiltIn.Select(known => known.Name)),
            "How faces come to lie: by the points of ArcFace (default) or BlazeFace, or upright with a margin",
            FaceTemplate.Named);
        Option<int?> size = CommonOptions.Size("112 unless given");
        Option<string> detector = Detectors.Option();
        Option<double?> minimumScore = Detectors.MinimumScore();
        Option<ExpressionClassSet?> classes = CommonOptions.Classes();
        Option<Shard?> shard = Shard.Option();
        Command command = new(Name, "Cut faces out of pictures so that they all lie alike, for training")
        {
            folder, annotations, output, template, size, detector, minimumScore, classes, shard,
        };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            ConsoleSession.Of(parsed),
            new(
                parsed.GetRequiredValue(folder),
                parsed.GetValue(annotations),
                parsed.GetRequiredValue(output),
                (parsed.GetValue(template) ?? FaceTemplate.ArcFace5) is var wanted && parsed.GetValue(size) is { } side
                    ? wanted with { Size = side } : wanted,
                parsed.GetValue(detector),
                parsed.GetValue(minimumScore),
                parsed.GetValue(classes),
                parsed.GetValue(shard)),
            cancellationToken));
        return command;
    }

    /// <summary>Says what was done.</summary>
    public static void Report(ConsoleSession session, string output, FaceTemplate template, int aligned, int unaligned) =>
        session.WriteResult(
            new JsonObject { ["aligned"] = aligned, ["unaligned"] = unaligned },
            () => string.Create(CultureInfo.InvariantCulture,
                $"Aligned {aligned} of {aligned + unaligned} pictures to {output}, by {template}" +
                    $"{(unaligned == 0 ? "." : $"; the others are in {UnalignedFile}.")}"));

    private static async Task RunAsync(ConsoleSession session, AlignArguments arguments, CancellationToken cancellationToken)
    {
        if (arguments.Classes is not null && arguments.Annotations is null)
        {
            throw new BadInputException("--classes says what the expressions of --annotations FILE are: give that too, or leave it out.");
        }

        string output = arguments.Out;
        Outputs.RequireFolder("--out", output);
        Places.RequireApart("--images", arguments.Images, "--out", output);
        Inputs.RequireKept(
            [("--out", Path.Combine(output, AnnotationsFile)), ("--out", Path.Combine(output, UnalignedFile))],
            ("--annotations", arguments.Annotations), ("--detector", arguments.Detector));
        Outputs.RequireOwn("--out", output, AlignParts.Kind, pictures: true, AlignParts.Tables);
        using FolderImageSource images = new(arguments.Images);
        AnnotationSet? annotations = arguments.Annotations is not { } file ? null
            : AnnotationSet.Load(file, new() { ExpressionClasses = arguments.Classes, AllowRepeatedImages = true });
        ImmutableArray<string> all = annotations is null
            ? Inputs.ListImages(session, "--images", images) : [.. annotations.Select(row => row.Image).Distinct(StringComparer.Ordinal)];

        // Names in annotations need not end as pictures' do.
        Outputs.RequireOwn("--out", output, AlignParts.Kind, pictures: false, all.Select(AlignParts.FileOf));
        using IFaceDetector detector = Detectors.Load(arguments.Detector, arguments.MinimumScore);
        Detectors.RequireLandmarks(detector, arguments.Template, $"Give another --detector, or --template {FaceTemplate.Box.Name}.");
        ImmutableArray<string> names = all;
        PartHead? part = null;
        if (arguments.Shard is { } shard)
        {
            names = shard.Take(all, "pictures");
            part = arguments.Part(session, shard, all) with { Images = ImageContents.Fingerprint(images, names, cancellationToken) };
            if (PartFile.AreDone(session, (output, part)))
            {
                return;
            }

            FolderPart.Begin(output, part);
        }

        AlignParts.Begin(output, arguments.Template);
        AlignParts.RemoveTables(output);
        string?[] reasons = await AlignAllAsync(session, detector, images, names, output, arguments.Template, cancellationToken)
            .ConfigureAwait(false);
        (string Name, string Reason)[] unaligned = [.. names.Zip(reasons).Where(pair => pair.Second is not null)
            .Select(pair => (pair.First, pair.Second!))];
        Text(Path.Combine(output, UnalignedFile), string.Concat(
            unaligned.Select(one => Csv.Row([one.Name, Failure.OneLine(one.Reason)])).Prepend(Csv.Row(["name", "reason"]))));
        HashSet<string> left = [.. unaligned.Select(one => one.Name)];
        HashSet<string> aligned = [.. names.Where(name => !left.Contains(name))];
        RemoveEarlier(output, left, aligned);
        int[] rows = annotations is null
            ? [] : [.. Enumerable.Range(0, annotations.Count).Where(i => aligned.Contains(annotations[i].Image))];
        annotations?.Select(rows).Save(Path.Combine(output, AnnotationsFile));
        if (part is not null)
        {
            AlignParts.Save(output, part, names.Where(aligned.Contains), annotations is null ? null : rows);
        }

        Report(session, output, arguments.Template, aligned.Count, unaligned.Length);
    }

    private static Task<string?[]> AlignAllAsync(
        ConsoleSession session, IFaceDetector detector, FolderImageSource images, ImmutableArray<string> names, string output,
        FaceTemplate template, CancellationToken cancellationToken) => ProgressView.RunAsync(session, view => Task.Run(
            () =>
            {
                IProgress<int> progress = view.Count("aligning", names.Length, "images");
                var reasons = new string?[names.Length];
                int done = 0;
                Parallel.For(
                    0, names.Length, new ParallelOptions { CancellationToken = cancellationToken,
                        MaxDegreeOfParallelism = Environment.ProcessorCount },
                    i =>
                    {
                        reasons[i] = Align(detector, images, names[i], output, template, cancellationToken);
                        progress.Report(Interlocked.Increment(ref done));
                    });
                return reasons;
            },
            cancellationToken));

    // Why it was not aligned; null where it was.
    private static string? Align(
        IFaceDetector detector, FolderImageSource images, string name, string output, FaceTemplate template,
        CancellationToken cancellationToken)
    {
        try
        {
            RgbImage picture = ImageDecoder.Default.Decode(images, name);
            if (FaceAligner.MainFace(detector.Detect(picture, cancellationToken), picture.Width, picture.Height) is not { } face)
            {
                return NoFace;
            }

            FaceDrawing.Save(Path.Combine(output, AlignParts.FileOf(name)), FaceAligner.Align(picture, face, template));
            return null;
        }
        catch (ImageDecodeException unreadable)
        {
            return unreadable.Reason;
        }
        catch (ArgumentException unusable)
        {
            return unusable.Message;
        }
    }

    // What an earlier run made of pictures that it could align, and this one could not: the folder has its mark, or had nothing.
    internal static void RemoveEarlier(string output, IEnumerable<string> unaligned, IEnumerable<string> aligned)
    {
        foreach (string path in unaligned.Select(AlignParts.FileOf).Except(aligned.Select(AlignParts.FileOf))
            .Select(name => Path.Combine(output, name)).Where(path => File.Exists(path) && Places.IsIn(path, output)))
        {
            File.Delete(path);
        }
    }

    private static void Text(string path, string text) =>
        AtomicFile.Write(path, stream => stream.Write(new UTF8Encoding(encoderShouldEmitUTF8Identifier: false).GetBytes(text)));
}
