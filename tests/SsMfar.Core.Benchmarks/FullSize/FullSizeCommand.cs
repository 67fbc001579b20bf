using System.CommandLine;
using SsMfar.Benchmarks.Measurement;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Benchmarks.FullSize;

/// <summary>
/// <c>full-size</c>: what comes before a step's forward pass at the real number of images: labels, cache, plan of an epoch, and batches
/// with
/// views, the cache's file once not in memory and once as far in memory as it fits; then the trainer's first steps. Linux alone.
/// </summary>
internal static class FullSizeCommand
{
    public static Command Create()
    {
        Option<int> rows = Number("--rows", "Images of the set", 142_382);
        Option<int> size = Number("--size", "Pixels a side", 112);
        Option<int> batch = Number("--batch", "Images in a batch", 64);
        Option<int> batches = Number("--batches", "Batches that are built, each time", 300);
        Option<int> steps = Number("--steps", "Steps of the training, the first among them", 12);
        Command command = new("full-size", "Labels, cache, plan and batches of as many images as s-Aff-Wild2 has")
        {
            rows, size, batch, batches, steps,
        };
        command.SetAction((parsed, cancellation) =>
        {
            MeasurementOptions options = MeasurementOptions.Of(parsed);
            TorchRuntime.Initialize();
            torch.set_num_threads(options.Threads);
            Table.WriteHeading(options);
            return new FullSizeMeasure(parsed.GetValue(size), parsed.GetValue(batch), parsed.GetValue(batches))
                .RunAsync(parsed.GetValue(rows), parsed.GetValue(steps), cancellation);
        });
        return command;
    }

    private static Option<int> Number(string name, string description, int fallback) =>
        new(name) { HelpName = "N", Description = description, DefaultValueFactory = _ => fallback };
}
