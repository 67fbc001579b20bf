using System.Diagnostics.Metrics;

namespace SsMfar.Training;

/// <summary>
/// What every run reports to whoever listens, such as a collector of OpenTelemetry. Costs next to nothing where nobody does.
/// </summary>
internal static class TrainingMeter
{
    public const string Name = "SsMfar.Training";

    private static readonly Meter Meter = new(Name);

    private static readonly Histogram<double> StepDuration = Meter.CreateHistogram<double>(
        "ssmfar.training.step.duration", "s", "From a step's rows to its change of the weights; on a GPU, to when that is queued.");

    private static readonly Histogram<double> Queue = Meter.CreateHistogram<double>(
        "ssmfar.training.queue.duration",
        "s",
        "Between two steps: reports, checkpoints and whoever listens; the device may idle meanwhile.");

    private static readonly Gauge<long> Memory = Meter.CreateGauge<long>(
        "ssmfar.training.memory", "By", "The process's memory after an epoch: all of it that is in use, and what .NET manages of that.");

    private static readonly Counter<long> Images = Meter.CreateCounter<long>(
        "ssmfar.training.images", "{image}", "Rows that were learned from; their rate is the pace.");

    private static readonly Counter<long> Epochs = Meter.CreateCounter<long>("ssmfar.training.epochs", "{epoch}", "Epochs that ended.");

    private static readonly Gauge<double> Loss = Meter.CreateGauge<double>(
        "ssmfar.training.loss", "1", "The mean of each loss term over the epoch's steps so far.");

    private static readonly Gauge<double> Score = Meter.CreateGauge<double>(
        "ssmfar.training.score", "1", "The score on the validation set after the last epoch.");

    /// <summary>A step was taken.</summary>
    public static void Step(TimeSpan duration, int rows)
    {
        StepDuration.Record(duration.TotalSeconds);
        Images.Add(rows);
    }

    /// <summary>A step begins, so long after the one before ended.</summary>
    public static void Waited(TimeSpan duration) => Queue.Record(duration.TotalSeconds);

    /// <summary>Something was reported.</summary>
    public static void Report(TrainingProgress progress)
    {
        switch (progress)
        {
            case StepProgress step when Loss.Enabled:
                foreach ((string term, double value) in step.Losses)
                {
                    Loss.Record(value, new KeyValuePair<string, object?>("term", term));
                }

                break;
            case EpochProgress epoch:
                Epochs.Add(1);
                ReportMemory();
                if (epoch.Result.Evaluation?.Score is { } score)
                {
                    Score.Record(score);
                }

                break;
        }
    }

    private static void ReportMemory()
    {
        if (Memory.Enabled)
        {
            Memory.Record(Environment.WorkingSet, new KeyValuePair<string, object?>("kind", "process"));
            Memory.Record(GC.GetTotalMemory(forceFullCollection: false), new KeyValuePair<string, object?>("kind", "managed"));
        }
    }
}
