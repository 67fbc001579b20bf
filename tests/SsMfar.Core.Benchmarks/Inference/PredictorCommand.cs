using System.CommandLine;
using System.Text.Json.Nodes;
using SsMfar.Benchmarks.Measurement;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Predictions;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Benchmarks.Inference;

/// <summary>
/// <c>predictor</c>: AffectPredictor against ONNX Runtime called by hand on the exported model, decoded images to results, in blocks by
/// turns in one process.
/// </summary>
internal static class PredictorCommand
{
    private const double Tolerance = 1e-3;

    public static Command Create(Option<int> threads)
    {
        Option<int[]> batches = new("--batches")
        {
            HelpName = "N",
            Description = "Images a call",
            DefaultValueFactory = _ => [1, 64],
            AllowMultipleArgumentsPerToken = true,
        };
        Option<int> blocks = new("--blocks") { HelpName = "N", Description = "Blocks a side", DefaultValueFactory = _ => 15 };
        Option<int> images = new("--images") { HelpName = "N", Description = "Images a block", DefaultValueFactory = _ => 256 };
        Command command = new("predictor", "AffectPredictor against ONNX Runtime called by hand, decoded images to results")
        {
            BenchmarkModel.ModelOption, BenchmarkModel.BackboneOption, BenchmarkModel.SizeOption, batches, blocks, images,
        };
        command.SetAction(parsed => Run(
            parsed, parsed.GetValue(threads), parsed.GetValue(batches)!, parsed.GetValue(blocks), parsed.GetValue(images)));
        return command;
    }

    private static void Run(ParseResult parsed, int threads, int[] batches, int blocks, int images)
    {
        using BenchmarkModel model = BenchmarkModel.Of(parsed);
        torch.set_num_threads(threads);
        using AffectPredictor predictor = AffectPredictor.Load(model.Model, new() { Device = ComputeDevice.Cpu });
        using RawSession session = new(model.Onnx, threads);
        JsonObject report = new() { ["threads"] = threads, ["size"] = model.Input.Width };
        foreach (int batch in batches)
        {
            FaceImage[] faces = [.. Enumerable.Range(0, batch).Select(i => FaceImage.FromPixels(Noise(i, model.Input)))];
            byte[] pixels = [.. Enumerable.Range(0, batch).SelectMany(i => Noise(i, model.Input).Pixels.ToArray())];
            float[] ours =
                [.. Predict(predictor, faces).SelectMany(prediction => new[] { prediction.Valence!.Value, prediction.Arousal!.Value })];
            double difference = Difference(ours, session.ValenceArousal(pixels, batch));
            if (!(difference <= Tolerance))
            {
                throw new InvalidOperationException(
                    FormattableString.Invariant($"AffectPredictor and ONNX Runtime differ by {difference} in valence or arousal."));
            }

            PairedResult result = Paired.Run(
                blocks,
                Math.Max(2, images / batch),
                calls => Repeat(calls, () => Predict(predictor, faces)),
                calls => Repeat(calls, () => session.ValenceArousal(pixels, batch)));
            report[FormattableString.Invariant($"batch-{batch}")] = new JsonObject
            {
                ["predictorMilliseconds"] = Math.Round(result.Ours, 3),
                ["onnxRuntimeMilliseconds"] = Math.Round(result.Peer, 3),
                ["ratio"] = Math.Round(result.Ratio, 3),
                ["differsBy"] = difference,
            };
        }

        Report.Write(report);
    }

    // Math.Max passes NaN on, where LINQ's Max would pass over it.
    private static double Difference(float[] ours, float[] theirs) =>
        ours.Zip(theirs, (one, other) => Math.Abs((double)one - other)).Aggregate(0.0, Math.Max);

    // Threads of the other side that still look for work after its block are asleep by the first of these calls' end.
    private static double Repeat(int calls, Action call)
    {
        call();
        return Paired.Time(() =>
        {
            for (int i = 0; i < calls; i++)
            {
                call();
            }
        });
    }

    private static List<AffectPrediction> Predict(AffectPredictor predictor, FaceImage[] faces) => faces.Length == 1
        ? [predictor.Predict(faces[0])]
        : [.. predictor.PredictAll(faces).Select(item => item.Prediction!)];

    private static RgbImage Noise(int seed, ImagePreprocessing input)
    {
        byte[] pixels = new byte[input.Width * input.Height * 3];
#pragma warning disable CA5394 // Pixels to measure with.
        new Random(seed).NextBytes(pixels);
#pragma warning restore CA5394
        return new(input.Width, input.Height, pixels);
    }
}
