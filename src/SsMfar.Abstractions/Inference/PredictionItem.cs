using System.Diagnostics.CodeAnalysis;
using SsMfar.Imaging;

namespace SsMfar.Inference;

/// <summary>One of many images: what was read in it, or why it could not be read. Either <see cref="Prediction"/> or <see cref="Error"/> is there.</summary>
public sealed record PredictionItem
{
    internal PredictionItem(int index, FaceImage face, AffectPrediction prediction) => (Index, Face, Prediction) = (index, face, prediction);

    internal PredictionItem(int index, FaceImage face, ImageDecodeException error) => (Index, Face, Error) = (index, face, error);

    /// <summary>The image's place among those given, from 0.</summary>
    public int Index { get; }

    /// <summary>The image.</summary>
    public FaceImage Face { get; }

    /// <summary>The image's name.</summary>
    public string Name => Face.Name;

    /// <summary>What the model reads in the face; null where the image could not be read.</summary>
    public AffectPrediction? Prediction { get; }

    /// <summary>Why the image could not be read; null where it could.</summary>
    public ImageDecodeException? Error { get; }

    /// <summary>Whether there is a prediction.</summary>
    [MemberNotNullWhen(true, nameof(Prediction))]
    [MemberNotNullWhen(false, nameof(Error))]
    public bool Succeeded => Prediction is not null;

    /// <summary>The prediction, for callers to whom one bad image is the end.</summary>
    /// <exception cref="ImageDecodeException">The image could not be read.</exception>
    public AffectPrediction GetPrediction() =>
        Succeeded ? Prediction : throw new ImageDecodeException(Error.ImageName, Error.Reason, Error.Remedy, Error);
}
