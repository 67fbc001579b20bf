using System.CommandLine;
using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Faces;
using SsMfar.Metadata;
using SsMfar.Weights;

namespace SsMfar.ConsoleApp.Photographs;

/// <summary>The detector of <c>--detector</c>, or the one that comes with the program.</summary>
internal static class Detectors
{
    public static Option<string> Option() => OptionKinds.Text(
        "--detector",
        "FILE",
        "The ONNX file of a face detector (BlazeFace, YuNet, SCRFD); BlazeFace, which comes with the program, unless given",
        required: false);

    public static Option<double?> MinimumScore() => OptionKinds.OptionalNumber(
        "--min-score",
        "The score from which something is a face; what suits the detector unless given",
        0.01,
        0.99);

    public static Option<int?> SmallestFace() => OptionKinds.OptionalNumber(
        "--smallest-face",
        "Pixels a side from which faces are found; 48 unless given, less takes longer",
        8,
        10_000);

    /// <summary>Loads it.</summary>
    /// <exception cref="BadInputException">There is none, or the file is no detector.</exception>
    public static OnnxFaceDetector Load(string? path, double? minimumScore = null, int? smallestFace = null)
    {
        if (path is null && !OnnxFaceDetector.HasBuiltIn)
        {
            throw new BadInputException(
                "This build has no face detector, since npm was not on the path when it was made: give one with --detector FILE, or put " +
                    "npm on the path and build again.");
        }

        FaceDetectorOptions options = new() { MinimumScore = (float?)minimumScore };
        options.SmallestFace = smallestFace ?? options.SmallestFace;
        try
        {
            return path is null ? OnnxFaceDetector.LoadBuiltIn(options) : OnnxFaceDetector.Load(path, options);
        }
        catch (ModelFileException other)
        {
            throw new BadInputException($"--detector {ConsoleWords.Of(other.Message)}");
        }
    }

    /// <summary>Refuses a template that needs landmarks which the detector does not give.</summary>
    /// <exception cref="BadInputException">It does.</exception>
    public static void RequireLandmarks(IFaceDetector detector, FaceTemplate template, string remedy)
    {
        if (!FaceAligner.CanAlign(template, detector.Landmarks))
        {
            throw new BadInputException(
                $"The template {template.Name} needs landmarks of the face, which the detector does not give. {remedy}");
        }
    }
}
