using System.Diagnostics.CodeAnalysis;
using SsMfar.Imaging;
using SsMfar.Predictions;

namespace SsMfar.Inference;

/// <summary>
/// One of many images: what was read in it, or why nothing was. Either <see cref="Prediction"/> or <see cref="Error"/> is there.
/// </summary>
public sealed record PredictionItem
{
    internal PredictionItem(int index, FaceImage face, AffectPrediction prediction) =>
        (Index, Face, Prediction) = (index, face, prediction);

    internal PredictionItem(int index, FaceImage face, Exception error) => (Index, Face, Error) = (index, face, error);

    /// <summary>The image's place among those given, from 0.</summary>
    public int Index { get; }

    /// <summary>The image.</summary>
    public FaceImage Face { get; }

    /// <summary>The image's name.</summary>
    public string Name => Face.Name;

    /// <summary>What the model reads in the face; null where there is none.</summary>
    public AffectPrediction? Prediction { get; }

    /// <summary>
    /// Why there is no prediction; null where there is one. An <see cref="ImageDecodeException"/> where the image could not be read, a
    /// <see cref="NonFiniteOutputException"/> where the model's outputs for it are no numbers.
    /// </summary>
    public Exception? Error { get; }

    /// <summary>Whether there is a prediction.</summary>
    [MemberNotNullWhen(true, nameof(Prediction))]
    [MemberNotNullWhen(false, nameof(Error))]
    public bool Succeeded => Prediction is not null;

    /// <summary>The prediction, for callers to whom one bad image is the end.</summary>
    /// <exception cref="ImageDecodeException">The image could not be read.</exception>
    /// <exception cref="NonFiniteOutputException">The model's outputs for the image are no numbers.</exception>
    public AffectPrediction GetPrediction() => Succeeded ? Prediction : throw Again(Error);

    // A new exception at each call, so that each has the stack of its own throw.
    private static Exception Again(Exception error) => error switch
    {
        ImageDecodeException image => new ImageDecodeException(image.ImageName, image.Reason, image.Remedy, image),
        NonFiniteOutputException output => output.Again(),
        _ => error,
    };
}
