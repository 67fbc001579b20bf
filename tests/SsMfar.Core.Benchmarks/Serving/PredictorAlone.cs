using System.Diagnostics;
using SsMfar.Inference;
using SsMfar.Onnx;

namespace SsMfar.Benchmarks.Serving;

/// <summary>What the predictor does without a server around it, encoded pictures to results.</summary>
internal sealed class PredictorAlone : IDisposable
{
    private const int Batch = 32;

    private readonly OnnxAffectPredictor _batches;
    private readonly OnnxAffectPredictor _singles;
    private readonly FaceImage[] _faces;
    private readonly int _threads;

    public PredictorAlone(ServedModel model, int threads)
    {
        _batches = OnnxAffectPredictor.Load(
            model.Onnx, new() { Threads = threads, DecodeThreads = threads, BatchSize = Batch, Spinning = false });
        _singles = OnnxAffectPredictor.Load(model.Onnx, new() { Threads = 1, Spinning = false });
        _faces = [.. Enumerable.Range(0, Batch).Select(i => FaceImage.FromBytes(model.Pictures[i % model.Pictures.Count]))];
        _threads = threads;
    }

    /// <summary>Gets the processor time that a picture took when batches were last measured, in milliseconds.</summary>
    public double BatchMilliseconds { get; private set; }

    /// <summary>Gets the processor time that a picture took when pictures one by one were last measured, in milliseconds.</summary>
    public double SingleMilliseconds { get; private set; }

    /// <summary>Pictures a second in batches, on which all threads work together.</summary>
    public double Batches(TimeSpan time)
    {
        (long start, TimeSpan used) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        int pictures = 0;
        do
        {
            _batches.PredictAll(_faces);
            pictures += Batch;
        }
        while (Stopwatch.GetElapsedTime(start) < time);
        BatchMilliseconds = (Environment.CpuUsage.TotalTime - used).TotalMilliseconds / pictures;
        return pictures / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Pictures a second one by one, each thread its own.</summary>
    public double Singles(TimeSpan time)
    {
        (long start, TimeSpan used) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        int pictures = 0;
        Parallel.For(0, _threads, new ParallelOptions { MaxDegreeOfParallelism = _threads }, _ =>
        {
            for (int i = 0; Stopwatch.GetElapsedTime(start) < time; i++)
            {
                _singles.Predict(_faces[i % Batch]);
                Interlocked.Increment(ref pictures);
            }
        });
        SingleMilliseconds = (Environment.CpuUsage.TotalTime - used).TotalMilliseconds / pictures;
        return pictures / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    public void Dispose()
    {
        _batches.Dispose();
        _singles.Dispose();
    }
}
