using System.CommandLine;
using System.Text.Json.Nodes;
using SsMfar.Benchmarks.Inference;
using SsMfar.Benchmarks.Measurement;
using SsMfar.Faces;
using SsMfar.Onnx;

namespace SsMfar.Benchmarks.Photographs;

/// <summary>
/// <c>photographs</c>: faces pasted into drawn scenes; how many are found, what a model makes of them, and how long it takes.
/// </summary>
internal static class PhotographsCommand
{
    public static Command Create()
    {
        Option<string> annotations = new("--annotations") {
            HelpName = "FILE",
            Description = "The file in the folder of --faces that names crops of one face each, with labels",
            DefaultValueFactory = _ => "val.txt" };
        Option<string?> detector = new("--detector") {
            HelpName = "FILE",
            Description = "The ONNX file of a face detector; the one that comes with the package unless given" };
        Option<int> smallestFace = new("--smallest-face") {
            HelpName = "N",
            Description = "Pixels a side from which faces are looked for",
            DefaultValueFactory = _ => new FaceDetectorOptions().SmallestFace };
        Option<float?> minimumScore = new("--min-score") { HelpName = "S", Description = "The score from which something is a face" };
        Option<string[]> models = new("--model") {
            HelpName = "FILE",
            Description = "An ONNX file of a model to read the faces with; several may be given" };
        Option<string[]> parts = new("--part") {
            HelpName = "NAME",
            Description = "detection, reading or stages; several may be given, and all are measured unless one is",
            DefaultValueFactory = _ => ["detection", "reading", "stages"] };
        parts.AcceptOnlyFromAmong("detection", "reading", "stages");
        Command command = new("photographs", "Find and read faces in drawn scenes; needs --faces")
        {
            annotations, detector, smallestFace, minimumScore, models, parts,
        };
        command.SetAction(parsed =>
        {
            string folder = MeasurementOptions.Of(parsed).Faces ?? throw new ArgumentException("photographs needs --faces DIR.");
            FaceDetectorOptions options = new()
            {
                SmallestFace = parsed.GetValue(smallestFace),
                MinimumScore = parsed.GetValue(minimumScore),
            };
            using OnnxFaceDetector found = parsed.GetValue(detector) is { } path
                ? OnnxFaceDetector.Load(path, options) : OnnxFaceDetector.LoadBuiltIn(options);
            Run(new(folder, parsed.GetValue(annotations)!, found), found, parsed.GetValue(models) ?? [], parsed.GetValue(parts)!);
        });
        return command;
    }

    private static void Run(PhotographFaces faces, OnnxFaceDetector detector, string[] models, string[] parts)
    {
        JsonObject report = new() { ["detector"] = $"{detector.Kind}" };
        if (parts.Contains("detection"))
        {
            report["detection"] = DetectionMeasure.Run(faces, detector);
        }

        OnnxAffectPredictor[] predictors =
            [.. models.Select(model => OnnxAffectPredictor.Load(model, new() { Threads = 1, Spinning = false }))];
        if (parts.Contains("reading"))
        {
            report["reading"] = new JsonArray([.. predictors.Select(predictor => ReadingMeasure.Run(faces, detector, predictor))]);
        }

        if (parts.Contains("stages"))
        {
            report["stages"] = StageMeasure.Run(faces, detector, predictors.FirstOrDefault());
        }

        Array.ForEach(predictors, predictor => predictor.Dispose());
        Report.Write(report);
    }
}
