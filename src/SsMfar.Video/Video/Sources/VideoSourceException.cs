namespace SsMfar.Video;

/// <summary>A video that cannot be had, or not to its end. The message names it, the reason and a remedy.</summary>
public sealed class VideoSourceException : SsMfarException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="source">The video as the caller named it.</param>
    /// <param name="reason">What is wrong, as a clause: "it is truncated".</param>
    /// <param name="remedy">What to do, as a sentence.</param>
    /// <param name="innerException">The cause, where there is one.</param>
    public VideoSourceException(string source, string reason, string remedy, Exception? innerException = null)
        : base($"The video '{source}' cannot be read: {reason}. {remedy}", remedy, innerException) => (Video, Reason) = (source, reason);

    private VideoSourceException(string message, string source, string reason, string remedy)
        : base(message, remedy) => (Video, Reason, EndedEarly) = (source, reason, true);

    /// <summary>Gets the video as the caller named it.</summary>
    public string Video { get; }

    /// <summary>Gets what is wrong, as a clause.</summary>
    public string Reason { get; }

    /// <summary>Gets whether frames were read before it ended, so that there are results up to there.</summary>
    public bool EndedEarly { get; }

    /// <summary>A video whose end is missing.</summary>
    internal static VideoSourceException Cut(string source, string reason)
    {
        const string Remedy = "Copy or record it again.";
        return new($"The video '{source}' ends early: {reason}. {Remedy}", source, reason, Remedy);
    }
}
