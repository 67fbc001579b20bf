// Loads an ONNX file, predicts the images named after it, and prints a line for each: prediction, its JSON, and the JSON read back and
// written again; or the error. After "faces" a detector's file comes first, or "built-in", and every face is a line.
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using SsMfar.Inference;
using SsMfar.Onnx;
using SsMfar.Predictions;
using SsMfar.Weights;

Console.WriteLine($"dynamic code {RuntimeFeature.IsDynamicCodeSupported}");
try
{
#if FACES
    if (args is ["faces", var detector, var model, .. var photographs])
    {
        await SsMfar.Tests.OnnxProbe.FacesProbe.RunAsync(detector, model, photographs);
        return 0;
    }

#endif
    using OnnxAffectPredictor predictor = OnnxAffectPredictor.Load(args[0]);
    foreach (PredictionItem item in predictor.PredictAll(args[1..].Select(path => FaceImage.FromFile(path))))
    {
        Console.WriteLine(item.Prediction is { } face ? Line(face) : $"failed: {item.Error?.Message}");
    }

    return 0;
}
catch (ModelFileException bad)
{
    Console.WriteLine(bad.Message);
    return 2;
}

static string Line(AffectPrediction face)
{
    string json = JsonSerializer.Serialize(face, ProbeJson.Default.AffectPrediction);
    AffectPrediction? read = JsonSerializer.Deserialize(json, ProbeJson.Default.AffectPrediction);
    AffectPrediction part = new() { Expression = face.Expression };
    return $"{face} | {json} | {read} | {JsonSerializer.Serialize(part, ProbeJson.Default.AffectPrediction)}";
}

[JsonSerializable(typeof(AffectPrediction))]
internal sealed partial class ProbeJson : JsonSerializerContext;
