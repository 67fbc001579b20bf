using System.Globalization;
using SsMfar.Kernels;
using SsMfar.Kernels.Native;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.Tests.Training;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Kit;

/// <summary>
/// What a training takes of a device at its highest. libtorch keeps what it allocated, so the driver's figure of free memory
/// (cuMemGetInfo), asked every few milliseconds from before the training on, misses no peak of the steps; it counts CUDA's own context,
/// and other processes, too. On the CPU it is the process's highest resident memory.
/// </summary>
internal static class PeakMemory
{
    private const int Steps = 4;
    private const double Mebi = 1 << 20;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(5);

    /// <returns>0 when the training had finite losses, else 1.</returns>
    public static int Run(string device, int batch, int size, TextWriter output)
    {
        torch.Device where = torch.device(device);
        bool half = BFloat16Support.IsInHardware(where);
        TrainingPrecision[] precisions = half ? [TrainingPrecision.Full, TrainingPrecision.BFloat16] : [TrainingPrecision.Full];
        bool finite = true;
        output.WriteLine(
            $"{device}, recipe paper, ResNet-18, batch {batch}, {size} px, {Steps} steps; bfloat16 {(half ? "" : "not ")}in hardware");
        output.WriteLine("| precision | peak, MiB | by |");
        output.WriteLine("|---|---|---|");
        foreach (TrainingPrecision precision in precisions)
        {
            using var peak = new Watch(where);
            finite &= Train(device, batch, size, precision);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {precision} | {peak.Stop() / Mebi:F0} | {peak.Source} |"));
        }

        return finite ? 0 : 1;
    }

    private static bool Train(string device, int batch, int size, TrainingPrecision precision)
    {
        MultiTaskTrainer trainer = MultiTaskTrainer.CreateBuilder()
            .UseRecipe(TrainingRecipe.Paper)
            .UseDevice(ComputeDevice.Parse(device))
            .Configure(options =>
            {
                options.BatchSize = batch;
                options.ImageSize = size;
                options.Precision = precision;
            })
            .Build();
        using var steps = new RunSteps(trainer, TinyFaces.Dataset(Math.Max(48, 2 * batch)));
        for (int i = 0; i < Steps; i++)
        {
            steps.Take();
        }

        return steps.Losses().Values.All(double.IsFinite);
    }

    /// <summary>Asks on a thread of its own until it is stopped.</summary>
    private sealed class Watch : IDisposable
    {
        private readonly ManualResetEventSlim _stop = new();
        private readonly torch.Device _device;
        private readonly long? _before;
        private readonly Thread _thread;
        private long _least = long.MaxValue;

        public Watch(torch.Device device)
        {
            _device = device;
            _before = CudaDriver.FreeMemory(device);
            _thread = new(Ask) { IsBackground = true };
            _thread.Start();
        }

        public string Source => _before is null ? "the process's highest resident memory" : "cuMemGetInfo";

        public long Stop()
        {
            _stop.Set();
            _thread.Join();
            return _before is { } before ? before - _least : HighestResident();
        }

        public void Dispose()
        {
            _stop.Set();
            _thread.Join();
            _stop.Dispose();
        }

        private void Ask()
        {
            do
            {
                _least = Math.Min(_least, CudaDriver.FreeMemory(_device) ?? _least);
            }
            while (!_stop.Wait(Interval));
        }

        private static long HighestResident()
        {
            string line = File.ReadLines("/proc/self/status").First(text => text.StartsWith("VmHWM:", StringComparison.Ordinal));
            return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
        }
    }
}
