using System.Diagnostics;
using System.Globalization;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.Tests.Training;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Kit;

/// <summary>A few steps of each recipe and variant with their own networks: finite losses, and no wait of the host in a step.</summary>
internal static class ShortTrainings
{
    // The first steps allocate, choose algorithms and see shapes for the first time.
    private const int WarmUp = 3;
    private const int Measured = 3;

    /// <returns>0 when all losses were finite and no step waited, else 1.</returns>
    public static int Run(string device, int batch, int size, string? onlyRecipe, TextWriter output)
    {
        bool failed = false;
        output.WriteLine(
            $"{device}, batch {batch}, {size} px; {WarmUp} steps, then {Measured}: queued when the host was done, done when the device " +
                "was.");
        output.WriteLine("| recipe | variant | total loss | queued, ms a step | done, ms a step | waits |");
        output.WriteLine("|---|---|---|---|---|---|");
        foreach (TrainingRecipe recipe in onlyRecipe is null ? TrainingRecipe.All : [TrainingRecipe.Parse(onlyRecipe)])
        {
            foreach (SsMfarVariant variant in SsMfarVariant.All)
            {
                Result result = Train(recipe, variant, device, batch, size);
                failed |= result.Failed;
                output.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {recipe.Name} | {variant.Name} | {result.Loss:F4} | {result.Queued:F2} | {result.Done:F2} | {result.Waits} |"));
                output.Flush();
            }
        }

        return failed ? 1 : 0;
    }

    private static Result Train(TrainingRecipe recipe, SsMfarVariant variant, string device, int batch, int size)
    {
        MultiTaskTrainer trainer = MultiTaskTrainer.CreateBuilder()
            .UseRecipe(recipe)
            .UseVariant(Tiny.WithoutPretraining(variant))
            .UseDevice(ComputeDevice.Parse(device))
            .Configure(options =>
            {
                options.BatchSize = batch;
                options.ImageSize = size;
            })
            .Build();
        using var steps = new RunSteps(trainer, TinyFaces.Dataset(Math.Max(48, 2 * batch)));
        for (int i = 0; i < WarmUp; i++)
        {
            steps.Take();
        }

        bool finite = steps.Losses().Values.All(double.IsFinite);
        long start = Stopwatch.GetTimestamp();
        string waits;
        using (HostWaits? forbidden = HostWaits.Forbid())
        {
            waits = forbidden is null ? "not counted" : "none";
            try
            {
                for (int i = 0; i < Measured; i++)
                {
                    steps.Take();
                }
            }
            catch (System.Runtime.InteropServices.ExternalException wait) when (forbidden is not null)
            {
                waits = $"{wait.Message.Split('\n')[0]} {Place(wait)}";
            }
        }

        double queued = Stopwatch.GetElapsedTime(start).TotalMilliseconds / Measured;
        if (torch.device(device).type == DeviceType.CUDA)
        {
            torch.cuda.synchronize();
        }

        double done = Stopwatch.GetElapsedTime(start).TotalMilliseconds / Measured;
        double total = steps.Losses()["total"] / Measured;
        return new(total, queued, done, waits, !finite || !double.IsFinite(total) || waits is not ("none" or "not counted"));
    }

    // Where in this library the wait is.
    private static string Place(Exception wait) =>
        wait.StackTrace?.Split('\n').Select(line => line.Trim())
            .FirstOrDefault(line => line.StartsWith("at SsMfar.", StringComparison.Ordinal)) ?? "";

    private sealed record Result(double Loss, double Queued, double Done, string Waits, bool Failed);
}
