using System.CommandLine;
using System.Text.Json.Nodes;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Onnx;
using SsMfar.Predictions;
using SsMfar.Runtime;

namespace SsMfar.Benchmarks.Inference;

/// <summary><c>onnx-agreement</c>: the two predictors on real faces; no measurement of time.</summary>
internal static class AgreementCommand
{
    public static Command Create()
    {
        Option<string> data = new("--data") { HelpName = "DIR", Description = "The images' folder", Required = true };
        Option<string> annotations = new("--annotations") { HelpName = "FILE", Description = "Names the images", Required = true };
        Option<int> count = new("--count") { HelpName = "N", Description = "How many of them", DefaultValueFactory = _ => 200 };
        Command command = new(
            "onnx-agreement",
            "Compare SsMfar.Onnx with the TorchSharp predictor, batches with single images, and 16 threads with one")
        {
            BenchmarkModel.ModelOption, BenchmarkModel.BackboneOption, BenchmarkModel.SizeOption, data, annotations, count,
        };
        command.SetAction(parsed => Run(parsed, parsed.GetValue(data)!, parsed.GetValue(annotations)!, parsed.GetValue(count)));
        return command;
    }

    private static void Run(ParseResult parsed, string data, string annotations, int count)
    {
        using BenchmarkModel model = BenchmarkModel.Of(parsed);
        FaceImage[] faces = [.. AnnotationSet.Load(annotations).Take(count)
            .Select(row => FaceImage.FromFile(Path.Combine(data, row.Image)))];
        using AffectPredictor torch = AffectPredictor.Load(model.Model, new() { Device = ComputeDevice.Cpu });
        using OnnxAffectPredictor onnx = OnnxAffectPredictor.Load(model.Onnx);
        using OnnxAffectPredictor oneThread = OnnxAffectPredictor.Load(model.Onnx, new() { Threads = 1 });

        AffectPrediction[] expected = [.. faces.Select(torch.Predict)];
        AffectPrediction[] actual = [.. faces.Select(onnx.Predict)];
        AffectPrediction[] batched = [.. onnx.PredictAll(faces).Select(item => item.GetPrediction())];
        AffectPrediction[] single = [.. faces.Select(oneThread.Predict)];
        var threaded = new AffectPrediction[16][];
        Thread[] threads = [.. Enumerable.Range(0, threaded.Length)
            .Select(t => new Thread(() => threaded[t] = [.. faces.Select(oneThread.Predict)]))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());

        Report.Write(new JsonObject
        {
            ["faces"] = faces.Length,
            ["torchAgainstOnnx"] = Largest(expected, actual),
            ["sameExpressions"] = expected.Zip(actual, (a, b) => a.Expression!.Index == b.Expression!.Index).Count(same => same),
            ["sameActionUnits"] = expected.Zip(actual, (a, b) => a.ActionUnits!.Present.SequenceEqual(b.ActionUnits!.Present))
                .Count(same => same),
            ["expressionsSeen"] = actual.Select(face => face.Expression!.Index).Distinct().Count(),
            ["batchAgainstSingle"] = Largest(actual, batched),
            ["sixteenThreadsAgainstOne"] = threaded.Max(results => Largest(single, results)),
        });
    }

    private static double Largest(AffectPrediction[] first, AffectPrediction[] second) =>
        first.Zip(second, (a, b) => Numbers(a).Zip(Numbers(b), (x, y) => Math.Abs(x - (double)y)).Max()).Max();

    private static IEnumerable<float> Numbers(AffectPrediction face) =>
        [.. face.Expression!.Probabilities, face.Valence!.Value, face.Arousal!.Value, .. face.ActionUnits!.Probabilities];
}
