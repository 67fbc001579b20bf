using System.Globalization;

namespace SsMfar.Video;

/// <summary>What a <see cref="VideoRun"/> writes. Read once. Can be bound from configuration.</summary>
public sealed class VideoRunOptions
{
    /// <summary>
    /// Gets or sets the table's path. While the video is read, what was read is kept beside it, in a file of the same name (cut where there
    /// is no room) with <c>.partial</c> at its end, which is gone when all is written; with temporary files where the table is a pipe or a
    /// device, such as /dev/stdout.
    /// </summary>
    public string Table { get; set; } = "";

    /// <summary>Gets or sets the table's form. The default is <see cref="FrameTableFormat.Plain"/>.</summary>
    public FrameTableFormat Format { get; set; }

    /// <summary>
    /// Gets or sets whether to go on with what an interrupted run left beside the table; the result is the same, byte for byte, as that of
    /// one run. The default is <see langword="false"/>: it is read anew.
    /// </summary>
    public bool Resume { get; set; }

    /// <summary>
    /// Gets or sets how readings are smoothed over time; not at all when <see langword="null"/>, which is the default.
    /// </summary>
    public TrackSmoothingOptions? Smoothing { get; set; }

    /// <summary>
    /// Gets or sets the first seconds of each track in which its face is neutral, above 0: readings become those relative to it
    /// (<see cref="NeutralBaseline"/>). The default, <see langword="null"/>, is that they stay as they are.
    /// </summary>
    public double? NeutralSeconds { get; set; }

    /// <summary>
    /// Gets or sets the path of an HTML page of the video, which needs nothing beside itself; none when null, the default.
    /// </summary>
    public string? Page { get; set; }

    /// <summary>
    /// Gets or sets the folder for all frames as pictures with their faces marked; none when null, which is the default. One that has
    /// pictures is refused unless an earlier run left its mark there, the file <c>ssmfar-marked.txt</c>.
    /// </summary>
    public string? Frames { get; set; }

    /// <summary>
    /// Gets or sets a text that changes with whatever else decides what is read, such as the model's file: a run is gone on with only where
    /// it is the same.
    /// </summary>
    public string Stamp { get; set; } = "";

    /// <exception cref="ArgumentException">An option cannot be used; the message names it.</exception>
    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrEmpty(Table);
        Smoothing?.Validate();
        if (NeutralSeconds is not (null or (> 0 and <= 86_400)))
        {
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture, $"{nameof(NeutralSeconds)} is {NeutralSeconds}; it is above 0 and at most 86400."));
        }
    }
}
