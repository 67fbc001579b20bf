using System.Diagnostics;
using System.Text.Json.Nodes;
using SkiaSharp;
using SsMfar.Faces;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Metadata;

namespace SsMfar.Benchmarks.Photographs;

/// <summary>Where the time goes between a JPEG of 640 x 480 pixels with a face of 220 and its prediction, on one thread.</summary>
internal static class StageMeasure
{
    private const int Rounds = 3;

    /// <summary>Milliseconds of processor and clock a picture. The processor's are the ones that a busy machine leaves alone.</summary>
    public static JsonObject Run(PhotographFaces faces, IFaceDetector detector, IAffectPredictor? predictor)
    {
        FaceTemplate template = predictor?.Metadata.Alignment ?? FaceTemplate.ArcFace5;
        byte[][] files = [.. Enumerable.Range(0, faces.Count).Where(i => i % 10 == 0).Select(i => Jpeg(faces.Load(i)))];
        Stage decode = new(), detect = new(), align = new(), predict = new();
        int count = 0;
        for (int round = 0; round <= Rounds; round++)
        {
            if (round == 1)
            {
                // The first one warmed everything up.
                (decode, detect, align, predict, count) = (new(), new(), new(), new(), 0);
            }

            RgbImage[] pictures = decode.Time(() => files.Select(file => ImageDecoder.Default.Decode(file, "a picture")).ToArray());
            DetectedFace[][] found = detect.Time(() => pictures.Select(picture => detector.Detect(picture).ToArray()).ToArray());
            RgbImage[] crops = align.Time(() => pictures.Zip(found)
                .SelectMany(one => one.Second.Select(face => FaceAligner.Align(one.First, face, template))).ToArray());
            predict.Time(() => predictor is null ? 0 : crops.Count(crop => predictor.Predict(FaceImage.FromPixels(crop)) is not null));
            count += files.Length;
        }

        double processor = detect.Processor + align.Processor + predict.Processor, clock = detect.Clock + align.Clock + predict.Clock;
        return new()
        {
            ["pictures"] = count,
            ["decode"] = decode.PerPicture(count),
            ["detect"] = detect.PerPicture(count),
            ["align"] = align.PerPicture(count),
            ["predict"] = predictor is null ? null : predict.PerPicture(count),
            ["picturesASecondOfProcessor"] = Math.Round(1000 * count / processor, 1),
            ["picturesASecondOfClock"] = Math.Round(1000 * count / clock, 1),
        };
    }

    private static byte[] Jpeg(RgbImage face)
    {
        RgbImage picture = DetectionMeasure.InGrey(face.Resize(220, 220), 640, 480);
        using SKBitmap bitmap = picture.ToBitmap();
        using SKData data = bitmap.Encode(SKEncodedImageFormat.Jpeg, 92);
        return data.ToArray();
    }

    private sealed class Stage
    {
        public double Processor { get; private set; }

        public double Clock { get; private set; }

        public T Time<T>(Func<T> work)
        {
            using Process process = Process.GetCurrentProcess();
            TimeSpan before = process.TotalProcessorTime;
            long start = Stopwatch.GetTimestamp();
            T result = work();
            Clock += Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            process.Refresh();
            Processor += (process.TotalProcessorTime - before).TotalMilliseconds;
            return result;
        }

        public JsonObject PerPicture(int count) => new()
        {
            ["processorMilliseconds"] = Math.Round(Processor / count, 2),
            ["clockMilliseconds"] = Math.Round(Clock / count, 2),
        };
    }
}
