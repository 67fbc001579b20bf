using System.CommandLine;
using SsMfar.Benchmarks.Measurement;
using SsMfar.Data;
using SsMfar.Export;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Metrics;
using SsMfar.Onnx;
using SsMfar.Predictions;
using SsMfar.Runtime;

namespace SsMfar.Benchmarks.Inference;

/// <summary>
/// <c>onnx-precision</c>: a model exported in float16 and int8 beside float32: size, scores on the same faces, and time, in turns.
/// </summary>
internal static class PrecisionCommand
{
    private static readonly Option<string> Annotations = new("--annotations") {
        HelpName = "FILE",
        Description = "The file in the folder of --faces to judge by",
        DefaultValueFactory = _ => "val.txt" };

    private static readonly Option<string> Calibrate = new("--calibrate") {
        HelpName = "FILE",
        Description = "The file in the folder of --faces that names the images to calibrate with",
        DefaultValueFactory = _ => "train.txt" };

    private static readonly Option<int> CalibrationImages = new("--calibration-images") {
        HelpName = "N",
        Description = "How many of them",
        DefaultValueFactory = _ => new OnnxCalibrationOptions().MaximumFaces };

    private static readonly Option<int> Calls = new("--calls") {
        HelpName = "N",
        Description = "Calls in a turn",
        DefaultValueFactory = _ => 50 };

    private static readonly Option<int> Batch = new("--images") {
        HelpName = "N",
        Description = "Images in a call",
        DefaultValueFactory = _ => 1 };

    public static Command Create()
    {
        Command command = new(
            "onnx-precision", "Size, scores and time of a model exported in float16 and int8 beside float32; scores need --faces")
        {
            BenchmarkModel.ModelOption, BenchmarkModel.BackboneOption, BenchmarkModel.SizeOption, Annotations, Calibrate, CalibrationImages,
            Calls, Batch,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        MeasurementOptions measurement = MeasurementOptions.Of(parsed);
        using BenchmarkModel model = BenchmarkModel.Of(parsed);
        TorchRuntime.Initialize();
        TorchSharp.torch.set_num_threads(measurement.Threads);
        Console.WriteLine(Machine.Describe(measurement));
        Console.WriteLine();
        Console.WriteLine("| file | size | of float32's | P_MTL | less float32's, 95% | mean difference | a call | times as fast |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        using TemporaryFolder folder = new();
        OnnxPrecision[] precisions = [OnnxPrecision.Float32, OnnxPrecision.Float16, OnnxPrecision.Int8];
        string[] files = [.. precisions.Select(precision => folder[$"{precision}.onnx"])];
        foreach ((OnnxPrecision precision, string file) in precisions.Zip(files))
        {
            OnnxExporter.Export(model.Model, file, options: Options(precision, parsed, measurement, model));
        }

        OnnxAffectPredictor[] predictors =
            [.. files.Select(file => OnnxAffectPredictor.Load(file, new() { Threads = measurement.Threads, Spinning = false }))];
        AffectEvaluation?[] judged = new AffectEvaluation?[predictors.Length];
        if (measurement.Faces is { } faces)
        {
            using IImageSource images = ImageSource.Open(faces);
            AffectDataset dataset = new(AnnotationSet.Load(Path.Combine(faces, parsed.GetValue(Annotations)!)), images);
            for (int i = 0; i < judged.Length; i++)
            {
                judged[i] = await predictors[i].EvaluateAsync(dataset, cancellationToken: cancellationToken).ConfigureAwait(false);
            }
        }

        double[][] times = Time(predictors, measurement, model, parsed.GetValue(Calls), parsed.GetValue(Batch));
        for (int i = 0; i < files.Length; i++)
        {
            PairedResult time = PairedResult.Of(times[i], times[0]);
            (long bytes, long whole) = (new FileInfo(files[i]).Length, new FileInfo(files[0]).Length);
            ScoreInterval? difference = judged[i] is { } one && judged[0] is { } other && i > 0
                ? Bootstrap.Compare(one.Annotations, one.Predictions, other.Predictions, cancellationToken: cancellationToken).PMtl : null;
            double share = bytes / (double)whole;
            Console.WriteLine(
                FormattableString.Invariant($"| {precisions[i]} | {Report.Mebibytes(bytes)} | {share:F3} | ") +
                FormattableString.Invariant($"{judged[i]?.Scores.PMtl:F4} | {difference} | ") +
                FormattableString.Invariant($"{Difference(judged[i], judged[0]):F5} | ") +
                FormattableString.Invariant($"{time.Ours:F2} ms | {time.Ratio:F2}x |"));
            predictors[i].Dispose();
        }
    }

    private static OnnxExportOptions Options(
        OnnxPrecision precision, ParseResult parsed, MeasurementOptions measurement, BenchmarkModel model)
    {
        OnnxExportOptions options = new() { Precision = precision };
        if (precision == OnnxPrecision.Int8)
        {
            options.Calibration.MaximumFaces = parsed.GetValue(CalibrationImages);
            options.Calibration.Faces = measurement.Faces is { } faces
                ? [.. AnnotationSet.LoadImages(Path.Combine(faces, parsed.GetValue(Calibrate)!))
                    .Select(name => FaceImage.FromFile(Path.Combine(faces, name)))]
                : [FaceImage.FromFile(model.Image)];
        }

        return options;
    }

    // Of probabilities, valence and arousal.
    private static double? Difference(AffectEvaluation? one, AffectEvaluation? other) => one is null || other is null ? null
        : one.Predictions.Zip(other.Predictions).Average(
            pair => Numbers(pair.First).Zip(Numbers(pair.Second), (x, y) => Math.Abs(x - (double)y)).Average());

    private static IEnumerable<float> Numbers(AffectPrediction face) =>
    [
        .. face.Expression?.Probabilities ?? [], face.Valence ?? 0, face.Arousal ?? 0, .. face.ActionUnits?.Probabilities ?? [],
    ];

    // Decoded images to results; each turn begins with calls that are not timed, in which the other's threads come to rest.
    private static double[][] Time(
        OnnxAffectPredictor[] predictors, MeasurementOptions measurement, BenchmarkModel model, int calls, int batch)
    {
        RgbImage image = ImageDecoder.Default.Decode(model.Image);
        FaceImage[] faces = [.. Enumerable.Repeat(FaceImage.FromPixels(image), batch)];
        double[][] times = [.. predictors.Select(_ => new double[measurement.Rounds])];
        for (int round = 0; round < measurement.Rounds; round++)
        {
            for (int i = 0; i < predictors.Length; i++)
            {
                for (int warm = 0; warm < 3; warm++)
                {
                    Call(predictors[i]);
                }

                double[] turn = [.. Enumerable.Range(0, calls).Select(_ => Paired.Time(() => Call(predictors[i])))];
                times[i][round] = Paired.Median(turn);
            }
        }

        return times;

        void Call(OnnxAffectPredictor predictor)
        {
            if (batch == 1)
            {
                predictor.Predict(image);
            }
            else
            {
                predictor.PredictAll(faces);
            }
        }
    }
}
