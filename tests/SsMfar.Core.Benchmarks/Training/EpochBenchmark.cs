using System.Globalization;
using SsMfar.Benchmarks.Measurement;
using SsMfar.Data;
using SsMfar.Models;
using SsMfar.RenderedFaces;
using SsMfar.Runtime;
using SsMfar.Training;

namespace SsMfar.Benchmarks.Training;

/// <summary>
/// An epoch of the published recipe by the trainer, against the published pipeline in PyTorch: PIL decodes and augments every image anew,
/// strong views take a pass of their own, and all labelled rows pass once more when the epoch ends. Nothing is evaluated.
/// </summary>
internal static class EpochBenchmark
{
    // An epoch is long enough to need few turns, and no warm-up.
    private const int MaximumRounds = 3;
    private const int DrawnFaces = 960;

    public static void Run(MeasurementOptions options)
    {
        int batch = options.Batch ?? 32;
        int size = options.Size ?? 112;

        // The peer computes in bfloat16 on CUDA, in float32 elsewhere.
        TrainingPrecision precision = options.Precision switch
        {
            ComputePrecision.Full => TrainingPrecision.Full,
            ComputePrecision.BFloat16 => TrainingPrecision.BFloat16,
            _ => options.Device == "cpu" ? TrainingPrecision.Full : TrainingPrecision.Auto,
        };
        using TemporaryFolder drawn = new();
        string folder = options.Faces ?? Draw(drawn.Path, size);
        AffectDataset faces = AffectDataset.Load(Path.Combine(folder, RenderedFaceSet.TrainingFile), folder);
        using PythonPeer peer = PythonPeer.Start(
            options, "epoch", folder, size.ToString(CultureInfo.InvariantCulture), batch.ToString(CultureInfo.InvariantCulture), options
                .Device);
        Table.Note($"PyTorch {peer.Ready.GetProperty("torch")}; images by {peer.Ready.GetProperty("workers")} worker processes");

        int rounds = Math.Min(options.Rounds, MaximumRounds);
        var (epochs, fits, published) = (new double[rounds], new double[rounds], new double[rounds]);
        for (int round = 0; round < rounds; round++)
        {
            fits[round] = Paired.Time(() => epochs[round] = Fit(faces, options.Device, size, batch, precision) * 1000);
            published[round] = peer.Run(1);
        }

        string kind = options.Faces is null ? "drawn" : "real";
        FormattableString work = $"an epoch over {faces.Count} {kind} faces, {size} px, batch {batch}, {precision}, {options.Device}";
        Table.Write(work, PairedResult.Of(epochs, published));
        Table.Write(
            $"the same with all that comes once: first decode, making the model, keeping the best",
            PairedResult.Of(fits, published));
    }

    /// <returns>The seconds of the epoch alone.</returns>
    private static double Fit(AffectDataset faces, string device, int size, int batch, TrainingPrecision precision)
    {
        MultiTaskTrainer trainer = MultiTaskTrainer.CreateBuilder()
            .UseRecipe(TrainingRecipe.Published)
            .UseDevice(ComputeDevice.Parse(device))
            .Configure(training =>
            {
                training.Epochs = 1;
                training.BatchSize = batch;
                training.ImageSize = size;
                training.Precision = precision;
            })
            .Build();
        using TrainingResult result = trainer.FitAsync(faces).GetAwaiter().GetResult();
        return result.History[0].Seconds;
    }

    private static string Draw(string folder, int size)
    {
        RenderedFaceSet.Write(folder, new() { TrainingCount = DrawnFaces, ValidationCount = 0, Size = size });
        return folder;
    }
}
