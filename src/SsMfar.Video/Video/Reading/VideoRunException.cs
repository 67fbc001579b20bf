namespace SsMfar.Video;

/// <summary>
/// A run that cannot be as it is wanted: what it is to go on with belongs to another, its source can be read once alone, pictures could be
/// lost, or another run writes the same file.
/// </summary>
public sealed class VideoRunException : SsMfarException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="problem">What is wrong, as a sentence.</param>
    /// <param name="remedy">What to do, as a sentence.</param>
    /// <param name="innerException">The cause, where there is one.</param>
    public VideoRunException(string problem, string remedy, Exception? innerException = null)
        : base($"{problem} {remedy}", remedy, innerException)
    {
    }
}
