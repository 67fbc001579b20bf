using SkiaSharp;
using SsMfar.Imaging;
using SsMfar.Predictions;

namespace SsMfar.Inference;

/// <summary>What <see cref="IAffectPredictor"/> does, said in one call for each kind of input.</summary>
public static class AffectPredictorExtensions
{
    private const string StreamName = "stream";

    /// <summary>Predicts one face from an image file.</summary>
    /// <param name="predictor">The predictor.</param>
    /// <param name="path">A JPEG, PNG, WebP, BMP or GIF file.</param>
    /// <param name="face">Where the face is, in pixels of the upright image; the whole image when null.</param>
    /// <exception cref="ImageDecodeException">The file is missing or no readable image, or the box has no part inside of it.</exception>
    public static AffectPrediction Predict(this IAffectPredictor predictor, string path, FaceBox? face = null) =>
        Checked(predictor).Predict(FaceImage.FromFile(path, face));

    /// <summary>Predicts one face from an encoded image in memory.</summary>
    /// <param name="predictor">The predictor.</param>
    /// <param name="encoded">The bytes of a JPEG, PNG, WebP, BMP or GIF file.</param>
    /// <param name="face">Where the face is, in pixels of the upright image; the whole image when null.</param>
    /// <exception cref="ImageDecodeException">The bytes are no readable image, or the box has no part inside of it.</exception>
    public static AffectPrediction Predict(this IAffectPredictor predictor, ReadOnlyMemory<byte> encoded, FaceBox? face = null) =>
        Checked(predictor).Predict(FaceImage.FromBytes(encoded, face));

    /// <summary>Predicts one face from a stream, which is read to its end and not closed.</summary>
    /// <param name="predictor">The predictor.</param>
    /// <param name="encoded">A JPEG, PNG, WebP, BMP or GIF file.</param>
    /// <param name="face">Where the face is, in pixels of the upright image; the whole image when null.</param>
    /// <exception cref="ImageDecodeException">The stream holds no readable image, or the box has no part inside of it.</exception>
    public static AffectPrediction Predict(this IAffectPredictor predictor, Stream encoded, FaceBox? face = null) =>
        Checked(predictor).Predict(FaceImage.FromStream(encoded, face));

    /// <summary>
    /// Predicts one face from a stream without a synchronous read, such as the body of a request, and without work on the calling thread.
    /// The stream is read to its end and not closed.
    /// </summary>
    /// <param name="predictor">The predictor.</param>
    /// <param name="encoded">A JPEG, PNG, WebP, BMP or GIF file. What starts as none of these is not read to its end.</param>
    /// <param name="face">Where the face is, in pixels of the upright image; the whole image when null.</param>
    /// <param name="cancellationToken">Stops reading; a prediction that has begun is finished.</param>
    /// <returns>The prediction. What the stream throws while it is read comes through as it is.</returns>
    /// <exception cref="ArgumentException">The stream cannot be read: it is closed, or open for writing alone.</exception>
    /// <exception cref="ImageDecodeException">The stream holds no readable image, or the box has no part inside of it.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static Task<AffectPrediction> PredictAsync(
        this IAffectPredictor predictor, Stream encoded, FaceBox? face = null, CancellationToken cancellationToken = default)
    {
        FaceImage.RequireReadable(encoded, StreamName);
        return ReadAndPredictAsync(Checked(predictor), encoded, face, cancellationToken);
    }

    /// <summary>Predicts one face from a SkiaSharp bitmap; alpha is dropped.</summary>
    /// <param name="predictor">The predictor.</param>
    /// <param name="bitmap">The bitmap; it stays the caller's.</param>
    /// <param name="face">Where the face is, in pixels of the bitmap; the whole bitmap when null.</param>
    /// <exception cref="ImageDecodeException">The bitmap has no pixels, or the box has no part inside of it.</exception>
    public static AffectPrediction Predict(this IAffectPredictor predictor, SKBitmap bitmap, FaceBox? face = null) =>
        Checked(predictor).Predict(FaceImage.FromBitmap(bitmap, face));

    /// <summary>Predicts one face from decoded pixels.</summary>
    /// <param name="predictor">The predictor.</param>
    /// <param name="image">Upright RGB pixels.</param>
    /// <param name="face">Where the face is, in pixels of the image; the whole image when null.</param>
    /// <exception cref="ImageDecodeException">The box has no part inside of the image.</exception>
    public static AffectPrediction Predict(this IAffectPredictor predictor, RgbImage image, FaceBox? face = null) =>
        Checked(predictor).Predict(FaceImage.FromPixels(image, face));

    /// <summary>Predicts many cropped faces of a source in batches. An image that cannot be read is a failed item.</summary>
    /// <param name="predictor">The predictor.</param>
    /// <param name="images">Where the images are.</param>
    /// <param name="names">The images' names there.</param>
    /// <param name="progress">Told the number of images done after each batch, in order, on the calling thread.</param>
    /// <param name="cancellationToken">Stops between two batches.</param>
    /// <returns>One item a name, in order.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static IReadOnlyList<PredictionItem> PredictAll(
        this IAffectPredictor predictor,
        IImageSource images,
        IEnumerable<string> names,
        IProgress<int>? progress = null,
        CancellationToken cancellationToken = default) =>
        Checked(predictor).PredictAll(Faces(images, names), progress, cancellationToken);

    /// <summary>
    /// Predicts many cropped faces of a source, decoding ahead in bounded memory. An image that cannot be read is a failed item.
    /// </summary>
    /// <param name="predictor">The predictor.</param>
    /// <param name="images">Where the images are; to be kept open until the last item.</param>
    /// <param name="names">The images' names there, such as <see cref="FolderImageSource.GetImageNames"/>.</param>
    /// <param name="cancellationToken">Stops between two batches; so does leaving the loop.</param>
    /// <returns>One item a name, in order.</returns>
    public static IAsyncEnumerable<PredictionItem> PredictAsync(
        this IAffectPredictor predictor, IImageSource images, IEnumerable<string> names, CancellationToken cancellationToken = default) =>
        Checked(predictor).PredictAsync(Faces(images, names), cancellationToken);

    /// <summary>
    /// Predicts faces in images of a source, decoding ahead in bounded memory. An image that cannot be read is a failed item.
    /// </summary>
    /// <param name="predictor">The predictor.</param>
    /// <param name="images">Where the images are; to be kept open until the last item.</param>
    /// <param name="faces">
    /// The images' names there, and where the face is in each; the whole image where that is null. A name may occur often.
    /// </param>
    /// <param name="cancellationToken">Stops between two batches; so does leaving the loop.</param>
    /// <returns>One item a face, in order.</returns>
    public static IAsyncEnumerable<PredictionItem> PredictAsync(
        this IAffectPredictor predictor,
        IImageSource images,
        IEnumerable<(string Name, FaceBox? Face)> faces,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(faces);
        return Checked(predictor).PredictAsync(faces.Select(face => FaceImage.FromSource(images, face.Name, face.Face)), cancellationToken);
    }

    private static async Task<AffectPrediction> ReadAndPredictAsync(
        IAffectPredictor predictor, Stream encoded, FaceBox? face, CancellationToken cancellationToken)
    {
        using EncodedBytes read = await EncodedBytes.ReadAsync(encoded, StreamName, cancellationToken).ConfigureAwait(false);
        ReadOnlyMemory<byte> bytes = read.Memory;
        return await predictor.PredictAsync(FaceImage.FromBytes(bytes, face, StreamName), cancellationToken).ConfigureAwait(false);
    }

    private static IEnumerable<FaceImage> Faces(IImageSource images, IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(names);
        return names.Select(name => FaceImage.FromSource(images, name));
    }

    private static IAffectPredictor Checked(IAffectPredictor predictor)
    {
        ArgumentNullException.ThrowIfNull(predictor);
        return predictor;
    }
}
