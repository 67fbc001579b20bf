using System.Globalization;
using System.Text.Json.Nodes;
using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Sharding;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Imaging;
using SsMfar.Shared;
using SsMfar.Video;

namespace SsMfar.ConsoleApp.Videos;

/// <summary>Parts of a video: the faces of some frames. Tracks, smoothing and the table are made when all are there.</summary>
internal static class VideoPartFiles
{
    private const string Input = "input", Format = "format", Smooth = "smooth", Causal = "causal", Neutral = "neutral";

    /// <summary>Which part of what work this is.</summary>
    /// <param name="session">Where the command's words go.</param>
    /// <param name="source">The video.</param>
    /// <param name="arguments">What was asked for, a part.</param>
    /// <param name="cancellationToken">Stops between two images.</param>
    /// <exception cref="BadInputException">The video cannot be divided into so many parts.</exception>
    public static PartHead Head(
        ConsoleSession session, IFrameSource source, VideoArguments arguments, CancellationToken cancellationToken)
    {
        (long first, long? end) = Range(source, arguments.Shard!);
        JsonObject options = new()
        {
            [Format] = $"{arguments.Format}",
            [Smooth] = arguments.Smooth,
            [Causal] = arguments.Causal,
            [Neutral] = arguments.Neutral,
        };
        PartHead head = PartHead.Of(
            session,
            VideoCommand.Name,
            arguments.Shard!,
            [.. new[] { arguments.Model, arguments.Detector, arguments.Boxes }.OfType<string>()],
            [
                string.Create(CultureInfo.InvariantCulture, $"{arguments.MinimumScore} {arguments.SmallestFace} {arguments.MostFaces}"),
                string.Create(CultureInfo.InvariantCulture, $"{arguments.Detector is null} {arguments.Boxes is null}"),
                options.ToJsonString(),
                string.Create(CultureInfo.InvariantCulture, $"{source.FrameCount} {arguments.FramesPerSecond}"),
                .. source is FolderFrames folder ? folder.Images.Values
                    : [
                        Path.GetFileName(arguments.Input),
                        new FileInfo(RealPath.Of(arguments.Input)).Length.ToString(CultureInfo.InvariantCulture),
                    ],
            ]);
        options[Input] = arguments.Input;
        return head with { Images = Contents(source, arguments.Input, first, end, cancellationToken), Options = options };
    }

    // Of a folder the frames of the part.
    private static string Contents(IFrameSource source, string input, long first, long? end, CancellationToken cancellationToken)
    {
        string name = Path.GetFileName(input);
        if (source is FolderFrames frames)
        {
            using FolderImageSource images = new(input);
            return ImageContents.Fingerprint(
                images,
                frames.Images.Where(image => image.Key >= first && image.Key < (end ?? long.MaxValue)).OrderBy(image => image.Key)
                    .Select(image => image.Value),
                cancellationToken);
        }

        // Such a name is none of an image source; the video's length is told apart all the same.
        if (name.Contains('\\', StringComparison.Ordinal))
        {
            return "";
        }

        using FolderImageSource folder = new(Path.GetDirectoryName(Path.GetFullPath(input))!);
        return ImageContents.Fingerprint(folder, [name], cancellationToken);
    }

    /// <summary>Reads a part. What an earlier process read of it is gone on with where <c>--resume</c> says so.</summary>
    public static async Task ReadAsync(
        ConsoleSession session, IFrameSource source, VideoReader reader, VideoArguments arguments, PartHead head,
        CancellationToken cancellationToken)
    {
        (long first, long? end) = Range(source, head.Shard);
        string path = PartialFile.Of(arguments.Out);
        PartialFile.Guard(arguments.Out);
        VideoPartOptions options = new() { Path = path, First = first, End = end, Resume = arguments.Resume, Stamp = head.Work };
        string? problem = await ProgressView.RunAsync(
            session, view => VideoParts.ReadAsync(source, reader, options, new VideoProgressView(view), cancellationToken))
            .ConfigureAwait(false);
        using (FileStream frames = File.OpenRead(path))
        {
            PartFile.Save(arguments.Out, head, frames);
        }

        File.Delete(path);
        session.Say(string.Create(
            CultureInfo.InvariantCulture,
            $"Part {head.Shard} has the frames from {first}{(end is null ? "" : $" to {end - 1}")}: {arguments.Out}."));
        if (problem is not null)
        {
            session.Say(Failure.OneLine(
                $"{ConsoleWords.Of(problem)} The part has what was read before. Where the video is whole, " +
                    "remove the part and make it again."));
        }
    }

    /// <summary>Makes the table of all parts.</summary>
    public static async Task GatherAsync(
        ConsoleSession session, IReadOnlyList<PartFile> parts, string output, CancellationToken cancellationToken)
    {
        JsonObject options = parts[0].Head.Options ?? [];
        VideoSummary summary = await VideoParts.GatherAsync(
            [.. parts.Select(part => part.File)],
            new()
            {
                Table = output,
                Format = Enum.Parse<FrameTableFormat>(options[Format]!.GetValue<string>()),
                Smoothing = options[Smooth]?.GetValue<double>() is { } sigma
                    ? new() { Sigma = sigma, Causal = options[Causal]!.GetValue<bool>() } : null,
                NeutralSeconds = options[Neutral]?.GetValue<double>(),
            },
            cancellationToken).ConfigureAwait(false);
        VideoCommand.Report(session, summary, options[Input]!.GetValue<string>(), output);
    }

    // The last part has all that follows: a file may say some frames less than it has.
    private static (long First, long? End) Range(IFrameSource source, Shard shard)
    {
        long count = source.FrameCount ?? throw new BadInputException(
            $"--input '{source.Name}' does not say how many frames it has, so that it cannot be divided: leave --shard out.");
        (long first, long end) = shard.Range(count, string.Create(CultureInfo.InvariantCulture, $"there are {count} frames"));
        return (first, shard.Number == shard.Of ? null : end);
    }
}
