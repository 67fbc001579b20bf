using System.CommandLine;
using SsMfar.Benchmarks.Measurement;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Benchmarks.Merging;

/// <summary><c>merged</c>: one model of three sets that have one kind of label each, beside a model of each set alone.</summary>
internal static class MergedCommand
{
    public static Command Create()
    {
        Command command = new("merged", "One model of three merged sets beside one of each set alone, on drawn faces");
        foreach (Option option in MergedOptions.All)
        {
            command.Add(option);
        }

        command.SetAction((parsed, cancellationToken) =>
        {
            MeasurementOptions measurement = MeasurementOptions.Of(parsed);
            TorchRuntime.Initialize();
            torch.set_num_threads(measurement.Threads);
            return MergedMeasure.RunAsync(MergedOptions.Of(parsed, measurement.Device), cancellationToken);
        });
        return command;
    }
}
