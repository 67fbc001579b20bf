using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using SkiaSharp;
using SsMfar.Benchmarks.Inference;
using SsMfar.Benchmarks.Measurement;
using SsMfar.Benchmarks.Photographs;
using SsMfar.Faces;
using SsMfar.Onnx;
using SsMfar.Video;

namespace SsMfar.Benchmarks.Videos;

/// <summary><c>video</c>: minutes of two people in a scene, read to a table; whether anything is lost, slows down or grows.</summary>
internal static class VideoCommand
{
    private const int Minute = 60 * PeopleInScene.Rate;
    private const int Window = 1000;

    public static Command Create()
    {
        Option<string> annotations = new("--annotations") {
            HelpName = "FILE",
            Description = "The file in the folder of --faces that names crops of one face each",
            DefaultValueFactory = _ => "val.txt" };
        Option<string> model = new("--model") {
            HelpName = "FILE", Description = "An ONNX file of a model to read the faces with", Required = true };
        Option<int> frames = new("--frames") {
            HelpName = "N", Description = "Frames, 30 a second", DefaultValueFactory = _ => 10 * Minute };
        Command command = new("video", "Read a long video of two people; needs --faces") { annotations, model, frames };
        command.SetAction(async (parsed, _) =>
        {
            MeasurementOptions options = MeasurementOptions.Of(parsed);
            string folder = options.Faces ?? throw new ArgumentException("video needs --faces DIR.");
            using OnnxFaceDetector detector = OnnxFaceDetector.LoadBuiltIn(new());
            PhotographFaces faces = new(folder, parsed.GetValue(annotations)!, detector);
            int[] found = [.. Enumerable.Range(0, faces.Count).Where(i => faces.Alone(i) is not null).Take(2)];
            using SKBitmap first = faces.Bitmap(found[0]), second = faces.Bitmap(found[1]);
            using OnnxAffectPredictor predictor = OnnxAffectPredictor.Load(
                parsed.GetValue(model)!, new() { Threads = 1, Spinning = false });
            Report.Write(await MeasureAsync(
                new(first, second, parsed.GetValue(frames)), new(detector, predictor), parsed.GetValue(frames), options.Threads));
        });
        return command;
    }

    private static async Task<JsonObject> MeasureAsync(PeopleInScene scene, FaceReader faces, int frames, int threads)
    {
        using TemporaryFolder folder = new();
        using FaceReader reading = faces;
        double[] times = new double[frames + 1];
        List<long> memory = [];
        Stopwatch watch = Stopwatch.StartNew();
        scene.OnFrame = i =>
        {
            if (times[i] > 0)
            {
                return; // read once more, for the page
            }

            times[i] = watch.Elapsed.TotalSeconds;
            if (i > 0 && i % Minute == 0)
            {
                using Process self = Process.GetCurrentProcess();
                memory.Add(self.WorkingSet64);
            }
        };
        VideoSummary summary = await VideoRun.RunAsync(
            scene, new(reading, new() { Threads = threads }),
            new() { Table = folder["table.csv"], Smoothing = new() { Sigma = 0.2 }, Page = folder["page.html"] });
        times[frames] = watch.Elapsed.TotalSeconds;
        double Speed(int around) => Window / (times[around + (Window / 2)] - times[around - (Window / 2)]);
        JsonObject report = new()
        {
            ["frames"] = summary.Frames,
            ["withFace"] = summary.WithFace,
            ["failed"] = summary.Failed,
            ["threads"] = threads,
            ["framesASecond"] = Math.Round(frames / times[frames], 2),
            ["table"] = TableOfPeople.Judge(folder["table.csv"], frames),
            ["pageBytes"] = new FileInfo(folder["page.html"]).Length,
        };
        if (frames >= 3 * Window)
        {
            double early = Speed(Window), late = Speed(frames - Window);
            report["framesASecondAroundFrame1000"] = Math.Round(early, 2);
            report[$"framesASecondAroundFrame{frames - Window}"] = Math.Round(late, 2);
            report["lateOverEarly"] = Math.Round(late / early, 3);
        }

        if (memory.Count > 1)
        {
            report["memoryAfterAMinute"] = Report.Mebibytes(memory[0]);
            report["memoryAtMostAfterwards"] = Report.Mebibytes(memory[1..].Max());
            report["memoryRatio"] = Math.Round(memory[1..].Max() / (double)memory[0], 3);
            report["memoryEachMinute"] = string.Join(", ", memory.Select(Report.Mebibytes));
        }

        return report;
    }
}
