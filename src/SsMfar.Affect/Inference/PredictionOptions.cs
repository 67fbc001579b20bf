using Microsoft.Extensions.Logging;
using SsMfar.Data;
using SsMfar.Imaging;

namespace SsMfar.Inference;

/// <summary>
/// What every predictor can be told, on whichever inference library it runs. Read once, when the predictor is created. Can be bound from
/// configuration.
/// </summary>
public class PredictionOptions
{
    /// <summary>
    /// Gets or sets whether each face is also read in its mirror image and the two are averaged: the mean of the softmax probabilities of
    /// expressions, of the sigmoid probabilities of units, and of valence and arousal after clamping; for a custom decoder, the mean of
    /// what its <see cref="Metadata.ITaskDecoder.Activate"/> gives, which is the head's outputs unless it is implemented. Twice the work.
    /// The default is <see langword="false"/>.
    /// </summary>
    public bool FlipAveraging { get; set; }

    /// <summary>
    /// Gets or sets the number of images that the network runs at once, mirror images included, at least 1. The default,
    /// <see langword="null"/>, is what suits the device.
    /// </summary>
    public int? BatchSize { get; set; }

    /// <summary>
    /// Gets or sets how many batches run at once, at least 1, shared by calls of several threads: whoever calls while they all run goes
    /// into the next one with others who wait, up to <see cref="BatchSize"/> images, as soon as there is room for it; nobody waits for
    /// others to come. A face's numbers may differ by rounding with those that it shares a batch with. For servers whose model is faster in
    /// batches: one for each processor with one thread each, or one on a GPU. Passes that a caller runs or hands over as tensors
    /// (<see cref="PredictionEngine.PredictOutputs"/>) are not counted. The default, <see langword="null"/>, shares none: every call runs
    /// by itself, as many at once as there are.
    /// </summary>
    public int? ConcurrentBatches { get; set; }

    /// <summary>
    /// Gets or sets the number of threads that decode images for batches, at least 1. The default, <see langword="null"/>, is one for each
    /// processor.
    /// </summary>
    public int? DecodeThreads { get; set; }

    /// <summary>
    /// Gets the probabilities in (0, 1) above which a unit is present, in place of the model's own. Units that are not named keep theirs.
    /// </summary>
    public Dictionary<ActionUnit, float> ActionUnitThresholds { get; } = [];

    /// <summary>Gets or sets the decoder of encoded images, which limits their size. The default has the default limits.</summary>
    public ImageDecoder Decoder { get; set; } = new();

    /// <summary>
    /// Gets or sets where the predictor logs. The default, <see langword="null"/>, is nowhere; a predictor that is a service of an
    /// application logs where the application does.
    /// </summary>
    public ILoggerFactory? LoggerFactory { get; set; }
}
