using System.Globalization;

namespace SsMfar.Video;

/// <summary>Which frames of a video a process reads, and where it keeps them. Read once. Can be bound from configuration.</summary>
public sealed class VideoPartOptions
{
    /// <summary>
    /// Gets or sets the path of what is read. It is a journal that grows frame by frame, and is whole when its last line says so.
    /// </summary>
    public string Path { get; set; } = "";

    /// <summary>Gets or sets the number of the first frame, from 0.</summary>
    public long First { get; set; }

    /// <summary>
    /// Gets or sets the number of the frame before which the part ends, above <see cref="First"/>; the default,
    /// <see langword="null"/>, is that it has all to the end of the video.
    /// </summary>
    public long? End { get; set; }

    /// <summary>
    /// Gets or sets whether to go on with what an interrupted process left in <see cref="Path"/>. The default is
    /// <see langword="false"/>: the part is read anew.
    /// </summary>
    public bool Resume { get; set; }

    /// <summary>
    /// Gets or sets a text that changes with whatever else decides what is read, such as the contents of the model's file: parts are
    /// put together only where it is the same.
    /// </summary>
    public string Stamp { get; set; } = "";

    /// <exception cref="ArgumentException">An option cannot be used; the message names it.</exception>
    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrEmpty(Path);
        if (First < 0 || End <= First)
        {
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture, $"{nameof(First)} is {First} and {nameof(End)} {End}; a part has a frame or more, from 0."));
        }
    }
}
