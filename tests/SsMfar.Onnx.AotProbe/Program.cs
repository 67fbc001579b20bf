// Loads an ONNX file, predicts the images named after it, and prints the numbers, a line an image; or the error.
using System.Globalization;
using System.Runtime.CompilerServices;
using SsMfar.Inference;
using SsMfar.Models;
using SsMfar.Onnx;
using SsMfar.Predictions;

Console.WriteLine($"dynamic code {RuntimeFeature.IsDynamicCodeSupported}");
try
{
    using OnnxAffectPredictor predictor = OnnxAffectPredictor.Load(args[0]);
    foreach (PredictionItem item in predictor.PredictAll(args[1..].Select(path => FaceImage.FromFile(path))))
    {
        Console.WriteLine(item.Prediction is { } face ? Line(face) : $"failed: {item.Error!.Message}");
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
    IEnumerable<float> numbers = [.. face.Expression!.Probabilities, face.Valence, face.Arousal, .. face.ActionUnits!.Probabilities];
    return $"{face.Expression.Name} {string.Join(' ', face.ActionUnits.Present)} | " +
        $"{string.Join(' ', numbers.Select(n => n.ToString("R", CultureInfo.InvariantCulture)))}";
}
