using Microsoft.ML.OnnxRuntime;
using SsMfar.Inference;
using SsMfar.Metadata;

namespace SsMfar.Onnx;

/// <summary>Which model an <see cref="OnnxAffectPredictor"/> loads, and how it predicts. Can be bound from configuration.</summary>
public sealed class OnnxAffectPredictorOptions : PredictionOptions, IModelFileOptions
{
    /// <summary>
    /// Gets or sets the ONNX file of a predictor that is a service of an application, which must be set there.
    /// <see cref="OnnxAffectPredictor.Load(string, OnnxAffectPredictorOptions)"/> is given a path and does not read it.
    /// </summary>
    public string ModelPath { get; set; } = "";

    /// <summary>
    /// Gets or sets the decoders that the file may name, custom ones included. The default is the built-in decoders.
    /// </summary>
    public TaskDecoders Decoders { get; set; } = TaskDecoders.BuiltIn;

    /// <summary>
    /// Gets or sets the number of threads that work on one call, the caller's included, at least 1. The default, <see langword="null"/>, is
    /// one for each physical core. A server that predicts on many threads at once does best with 1, and may share batches beside
    /// (<see cref="PredictionOptions.ConcurrentBatches"/>).
    /// </summary>
    public int? Threads { get; set; }

    /// <summary>
    /// Gets or sets whether these threads wait for work by spinning: the shortest time a call, at the price of processor time between
    /// calls. The default is <see langword="true"/>, as in ONNX Runtime.
    /// </summary>
    public bool Spinning { get; set; } = true;

    /// <summary>
    /// Gets or sets what is called with the session's options before the model is loaded, for whatever else ONNX Runtime offers: another
    /// execution provider, an allocator. The default is <see langword="null"/>.
    /// </summary>
    public Action<SessionOptions>? ConfigureSession { get; set; }

    IEnumerable<string?> IModelFileOptions.Faults() =>
    [
        .. PredictionFaults.Of(this),
        PredictionFaults.AtLeastOne(nameof(Threads), Threads),
        PredictionFaults.NotNull(nameof(Decoders), Decoders, $"{nameof(TaskDecoders)}.{nameof(TaskDecoders.BuiltIn)}"),
    ];

    internal SessionOptions ToSessionOptions()
    {
        var options = new SessionOptions();
        try
        {
            if (Threads is { } threads)
            {
                options.IntraOpNumThreads = threads;
            }

            if (!Spinning)
            {
                options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
            }

            SessionConfiguration.Apply(ConfigureSession, options);
            return options;
        }
        catch
        {
            options.Dispose();
            throw;
        }
    }
}
