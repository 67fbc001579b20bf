using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Microsoft.Extensions.Logging;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Metadata;

namespace SsMfar.Faces;

/// <summary>How a <see cref="FaceReader"/> reads pictures. Read once, when it is created. Can be bound from configuration.</summary>
public sealed class FaceReaderOptions
{
    /// <summary>
    /// Gets or sets the ONNX file of the detector of a reader that makes its own (<see cref="FaceReader.Create"/>, and as a service); the
    /// built-in detector when <see langword="null"/>, which is the default. A reader that is given a detector refuses it.
    /// </summary>
    public string? DetectorPath { get; set; }

    /// <summary>
    /// Gets or sets how the detector of a reader that makes its own looks for faces. A reader that is given a detector does not read it.
    /// </summary>
    public FaceDetectorOptions Detection { get; set; } = new();

    /// <summary>
    /// Gets or sets the most faces of a picture that are read, at least 1; the largest are. The default, <see langword="null"/>, is all.
    /// </summary>
    public int? MaximumFaces { get; set; }

    /// <summary>
    /// Gets or sets how faces are cut out, in place of what the model's file says. The default, <see langword="null"/>, is what the model
    /// says (<see cref="SsMfar.Metadata.ModelMetadata.Alignment"/>), and for a model that says nothing <see cref="FaceTemplate.Box"/> in
    /// the size of its input, with one warning. In configuration it is the name of a built-in template. One with such a name has its points
    /// and margin, in any size.
    /// </summary>
    public FaceTemplate? Template { get; set; }

    /// <summary>
    /// Gets or sets the number of pictures of a sequence that are read at the same time, at least 1. The default, <see langword="null"/>,
    /// is one for each processor.
    /// </summary>
    public int? Threads { get; set; }

    /// <summary>Gets or sets the decoder of encoded pictures, which limits their size. The default has the default limits.</summary>
    public ImageDecoder Decoder { get; set; } = new();

    /// <summary>Gets or sets where the reader logs. The default, <see langword="null"/>, is nowhere.</summary>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>What is wrong with the options, null or a sentence each.</summary>
    internal IEnumerable<string?> Faults() =>
    [
        PredictionFaults.AtLeastOne(nameof(MaximumFaces), MaximumFaces),
        PredictionFaults.AtLeastOne(nameof(Threads), Threads),
        PredictionFaults.NotNull(nameof(Decoder), Decoder, $"new {nameof(ImageDecoder)}()"),
        PredictionFaults.NotNull(nameof(Detection), Detection, $"new {nameof(FaceDetectorOptions)}()"),
        DetectorPath is "" ? $"{nameof(DetectorPath)} is empty; null stands for the built-in detector." : null,
        TemplateFault(),
        .. Detection?.Faults() ?? [],
    ];

    private string? TemplateFault()
    {
        try
        {
            Template?.Validate();
            return IsAnother(Template)
                ? $"{nameof(Template)} is called '{Template.Name}' and has other points or another margin than the built-in template of " +
                    $"this name: take that one (in configuration, \"{nameof(Template)}\": \"{Template.Name}\"), or call it otherwise."
                : null;
        }
        catch (ArgumentException fault)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{nameof(Template)}: {fault.Message}");
        }
    }

    // As one of configuration that names it and cannot have its points.
    private static bool IsAnother([NotNullWhen(true)] FaceTemplate? template) =>
        FaceTemplate.BuiltIn.FirstOrDefault(one => one.Name.Equals(template?.Name, StringComparison.OrdinalIgnoreCase)) is { } builtIn
        && template! with { Name = builtIn.Name, Size = builtIn.Size } != builtIn;
}
