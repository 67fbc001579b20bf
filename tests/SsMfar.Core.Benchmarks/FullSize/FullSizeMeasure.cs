using System.Diagnostics;
using SsMfar.Benchmarks.Data;
using SsMfar.Benchmarks.Measurement;
using SsMfar.Data;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Benchmarks.FullSize;

/// <summary>The measurement of <see cref="FullSizeCommand"/>, a row of the table for each thing.</summary>
internal sealed class FullSizeMeasure(int size, int batch, int batches)
{
    private const double Giga = 1e9;
    private const double Mega = 1e6;

    private static readonly float[] Mean = [0.485f, 0.456f, 0.406f];
    private static readonly float[] Deviation = [0.229f, 0.224f, 0.225f];

    private readonly torch.Device _device = torch.CPU;

    public async Task RunAsync(int count, int steps, CancellationToken cancellation)
    {
        using TemporaryFolder folder = new();
        AnnotationSet annotations = Annotations(folder["train.txt"], count);
        using RepeatedImages images = new(size);
        AffectDataset dataset = new(annotations, images);
        ImageCacheOptions options = new ImageCacheLocation(folder.Path, null, null)
            .For(annotations, size, ImageFailurePolicy.Fail, ranks: 1);

        double build = Seconds(() => Load(dataset, options).Dispose());
        long length = new FileInfo(options.CacheFile!).Length;
        Table.Write(
            $"decoding {count} JPEGs of {size} px ({images.MeanLength / 1000:F1} kB each) into a cache file",
            $"{count / build:F0} images a second, {build:F0} s; {length / Giga:F2} GB");
        double reuse = Seconds(() => Load(dataset, options).Dispose());
        Table.Write($"opening it again: names and stamps compared", $"{reuse:F2} s");
        Plan(annotations);

        ProcessCounters.Forget(options.CacheFile!);
        using (TrainingData data = Load(dataset, options))
        {
            int[] order = new ShuffleSampler().Sample(annotations, RandomKey.FromSeed(1))[..(batches * batch)];
            Batches($"{batches} batches of {batch} with strong views of unlabelled rows, the file not in memory", data, order);
            Batches($"the same batches again, their pages in memory", data, order);
            double own = ProcessCounters.OwnMemory() / Mega, mapped = ProcessCounters.MappedMemory() / Mega;
            Table.Write(
                $"memory afterwards",
                $"{own:F0} MB of the process, {mapped:F0} MB of mapped files");
        }

        await FirstStepsAsync(dataset, folder.Path, steps, cancellation);
    }

    private static AnnotationSet Annotations(string file, int count)
    {
        AnnotationText.Write(file, count);
        AnnotationSet annotations = null!;
        double seconds = Seconds(() =>
        {
            annotations = AnnotationSet.Load(file);
            annotations.Statistics.RequireExpressionWeights();
            annotations.Statistics.RequireActionUnitWeights();
        });
        Table.Write($"reading labels of {count} rows, statistics and weights", $"{seconds:F2} s");
        return annotations;
    }

    private static void Plan(AnnotationSet annotations)
    {
        RandomKey key = RandomKey.FromSeed(1);
        double shuffled = Seconds(() => new ShuffleSampler().Sample(annotations, key));
        double balanced = Seconds(() => new ClassBalancedSampler().Sample(annotations, key));
        Table.Write($"the order of an epoch", $"{shuffled * 1000:F0} ms; {balanced * 1000:F0} ms with resampled classes");
    }

    private void Batches(FormattableString work, TrainingData data, int[] order)
    {
        BatchImages views = new(data, TrainingViews.Of(ViewPreset.Published), new(Mean, Deviation), _device);
        long read = ProcessCounters.BytesRead();
        double seconds = Seconds(() =>
        {
            for (int i = 0; i < order.Length; i += batch)
            {
                int[] rows = order[i..(i + batch)];
                long[] strong =
                [
                    .. Enumerable.Range(0, rows.Length).Where(place => data.Annotations[rows[place]].Expression is null)
                        .Select(place => (long)place),
                ];
                using torch.Tensor input = views.Build(rows, strong, RandomKey.FromSeed(i));
            }
        });
        read = ProcessCounters.BytesRead() - read;
        Table.Write(
            work,
            $"{order.Length / seconds:F0} rows a second; {read / Mega / seconds:F0} MB a second from the disk, {read / Giga:F2} GB in all");
    }

    private async Task FirstStepsAsync(AffectDataset dataset, string cache, int steps, CancellationToken cancellation)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        List<double> times = [];
        Stopwatch clock = Stopwatch.StartNew();
        MultiTaskTrainer trainer = MultiTaskTrainer.CreateBuilder()
            .UseRecipe(TrainingRecipe.Published)
            .UseDevice(ComputeDevice.Cpu)
            .UseImageCache(cache)
            .Configure(options => (options.ImageSize, options.BatchSize, options.ProgressEvery) = (size, batch, 1))
            .Configure(options => options.Precision = TrainingPrecision.Full)
            .Build();
        try
        {
            (await trainer.FitAsync(dataset, null, new Steps(Taken), stop.Token)).Dispose();
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            Table.Write($"from the start of the fit to the end of its first step, ResNet-18, float32", $"{times[0]:F1} s");
            double each = (times[^1] - times[0]) / (times.Count - 1);
            Table.Write($"steps after it", $"{batch / each:F1} rows a second");
        }

        void Taken()
        {
            times.Add(clock.Elapsed.TotalSeconds);
            if (times.Count == steps)
            {
                stop.Cancel();
            }
        }
    }

    private TrainingData Load(AffectDataset dataset, ImageCacheOptions options) => TrainingData.Load(
        dataset, [], options, _device, DeviceImageBudget.For(_device, null), null, CancellationToken.None);

    private static double Seconds(Action action) => Paired.Time(action) / 1000;

    private sealed class Steps(Action taken) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value is StepProgress)
            {
                taken();
            }
        }
    }
}
