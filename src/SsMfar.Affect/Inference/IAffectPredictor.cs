using System.Runtime.CompilerServices;
using SsMfar.Imaging;
using SsMfar.Metadata;
using SsMfar.Predictions;

namespace SsMfar.Inference;

/// <summary>
/// Reads faces. Input is a cropped face, or an image and the box of the face in it; no detector is included. Safe for many threads, and
/// what is read in an image does not depend on the images read with it (but for float32 rounding, 1e-5). Overloads for paths, bytes,
/// streams, bitmaps and pixels are in <see cref="AffectPredictorExtensions"/>.
/// </summary>
/// <remarks>
/// Disposed while other threads predict, the predictors of the packages finish what has reached the network, and free nothing before; a
/// call that needs the network once more, as for the next batch of many faces, ends with an <see cref="ObjectDisposedException"/>. Other
/// predictors need not: unless they say that they do, disposing them in use is an error of the program. Those of the packages override
/// every member; one that gives <see cref="Predict"/> alone, such as a fake in a test, predicts many faces one after another.
/// </remarks>
public interface IAffectPredictor : IDisposable
{
    /// <summary>Gets what the model says of itself: classes, input, recipe, score.</summary>
    ModelMetadata Metadata { get; }

    /// <summary>Predicts one face, on the calling thread.</summary>
    /// <param name="face">The image.</param>
    /// <exception cref="ImageDecodeException">The image is missing or unreadable, or the face box has no part inside of it.</exception>
    /// <exception cref="NonFiniteOutputException">
    /// The model's outputs for the image are NaN or infinite; model and task are named.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The predictor was disposed.</exception>
    AffectPrediction Predict(FaceImage face);

    /// <summary>
    /// Predicts one face without work on the calling thread. A predictor that shares batches
    /// (<see cref="PredictionOptions.ConcurrentBatches"/>) keeps no thread while the face waits for its batch.
    /// </summary>
    /// <param name="face">The image.</param>
    /// <param name="cancellationToken">Ends the waiting, for that face alone; what the network has begun is finished.</param>
    /// <returns>
    /// The prediction. The face's stream or bytes are lent until the task is complete, also when it is cancelled: an implementation
    /// completes it only once it reads them no more.
    /// </returns>
    /// <exception cref="ImageDecodeException">The image is missing or unreadable, or the face box has no part inside of it.</exception>
    /// <exception cref="NonFiniteOutputException">The model's outputs for the image are NaN or infinite.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The predictor was disposed.</exception>
    Task<AffectPrediction> PredictAsync(FaceImage face, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(face);
        return Task.Run(() => Predict(face), cancellationToken);
    }

    /// <summary>
    /// Predicts many faces in batches, in memory that does not grow with the images. An image that cannot be read is a failed item, and
    /// so is one for which the model gives no numbers.
    /// </summary>
    /// <param name="faces">The images.</param>
    /// <param name="progress">Told the number of images done after each batch, in order, on the calling thread.</param>
    /// <param name="cancellationToken">Stops between two batches.</param>
    /// <returns>One item an image, in order.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The predictor was disposed.</exception>
    IReadOnlyList<PredictionItem> PredictAll(
        IEnumerable<FaceImage> faces,
        IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(faces);
        List<PredictionItem> items = [];
        foreach (FaceImage face in faces)
        {
            cancellationToken.ThrowIfCancellationRequested();
            items.Add(PredictionItem.Of(this, face, items.Count));
            progress?.Report(items.Count);
        }

        return items;
    }

    /// <summary>
    /// Predicts a sequence of faces: images are decoded ahead on other threads while batches run, never more than about two batches of
    /// them. An image that cannot be read, or for which the model gives no numbers, is a failed item. Batches are full but for the last, so
    /// that a run can be repeated exactly.
    /// </summary>
    /// <param name="faces">The images; enumerated on another thread, as far ahead as images are decoded.</param>
    /// <param name="cancellationToken">Stops between two batches; so does leaving the loop.</param>
    /// <returns>One item an image, in order.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The predictor was disposed.</exception>
    IAsyncEnumerable<PredictionItem> PredictAsync(IEnumerable<FaceImage> faces, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(faces);
        return PredictAsync(faces.ToAsyncEnumerable(), cancellationToken);
    }

    /// <summary>
    /// Predicts faces as they arrive, as <see cref="PredictAsync(IEnumerable{FaceImage}, CancellationToken)"/> does, but without waiting
    /// for a full batch: what has arrived and is decoded when the network is free runs together.
    /// </summary>
    /// <param name="faces">The images; read no further ahead than images are decoded.</param>
    /// <param name="cancellationToken">Stops between two batches; so does leaving the loop.</param>
    /// <returns>One item an image, in order.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The predictor was disposed.</exception>
    IAsyncEnumerable<PredictionItem> PredictAsync(IAsyncEnumerable<FaceImage> faces, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(faces);
        return OneByOne(this, faces, cancellationToken);

        static async IAsyncEnumerable<PredictionItem> OneByOne(
            IAffectPredictor predictor, IAsyncEnumerable<FaceImage> faces, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            int index = 0;
            await foreach (FaceImage face in faces.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return PredictionItem.Of(predictor, face, index++);
            }
        }
    }
}
