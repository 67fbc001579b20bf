using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using SsMfar.Imaging;
using SsMfar.Predictions;

namespace SsMfar.Inference;

/// <summary>
/// One of many images: what was read in it, or why nothing was. Either <see cref="Prediction"/> or <see cref="Error"/> is there. Prints as
/// one line and serialises to the image's name, the members of its prediction and the error (<see cref="PredictionItemJsonConverter"/>).
/// </summary>
[JsonConverter(typeof(PredictionItemJsonConverter))]
public sealed class PredictionItem
{
    internal PredictionItem(int index, FaceImage face, AffectPrediction prediction) =>
        (Index, Face, Prediction) = (index, face, prediction);

    internal PredictionItem(int index, FaceImage face, Exception error) => (Index, Face, Error) = (index, face, error);

    /// <summary>Makes the item of an image that was read.</summary>
    /// <param name="face">The image.</param>
    /// <param name="prediction">What was read in it.</param>
    /// <param name="index">The image's place among those given, from 0.</param>
    public static PredictionItem Success(FaceImage face, AffectPrediction prediction, int index = 0)
    {
        ArgumentNullException.ThrowIfNull(face);
        ArgumentNullException.ThrowIfNull(prediction);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        return new(index, face, prediction);
    }

    /// <summary>Makes the item of an image in which nothing could be read.</summary>
    /// <param name="face">The image.</param>
    /// <param name="error">Why: an <see cref="ImageDecodeException"/> where the image cannot be read.</param>
    /// <param name="index">The image's place among those given, from 0.</param>
    public static PredictionItem Failure(FaceImage face, Exception error, int index = 0)
    {
        ArgumentNullException.ThrowIfNull(face);
        ArgumentNullException.ThrowIfNull(error);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        return new(index, face, error);
    }

    /// <summary>The item of one image: an image that cannot be read, or outputs that are not finite, fail it alone.</summary>
    internal static PredictionItem Of(IAffectPredictor predictor, FaceImage face, int index)
    {
        try
        {
            return new(index, face, predictor.Predict(face));
        }
        catch (Exception fault) when (fault is ImageDecodeException or NonFiniteOutputException)
        {
            return new(index, face, fault);
        }
    }

    /// <summary>Gets the image's place among those given, from 0.</summary>
    public int Index { get; }

    /// <summary>Gets the image.</summary>
    public FaceImage Face { get; }

    /// <summary>Gets the image's name.</summary>
    public string Name => Face.Name;

    /// <summary>Gets what the model reads in the face; null where there is an error.</summary>
    public AffectPrediction? Prediction { get; }

    /// <summary>
    /// Gets why there is no prediction; null where there is one. An <see cref="ImageDecodeException"/> where the image could not be read, a
    /// <see cref="NonFiniteOutputException"/> where the model's outputs for it are no numbers.
    /// </summary>
    public Exception? Error { get; }

    /// <summary>Gets whether there is a prediction.</summary>
    [MemberNotNullWhen(true, nameof(Prediction))]
    [MemberNotNullWhen(false, nameof(Error))]
    public bool Succeeded => Prediction is not null;

    /// <summary>Returns the prediction, for callers to whom one bad image is the end.</summary>
    /// <exception cref="ImageDecodeException">The image could not be read.</exception>
    /// <exception cref="NonFiniteOutputException">The model's outputs for the image are no numbers.</exception>
    public AffectPrediction GetPrediction() => Succeeded ? Prediction : throw Again(Error);

    /// <summary>Returns one line: the image's name, and its prediction or the error's message.</summary>
    public override string ToString() => $"{Name}: {(Succeeded ? Prediction : Error.Message)}";

    // A new exception at each call, so that each has the stack of its own throw.
    private static Exception Again(Exception error) => error switch
    {
        ImageDecodeException image => new ImageDecodeException(image.ImageName, image.Reason, image.Remedy, image),
        NonFiniteOutputException output => output.Again(),
        _ => error,
    };
}
