using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Predictions;

namespace SsMfar.Faces;

/// <summary>A face of a picture: where it is, and what a model reads in it.</summary>
public sealed class FaceResult
{
    internal FaceResult(DetectedFace face, AffectPrediction? prediction = null, Exception? error = null) =>
        (Face, Prediction, Error) = (face, prediction, error);

    /// <summary>Gets where the face is, its landmarks and the detector's score.</summary>
    public DetectedFace Face { get; }

    /// <summary>Gets what the model reads in the face; null where there is an error, and for a reader without a model.</summary>
    public AffectPrediction? Prediction { get; }

    /// <summary>
    /// Gets why there is no prediction although there is a model: a <see cref="NonFiniteOutputException"/>, or an
    /// <see cref="ArgumentException"/> where box and landmarks do not say how to cut the face out, such as landmarks all in one place; null
    /// otherwise.
    /// </summary>
    public Exception? Error { get; }

    /// <summary>Returns the place, and the prediction or the error's message.</summary>
    public override string ToString() =>
        Error is null && Prediction is null ? $"{Face}" : $"{Face}: {Error?.Message ?? Prediction!.ToString()}";
}

/// <summary>One of many pictures: its faces, or why it could not be read. A picture without a face is read well, and has none.</summary>
public sealed class PictureResult
{
    internal PictureResult(int index, FaceImage picture, RgbImage pixels, ImmutableArray<FaceResult> faces) =>
        (Index, Picture, Width, Height, Faces) = (index, picture, pixels.Width, pixels.Height, faces);

    internal PictureResult(int index, FaceImage picture, ImageDecodeException error) => (Index, Picture, Error) = (index, picture, error);

    /// <summary>Gets the picture's place among those given, from 0.</summary>
    public int Index { get; }

    /// <summary>Gets the picture.</summary>
    public FaceImage Picture { get; }

    /// <summary>Gets the picture's name.</summary>
    public string Name => Picture.Name;

    /// <summary>Gets the upright picture's pixels across; 0 where it could not be read.</summary>
    public int Width { get; }

    /// <summary>Gets the upright picture's pixels down; 0 where it could not be read.</summary>
    public int Height { get; }

    /// <summary>Gets the faces, the largest first; none where the picture could not be read.</summary>
    public ImmutableArray<FaceResult> Faces { get; } = [];

    /// <summary>Gets why the picture could not be read; null where it could.</summary>
    public ImageDecodeException? Error { get; }

    /// <summary>Gets whether the picture could be read.</summary>
    [MemberNotNullWhen(false, nameof(Error))]
    public bool Succeeded => Error is null;

    /// <summary>Returns the name, and the number of faces or the error's message.</summary>
    public override string ToString() => $"{Name}: {(Succeeded ? $"{Faces.Length} faces" : Error.Message)}";
}
