using System.Text.Json;
using SsMfar.Benchmarks.Measurement;
using SsMfar.Benchmarks.Peers;
using SsMfar.Kernels;
using SsMfar.Kernels.Native;
using SsMfar.Models;
using SsMfar.Runtime;

namespace SsMfar.Benchmarks.Training;

/// <summary>A full SS-MFAR training step from normalised views, against the same step in PyTorch, and by TorchSharp alone.</summary>
internal static class StepBenchmark
{
    private const int Repetitions = 3;
    private const double Tolerance = 2e-3;

    // Adam divides by the root of squared gradients, so that rounding of the smallest gradients shows in the weights of the next step.
    private const double LaterTolerance = 2e-2;

    public static void Run(MeasurementOptions options)
    {
        ComputePrecision[] precisions = options.Precision is { } one
            ? [one]
            : BFloat16Support.IsInHardware(new(options.Device)) ?
                [ComputePrecision.Full, ComputePrecision.BFloat16] :
                [ComputePrecision.Full];
        foreach (ComputePrecision precision in precisions)
        {
            Run(options, options.Batch ?? 32, options.Size ?? 112, precision);
        }
    }

    private static void Run(MeasurementOptions options, int batch, int size, ComputePrecision precision)
    {
        if (options.Device == "cpu")
        {
            // As a trainer does before its first step.
            TorchRuntime.RetainFreedMemoryForTraining();
        }

        using TemporaryFolder folder = new();
        using StepCase ours = new(batch, size, new(options.Device), precision);
        ours.WriteTo(folder["step.safetensors"]);
        using PythonPeer peer = PythonPeer.Start(options, "step", folder["step.safetensors"], options.Device);
        JsonElement[] losses = [.. peer.Ready.GetProperty("losses").EnumerateArray()];

        // Both sides start from the same weights and images. The losses of later steps say that gradients and optimizer agree as well.
        double scale = precision == ComputePrecision.Full && options.Device == "cpu" ? 1 : 20;
        double[] differences = [.. losses.Select((step, i) =>
            Agreement.Check($"losses of step {i + 1}", ours.Step(readLosses: true)!, step, scale * (i == 0 ? Tolerance : LaterTolerance)))];
        string agreement = string.Join(", ", differences.Select(d => d.ToString("E1")));
        (JsonElement torch, JsonElement adam) = (peer.Ready.GetProperty("torch"), peer.Ready.GetProperty("optimizer"));
        Table.Note($"PyTorch {torch}, Adam {adam}; the losses of {losses.Length} steps agree to {agreement}");

        FormattableString work = $"training step, ResNet-18, {size} px, batch {batch}, 36% unlabelled, {precision}, {options.Device}";
        if (precision != ComputePrecision.Full)
        {
            Table.Write(work, Paired.Run(options.Rounds, Repetitions, ours.Time, peer.Run));
            return;
        }

        using RawTorchSharp raw = new(ours.Shared, new(options.Device));
        for (int i = 0; i < losses.Length; i++)
        {
            Agreement.Check($"TorchSharp's total loss of step {i + 1}", raw.Step(readLoss: true)!.Value,
                losses[i].GetProperty("total").GetDouble(), scale * (i == 0 ? Tolerance : LaterTolerance));
        }

        Table.Write(work, Paired.Run(options.Rounds, Repetitions, ours.Time, peer.Run, raw.Time));
    }
}
