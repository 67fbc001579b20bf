using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using SsMfar.ConsoleApp.Commands;
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
    private const string AnnotationsFile = "annotations.txt";
    private const string UnalignedFile = "unaligned.csv";
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
        Command command = new("align", "Cut faces out of pictures so that they all lie alike, for training")
        {
            folder, annotations, output, template, size, detector, minimumScore, classes,
        };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            ConsoleSession.Of(parsed),
            parsed.GetRequiredValue(folder),
            parsed.GetValue(annotations),
            parsed.GetRequiredValue(output),
            (parsed.GetValue(template) ?? FaceTemplate.ArcFace5) is var wanted && parsed.GetValue(size) is { } side
                ? wanted with { Size = side } : wanted,
            () => Detectors.Load(parsed.GetValue(detector), parsed.GetValue(minimumScore)),
            parsed.GetValue(classes),
            cancellationToken));
        return command;
    }

    private static async Task RunAsync(
        ConsoleSession session,
        string folder,
        string? annotationFile,
        string output,
        FaceTemplate template,
        Func<IFaceDetector> load,
        ExpressionClassSet? classes,
        CancellationToken cancellationToken)
    {
        Outputs.RequireFolder("--out", output);
        RequireApart(folder, output);
        using IFaceDetector detector = load();
        Detectors.RequireLandmarks(detector, template, $"Give another --detector, or --template {FaceTemplate.Box.Name}.");
        using FolderImageSource images = new(folder);
        AnnotationSet? annotations = annotationFile is null ? null
            : AnnotationSet.Load(annotationFile, new() { ExpressionClasses = classes, AllowRepeatedImages = true });
        ImmutableArray<string> names = annotations is null
            ? Inputs.ListImages(session, images) : [.. annotations.Select(row => row.Image).Distinct(StringComparer.Ordinal)];
        string?[] reasons = await AlignAllAsync(session, detector, images, names, output, template, cancellationToken)
            .ConfigureAwait(false);

        (string Name, string Reason)[] unaligned = [.. names.Zip(reasons).Where(pair => pair.Second is not null)
            .Select(pair => (pair.First, pair.Second!))];
        Text(Path.Combine(output, UnalignedFile), string.Concat(
            unaligned.Select(one => Csv.Row([one.Name, Failure.OneLine(one.Reason)])).Prepend(Csv.Row(["name", "reason"]))));
        HashSet<string> left = [.. unaligned.Select(one => one.Name)];
        annotations?.Where(row => !left.Contains(row.Image)).Save(Path.Combine(output, AnnotationsFile));
        Text(Path.Combine(output, FaceTemplate.FileName), template.ToJson() + '\n');
        session.WriteResult(
            new JsonObject { ["aligned"] = names.Length - unaligned.Length, ["unaligned"] = unaligned.Length },
            () => string.Create(CultureInfo.InvariantCulture,
                $"Aligned {names.Length - unaligned.Length} of {names.Length} pictures to {output}, by {template}" +
                    $"{(unaligned.Length == 0 ? "." : $"; the others are in {UnalignedFile}.")}"));
    }

    // The pictures would be replaced by their crops while they are read.
    private static void RequireApart(string folder, string output)
    {
        string from = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)) + Path.DirectorySeparatorChar;
        string to = Path.TrimEndingDirectorySeparator(Path.GetFullPath(output)) + Path.DirectorySeparatorChar;
        if (to.StartsWith(from, StringComparison.Ordinal))
        {
            throw new BadInputException($"--out '{output}' is --images or lies in it. Choose a folder beside it.");
        }
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
                        reasons[i] = Align(detector, images, names[i], output, template);
                        progress.Report(Interlocked.Increment(ref done));
                    });
                return reasons;
            },
            cancellationToken));

    // Why it was not aligned; null where it was.
    private static string? Align(IFaceDetector detector, FolderImageSource images, string name, string output, FaceTemplate template)
    {
        try
        {
            RgbImage picture = ImageDecoder.Default.Decode(images, name);
            if (FaceAligner.MainFace(detector.Detect(picture), picture.Width, picture.Height) is not { } face)
            {
                return NoFace;
            }

            FaceDrawing.Save(Path.Combine(output, name.Replace('\\', '/')), FaceAligner.Align(picture, face, template));
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

    private static void Text(string path, string text) =>
        AtomicFile.Write(path, stream => stream.Write(new UTF8Encoding(encoderShouldEmitUTF8Identifier: false).GetBytes(text)));
}
