using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using SsMfar.Inference;

namespace SsMfar.Faces;

/// <summary>How an <see cref="OnnxFaceDetector"/> looks for faces. Read once, when it is loaded. Can be bound from configuration.</summary>
public sealed class FaceDetectorOptions
{
    /// <summary>The least of <see cref="SmallestFace"/>, and the side below which a picture has no face.</summary>
    internal const int LeastFace = 8;

    /// <summary>
    /// Gets or sets the score from which something is a face, above 0 and below 1. The default, <see langword="null"/>, is what suits the
    /// kind of detector.
    /// </summary>
    public float? MinimumScore { get; set; }

    /// <summary>
    /// Gets or sets the side in pixels of the picture from which faces are to be found, at least 8; smaller ones are left out. Where a face
    /// of that size would be too small in the detector's view of the whole picture, parts of it are looked at as well, which takes its
    /// time: at most 4,096 views of a picture, and where these are too few, larger faces alone are to be found. In a picture whose shorter
    /// side is less than two and a half times as long, four tenths of that side count, at least 8; a picture with a side below 8 is not
    /// looked at. The default is 48.
    /// </summary>
    public int SmallestFace { get; set; } = 48;

    /// <summary>
    /// Gets or sets the intersection over union from which two findings are one face, above 0 and at most 1. The default is 0.3.
    /// </summary>
    public float Overlap { get; set; } = 0.3f;

    /// <summary>
    /// Gets or sets the number of threads that work on one call, the caller's included, at least 1. The default is 1: the networks are
    /// small, and pictures are read side by side.
    /// </summary>
    public int Threads { get; set; } = 1;

    /// <summary>
    /// Gets or sets what is called with the session's options before the detector is loaded, for whatever else ONNX Runtime offers. The
    /// default is <see langword="null"/>.
    /// </summary>
    public Action<SessionOptions>? ConfigureSession { get; set; }

    /// <summary>What is wrong with the options, a sentence each.</summary>
    internal IEnumerable<string?> Faults() =>
    [
        MinimumScore is not (null or (> 0 and < 1))
            ? Text($"{nameof(MinimumScore)} is {MinimumScore}; it must be above 0 and below 1.") : null,
        SmallestFace < LeastFace ? Text($"{nameof(SmallestFace)} is {SmallestFace}; it must be at least {LeastFace}.") : null,
        Overlap is not (> 0 and <= 1) ? Text($"{nameof(Overlap)} is {Overlap}; it must be above 0 and at most 1.") : null,
        PredictionFaults.AtLeastOne(nameof(Threads), Threads),
    ];

    internal SessionOptions ToSessionOptions()
    {
        var options = new SessionOptions();
        try
        {
            // Exporters leave weights among the inputs, of which ONNX Runtime warns line by line.
            options.LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR;
            options.IntraOpNumThreads = Threads;
            SessionConfiguration.Apply(ConfigureSession, options);
            return options;
        }
        catch
        {
            options.Dispose();
            throw;
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
