namespace SsMfar.Video;

/// <summary>Writes rows of a table to a stream.</summary>
internal interface IRowWriter
{
    /// <summary>Adds a row: a face of a frame, or a frame without one.</summary>
    ValueTask WriteAsync(FrameResult frame, TrackedFace? face);

    /// <summary>Writes what is left. The stream stays open.</summary>
    Task EndAsync();
}
