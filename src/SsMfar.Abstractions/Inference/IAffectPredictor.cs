using SsMfar.Imaging;

namespace SsMfar.Inference;

/// <summary>Reads faces. Input is a cropped face, or an image and the box of the face in it; no detector is included. Safe for many threads.</summary>
public interface IAffectPredictor : IDisposable
{
    /// <summary>Predicts one face from an image file.</summary>
    /// <param name="path">A JPEG, PNG, WebP or BMP file.</param>
    /// <param name="face">Where the face is, in pixels of the upright image; the whole image when null.</param>
    /// <exception cref="ImageDecodeException">The file is missing or no readable image.</exception>
    AffectPrediction Predict(string path, FaceBox? face = null);

    /// <summary>Predicts one face from an encoded image.</summary>
    /// <param name="encoded">The bytes of a JPEG, PNG, WebP or BMP file.</param>
    /// <param name="face">Where the face is, in pixels of the upright image; the whole image when null.</param>
    /// <exception cref="ImageDecodeException">The bytes are no readable image.</exception>
    AffectPrediction Predict(ReadOnlySpan<byte> encoded, FaceBox? face = null);

    /// <summary>Predicts many images in batches, in bounded memory.</summary>
    /// <param name="images">Where the images are.</param>
    /// <param name="names">The images' names in the source.</param>
    /// <param name="progress">Told the number of images done after each batch, in order.</param>
    /// <param name="cancellationToken">Stops between two batches.</param>
    /// <returns>One prediction a name, in order.</returns>
    /// <exception cref="ImageDecodeException">An image is missing or unreadable.</exception>
    IReadOnlyList<AffectPrediction> PredictAll(
        IImageSource images, IReadOnlyList<string> names, IProgress<int>? progress = null, CancellationToken cancellationToken = default);
}
