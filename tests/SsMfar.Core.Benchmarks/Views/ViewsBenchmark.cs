using System.Globalization;
using SsMfar.Benchmarks.Measurement;
using SsMfar.Benchmarks.Training;
using SsMfar.Data;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.RenderedFaces;
using SsMfar.Runtime;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Benchmarks.Views;

/// <summary>
/// What a step does before its forward pass: gather pixels, weak views of all rows, strong views of 36%, normalise. The peer makes the same
/// views of images that PIL has decoded already. Also as a share of the training step that follows it.
/// </summary>
internal static class ViewsBenchmark
{
    private const int Images = 256;

    // Enough for the just-in-time compiler to have done before the first turn what it does in the first steps of a training.
    private const int Repetitions = 20;
    private const int StepRepetitions = 2;
    private const double StrongShare = 0.36;

    private static readonly float[] Mean = [0.485f, 0.456f, 0.406f];
    private static readonly float[] Deviation = [0.229f, 0.224f, 0.225f];

    public static void Run(MeasurementOptions options)
    {
        int batch = options.Batch ?? 32;
        int size = options.Size ?? 112;
        int strong = (int)Math.Round(batch * StrongShare);
        torch.Device device = new(options.Device);
        using TemporaryFolder folder = new();

        // Drawn in their final size, so that torchvision has nothing to resize: ours were resized when the cache was built.
        (AnnotationSet rows, _) = RenderedFaceSet.Write(
            folder.Path,
            new() { TrainingCount = Math.Max(Images, batch), ValidationCount = 0, Size = size });
        using TrainingData data = TrainingData.Load(
            new(rows, folder.Path),
            [],
            new() { Width = size, Height = size },
            device,
            DeviceImageBudget.For(device, null),
            null,
            CancellationToken.None);
        BatchImages views = new(data, TrainingViews.Of(ViewPreset.Published), new(Mean, Deviation), device);
        RandomKey root = RandomKey.FromSeed(1);
        int calls = 0;
        double Ours(int repetitions) => Paired.Time(() =>
        {
            for (int i = 0; i < repetitions; i++)
            {
                using DisposeScope scope = torch.NewDisposeScope();
                torch.Tensor images = Build(views, root.Fold(calls++), data.Count, batch, strong);
                if (i == repetitions - 1)
                {
                    images[0, 0, 0, 0].item<float>();
                }
            }
        });

        using (PythonPeer peer = PythonPeer.Start(
            options, "views", folder.Path, Text(size), Text(batch), Text(strong)))
        {
            Table.Write(
                $"building a batch of {batch} with {strong} strong views, {size} px, {options.Device}",
                Paired.Run(options.Rounds, Repetitions, Ours, peer.Run));
        }

        using StepCase step = new(batch, size, device, ComputePrecision.Full);
        PairedResult share = Paired.Run(options.Rounds, StepRepetitions, Ours, step.Time);
        Table.Write(
            $"the same beside our float32 training step",
            $"{share.Ours:F1} ms",
            $"{share.Peer:F1} ms (the step)",
            $"{1 / share.Ratio:P1}");
    }

    private static torch.Tensor Build(BatchImages images, RandomKey key, int rows, int batch, int strong)
    {
        int start = (int)(key.Value % (ulong)(rows - batch + 1));
        long[] strongRows = [.. Enumerable.Range(0, strong).Select(i => (long)i * batch / strong)];
        return images.Build([.. Enumerable.Range(start, batch)], strongRows, key);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
