namespace SsMfar.Video;

/// <summary>A column of a table of frames.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What it holds: long, double, or a text.</param>
/// <param name="Of">Its value in a row, null for an empty field: a face of a frame, or a frame without one.</param>
internal sealed record FrameColumn(string Name, FrameColumnKind Kind, Func<FrameResult, TrackedFace?, object?> Of);

/// <summary>What a column holds.</summary>
internal enum FrameColumnKind
{
    /// <summary>A whole number.</summary>
    Whole,

    /// <summary>A number.</summary>
    Number,

    /// <summary>A text.</summary>
    Text,
}
