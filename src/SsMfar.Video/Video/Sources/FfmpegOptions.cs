namespace SsMfar.Video;

/// <summary>Which programs read video files, and how.</summary>
public sealed class FfmpegOptions
{
    /// <summary>Gets or sets the program that decodes, of version 5.1 or later: a name on the path, or a file.</summary>
    public string Ffmpeg { get; set; } = "ffmpeg";

    /// <summary>Gets or sets the program that tells what a file is, which comes with the other.</summary>
    public string Ffprobe { get; set; } = "ffprobe";

    /// <summary>
    /// Gets or sets arguments before the input, such as <c>-framerate 30 -video_size 640x480</c> of a camera. Each is one argument. Of a
    /// file ffprobe is given them too: they are options of formats and decoders, which both programs know, and none of ffmpeg's own, such
    /// as <c>-ss</c> or <c>-hwaccel</c>. The default is none.
    /// </summary>
    public IReadOnlyList<string> InputArguments { get; set; } = [];
}
