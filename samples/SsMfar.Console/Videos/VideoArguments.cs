using System.Globalization;
using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Sharding;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Runtime;
using SsMfar.Shared;
using SsMfar.Video;

namespace SsMfar.ConsoleApp.Videos;

/// <summary>What <c>video</c> is given.</summary>
internal sealed record VideoArguments(
    string Input, string Model, string Out, FrameTableFormat Format, double? Smooth, bool Causal, string? Boxes, string? Page,
    string? Drawings, bool Resume, double? FramesPerSecond, double? Neutral, string? Detector, double? MinimumScore, int? SmallestFace,
    int? MostFaces, ComputeDevice Device, Shard? Shard)
{
    /// <summary>Refuses what does not go together, and files that cannot be written.</summary>
    /// <exception cref="BadInputException">There is such a thing.</exception>
    public void Check()
    {
        if (Causal && Smooth is null)
        {
            throw new BadInputException("--causal says how --smooth SECONDS works: give that too.");
        }

        if (Shard is not null && (Page is not null || Drawings is not null))
        {
            throw new BadInputException("--page and --draw need the whole video, and --shard reads a part of it: leave them out.");
        }

        if (Boxes is not null && (Detector is not null || MinimumScore is not null || SmallestFace is not null || MostFaces is not null))
        {
            throw new BadInputException(
                "--boxes says where faces are, so that none are looked for: leave --detector, --min-score, --smallest-face and " +
                    "--max-faces out.");
        }

        Inputs.RequireKept(
            [("--out", Out), ("--page", Page)],
            ("--input", Input), ("--model", Model), ("--boxes", Boxes), ("--detector", Detector));
        Outputs.RequireWritable(("--out", Out), ("--page", Page));
        if (Drawings is not null)
        {
            Outputs.RequireFolder("--draw", Drawings);
            Places.RequireApart("--input", Input, "--draw", Drawings);
            Outputs.RequireOwn("--draw", Drawings, WrittenFolder.MarkedFaces, pictures: true);
        }
    }

    /// <summary>The frames of <c>--input</c>.</summary>
    public async Task<IFrameSource> OpenAsync(CancellationToken cancellationToken)
    {
        if (Directory.Exists(Input))
        {
            return FramesPerSecond is { } rate ? new FolderFrames(Input, rate) : new FolderFrames(Input);
        }

        return FramesPerSecond is null
            ? await FfmpegFrames.OpenAsync(Input, cancellationToken: cancellationToken).ConfigureAwait(false)
            : throw new BadInputException("--fps is about a folder of images: a video file says its times itself.");
    }

    /// <summary>Whatever decides what is read.</summary>
    public string Stamp() => string.Join('\n', new[] { Model, Detector, Boxes }.Select(FileStamp).Concat(
    [
        string.Create(CultureInfo.InvariantCulture, $"{MinimumScore} {SmallestFace} {MostFaces} {Device}"),
    ]));

    private static string FileStamp(string? path) => path is null ? "" : new FileInfo(RealPath.Of(path)) is { Exists: true } file
        ? string.Create(CultureInfo.InvariantCulture, $"{file.FullName} {file.Length} {file.LastWriteTimeUtc.Ticks}") : path;
}
