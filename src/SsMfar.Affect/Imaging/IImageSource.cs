namespace SsMfar.Imaging;

/// <summary>
/// Where encoded images come from, by the names annotation files use. Implementations are safe to call from many threads at once.
/// </summary>
/// <remarks>
/// Built in: folders (<see cref="FolderImageSource"/>) and zip archives; <see cref="ImageSource.Open"/> opens either.
/// </remarks>
public interface IImageSource : IDisposable
{
    /// <summary>Opens an image file for reading from its start.</summary>
    /// <param name="name">The name, relative to the source, with '/' or '\' between its parts.</param>
    /// <returns>A stream of the encoded file that the caller disposes. It stays valid while other images are opened.</returns>
    /// <exception cref="FileNotFoundException">The source has no such image.</exception>
    /// <exception cref="IOException">
    /// The image cannot be read: it alone fails. What else is thrown ends the call that reads it, with the images that follow.
    /// </exception>
    /// <exception cref="ArgumentException">The name is empty or leaves the source ("../secret.jpg", an absolute path).</exception>
    Stream Open(string name);

    /// <summary>Whether the source has an image of that name; false for a name that leaves the source.</summary>
    /// <param name="name">The name, as for <see cref="Open"/>.</param>
    bool Exists(string name);

    /// <summary>
    /// What tells one image file from another by its content, so that caches notice change and find a folder again that was moved. Neither
    /// path nor times count.
    /// </summary>
    /// <param name="name">The name, as for <see cref="Open"/>.</param>
    /// <returns>The stamp, the default one where the file cannot be read, or null where <see cref="Exists"/> is false.</returns>
    ImageStamp? GetStamp(string name);

    /// <summary>
    /// The place of an image in words, for messages: a full path, or archive and entry. Never throws, whether the image exists or not.
    /// </summary>
    /// <param name="name">The name, as for <see cref="Open"/>.</param>
    string Describe(string name);
}
