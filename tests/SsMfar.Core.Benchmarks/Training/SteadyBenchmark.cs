using SsMfar.Benchmarks.Measurement;
using SsMfar.Data;
using SsMfar.RenderedFaces;
using SsMfar.Runtime;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Benchmarks.Training;

/// <summary>
/// The trainer's loop once it runs: collections, managed bytes a step and live tensors. Small images: what a step leaves to the garbage
/// collector does not depend on their size. The default recipe, which has more parts than the published one.
/// </summary>
internal static class SteadyBenchmark
{
    private const int Size = 32;
    private const int Faces = 256;
    private const int Steps = 300;
    private const int WarmUpSteps = 50;

    public static void Run(MeasurementOptions options)
    {
        int batch = options.Batch ?? 32;
        using TemporaryFolder folder = new();
        (AnnotationSet drawn, _) = RenderedFaceSet.Write(folder.Path, new() { TrainingCount = Faces, ValidationCount = 0, Size = Size });

        // A name that occurs again shares its pixels.
        AnnotationSet rows = new(Enumerable.Range(0, Steps * batch).Select(i => drawn[i % Faces]));
        MultiTaskTrainer trainer = MultiTaskTrainer.CreateBuilder()
            .UseDevice(ComputeDevice.Parse(options.Device))
            .Configure(training =>
            {
                training.Epochs = 1;
                training.BatchSize = batch;
                training.ImageSize = Size;
            })
            .Build();
        var observed = new Observer();
        using (trainer.FitAsync(new(rows, folder.Path), progress: observed).GetAwaiter().GetResult())
        {
            observed.Write();
        }
    }

    /// <summary>Reads the counters whenever the loop reports, on its own thread.</summary>
    private sealed class Observer : IProgress<TrainingProgress>
    {
        private readonly SortedSet<long> _liveTensors = [];
        private Counters? _first;
        private Counters? _last;

        public void Report(TrainingProgress value)
        {
            if (value is StepProgress { Step: >= WarmUpSteps } step)
            {
                _last = Counters.Read(step.Step);
                _first ??= _last;
                _liveTensors.Add(_last.Tensors);
            }
        }

        public void Write()
        {
            (Counters first, Counters last) = (_first!, _last!);
            int steps = last.Step - first.Step;
            double kilobytes = (last.Bytes - first.Bytes) / 1024.0 / steps;
            (int full, int young) = (last.Generation2 - first.Generation2, last.Generation0 - first.Generation0);
            string live = string.Join(" to ", new[] { _liveTensors.Min, _liveTensors.Max }.Distinct());
            Table.Write(
                $"{steps} training steps in steady state",
                $"{kilobytes:F1} KB managed a step, {full} generation-2 and {young} generation-0 collections, live tensors {live}");
        }
    }

    /// <summary>Of the whole process, tensors excepted, which TorchSharp counts by thread.</summary>
    private sealed record Counters(int Step, long Bytes, int Generation0, int Generation2, long Tensors)
    {
        public static Counters Read(int step) =>
            new(
                step,
                GC.GetTotalAllocatedBytes(precise: true),
                GC.CollectionCount(0),
                GC.CollectionCount(2),
                DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }
}
