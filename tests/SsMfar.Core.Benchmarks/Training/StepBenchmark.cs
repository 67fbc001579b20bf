using System.Globalization;
using System.Text.Json;
using SsMfar.Benchmarks.Measurement;
using SsMfar.Models;
using TorchSharp;

namespace SsMfar.Benchmarks.Training;

/// <summary>A full SS-MFAR training step from normalised views, against the same step in PyTorch.</summary>
internal static class StepBenchmark
{
    private const double Tolerance = 2e-3;

    public static void Run(MeasurementOptions options, int batch, int size, ComputePrecision precision)
    {
        string file = Path.Combine(Path.GetTempPath(), $"ssmfar-step-{Guid.NewGuid():N}.safetensors");
        try
        {
            using StepCase ours = new(batch, size, new(options.Device), precision);
            ours.WriteTo(file);
            using PythonPeer peer = PythonPeer.Start(options, "step", file, options.Device);
            string agreement = Compare(ours.Step(readLosses: true)!, peer.Ready.GetProperty("losses"), precision);
            Console.Error.WriteLine($"PyTorch {peer.Ready.GetProperty("torch")}, Adam {peer.Ready.GetProperty("optimizer")}; {agreement}");
            for (int i = 0; i < 3; i++)
            {
                ours.Step();
            }

            PairedResult result = Paired.Run(
                options.Rounds,
                3,
                n => Paired.Time(() =>
                {
                    for (int i = 0; i < n; i++)
                    {
                        ours.Step(readLosses: i == n - 1);
                    }
                }),
                peer.Run);
            Table.Write(string.Create(CultureInfo.InvariantCulture, $"training step, ResNet-18, {size} px, batch {batch}, {precision}, {options.Device}"), result);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Both sides start from the same weights and images, so the first losses must agree before any time means something.</summary>
    private static string Compare(Dictionary<string, double> ours, JsonElement peer, ComputePrecision precision)
    {
        double worst = peer.EnumerateObject().Max(loss => Math.Abs(ours[loss.Name] - loss.Value.GetDouble()) / Math.Max(1, Math.Abs(loss.Value.GetDouble())));
        double tolerance = precision == ComputePrecision.Full ? Tolerance : 20 * Tolerance;
        return worst <= tolerance
            ? string.Create(CultureInfo.InvariantCulture, $"losses agree to {worst:E1}")
            : throw new InvalidOperationException($"The two sides compute different losses: ours {JsonSerializer.Serialize(ours)}, the peer's {peer}.");
    }
}
