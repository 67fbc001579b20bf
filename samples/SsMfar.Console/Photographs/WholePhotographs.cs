using System.Collections.Immutable;
using System.Globalization;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Faces;
using SsMfar.Imaging;

namespace SsMfar.ConsoleApp.Photographs;

/// <summary>Tells photographs that were given to a command for cropped faces.</summary>
internal static class WholePhotographs
{
    // Of a hundred images one is looked at, which takes about a hundredth of the time, and never more than these.
    private const int MostLooks = 32;
    private const int ImagesOfOneLook = 100;

    // A loose crop has three or four times the face's sides around it at most; smaller images are no photographs.
    private const double SmallShare = 0.12;
    private const int SmallestPhotograph = 160;

    /// <summary>Warns once where the largest face of one of the first images fills little of it.</summary>
    /// <param name="session">Where to say it.</param>
    /// <param name="images">The images.</param>
    /// <param name="names">Their names.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    public static void Warn(
        ConsoleSession session, IImageSource images, ImmutableArray<string> names, CancellationToken cancellationToken)
    {
        int looks = Math.Clamp((names.Length + ImagesOfOneLook - 1) / ImagesOfOneLook, 1, MostLooks);
        OnnxFaceDetector? detector = null;
        try
        {
            foreach (string name in names.Take(looks))
            {
                if (Decode(images, name) is not { } picture || Math.Min(picture.Width, picture.Height) < SmallestPhotograph)
                {
                    continue;
                }

                if (!OnnxFaceDetector.HasBuiltIn)
                {
                    return;
                }

                detector ??= OnnxFaceDetector.LoadBuiltIn();
                DetectedFace? largest = detector.Detect(picture, cancellationToken).FirstOrDefault();
                double share = largest?.Box.Area / ((double)picture.Width * picture.Height) ?? 1;
                if (share < SmallShare)
                {
                    session.Say(string.Create(CultureInfo.InvariantCulture,
                        $"The face fills {100 * share:0.#}% of '{Failure.OneLine(name)}', and a model reads cropped faces: ssmfar faces " +
                            $"finds the faces of photographs and reads each."));
                    return;
                }
            }
        }
        finally
        {
            detector?.Dispose();
        }
    }

    private static RgbImage? Decode(IImageSource images, string name)
    {
        try
        {
            return ImageDecoder.Default.Decode(images, name);
        }
        catch (ImageDecodeException)
        {
            // What cannot be read is said where it is predicted.
            return null;
        }
    }
}
