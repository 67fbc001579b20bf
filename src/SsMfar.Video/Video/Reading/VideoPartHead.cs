using System.Globalization;
using SsMfar.Faces;
using SsMfar.Metadata;

namespace SsMfar.Video;

/// <summary>What the journal of a part says of it at its beginning.</summary>
/// <param name="Work">What all parts of one video have in common, wherever its files lie.</param>
/// <param name="Source">What tables call the video.</param>
/// <param name="Model">What the model says of itself; null for readings without one.</param>
/// <param name="Tracking">How faces are followed.</param>
internal sealed record VideoPartHead(string Work, string Source, ModelMetadata? Model, FaceTrackerOptions Tracking)
{
    private static readonly char[] Separators = ['/', '\\'];

    /// <summary>The head of a part.</summary>
    public static VideoPartHead Of(IFrameSource source, VideoReader reader, string stamp) => new(
        string.Create(
            CultureInfo.InvariantCulture,
            $"{reader.Stamp}\n{reader.Metadata?.ToJson()}\n{source.FrameCount}\n{NameAnywhere(source)}{Rate(source)}\n{stamp}"),
        source.Name,
        reader.Metadata,
        reader.Tracking);

    // Files say their times themselves.
    private static string Rate(IFrameSource source) => source is FolderFrames folder
        ? string.Create(CultureInfo.InvariantCulture, $"\n{folder.FramesPerSecond} a second") : "";

    // Without the folder, which another machine may have elsewhere.
    private static string NameAnywhere(IFrameSource source)
    {
        string name = source.Name.TrimEnd(Separators);
        return name[(name.LastIndexOfAny(Separators) + 1)..];
    }
}

/// <summary>What the journal of a part says at its end; one without is not whole.</summary>
/// <param name="Problem">Why the video ended early, as a message; null where it did not.</param>
/// <param name="IsLast">Whether no frames follow.</param>
internal sealed record VideoPartEnd(string? Problem, bool IsLast);
