using System.Collections.Immutable;
using SsMfar.Metadata;

namespace SsMfar.Inference;

/// <summary>
/// A loaded model that runs on some inference library: all that <see cref="PredictionEngine"/> needs of one. Implementations are safe for
/// many threads, and an image's outputs do not depend on which images are run with it.
/// </summary>
public interface IAffectNetwork : IDisposable
{
    /// <summary>What messages call the model, such as the path of its file; unless implemented, <c>the model</c>.</summary>
    string Name => "the model";

    /// <summary>What the model says of itself: input, classes, decoders.</summary>
    ModelMetadata Metadata { get; }

    /// <summary>The tasks, in the order of the outputs.</summary>
    ImmutableArray<string> Tasks { get; }

    /// <summary>How many images run well at once: where more gain nothing in speed and cost memory. At least 1.</summary>
    int PreferredBatchSize { get; }

    /// <summary>Runs the network, normalisation included (<see cref="ModelMetadata.Input"/>).</summary>
    /// <param name="pixels">
    /// <paramref name="count"/> x height x width x 3 values of 0 to 255, packed, R, G, B, at the model's input size. The memory is lent for
    /// the time of the call.
    /// </param>
    /// <param name="count">The number of images, at least 1.</param>
    /// <returns>
    /// For each task, <paramref name="count"/> x output width values, row by row, as the head gives them (before softmax or sigmoid); the
    /// caller may change them.
    /// </returns>
    float[][] Run(ReadOnlyMemory<byte> pixels, int count);
}
