using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using SsMfar.Inference;

namespace SsMfar.Onnx;

/// <summary>How an <see cref="OnnxAffectPredictor"/> works.</summary>
public class OnnxPredictionOptions : PredictionOptions
{
    /// <summary>
    /// Threads that work on one call, the caller's included, at least 1; one for each physical core when null. A server that predicts on
    /// many threads at once does best with 1.
    /// </summary>
    public int? Threads { get; set; }

    /// <summary>
    /// Whether these threads wait for work by spinning, which is ONNX Runtime's default: the shortest time a call, at the price of
    /// processor time between calls.
    /// </summary>
    public bool Spinning { get; set; } = true;

    /// <summary>
    /// Called with the session's options before the model is loaded, for whatever else ONNX Runtime offers: another execution provider,
    /// logging, an allocator. Null for nothing.
    /// </summary>
    public Action<SessionOptions>? ConfigureSession { get; set; }

    /// <inheritdoc/>
    public override IEnumerable<string> Faults()
    {
        foreach (string fault in base.Faults())
        {
            yield return fault;
        }

        if (Threads < 1)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{nameof(Threads)} is {Threads}; it is at least 1.");
        }
    }

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

            ConfigureSession?.Invoke(options);
            return options;
        }
        catch
        {
            options.Dispose();
            throw;
        }
    }
}
