namespace SsMfar.Imaging;

/// <summary>
/// An image that cannot be had: missing, truncated, not an image, too large. The message names it, the reason and a remedy.
/// </summary>
public sealed class ImageDecodeException : SsMfarException
{
    /// <summary>Creates the exception with its whole message.</summary>
    /// <param name="imageName">The image as the caller named it.</param>
    /// <param name="reason">Why it cannot be decoded, as a clause: "it is truncated".</param>
    /// <param name="remedy">What to do, as a sentence.</param>
    /// <param name="innerException">The cause, where there is one.</param>
    public ImageDecodeException(string imageName, string reason, string remedy, Exception? innerException = null)
        : base($"The image '{imageName}' cannot be read: {reason}. {remedy}", remedy, innerException)
    {
        ImageName = imageName;
        Reason = reason;
    }

    /// <summary>Several images that cannot be had, of which this tells of the first.</summary>
    internal ImageDecodeException(string message, ImageDecodeException first)
        : base(message, first.Remedy, first) => (ImageName, Reason) = (first.ImageName, first.Reason);

    /// <summary>Gets the image as the caller named it.</summary>
    public string ImageName { get; }

    /// <summary>Gets why it cannot be decoded, as a clause.</summary>
    public string Reason { get; }

    /// <summary>Gets what to do, as a sentence.</summary>
    public new string Remedy => base.Remedy!;
}
