using SsMfar.Benchmarks.Auditing;
using SsMfar.Benchmarks.Data;
using SsMfar.Benchmarks.FullSize;
using SsMfar.Benchmarks.Imaging;
using SsMfar.Benchmarks.Inference;
using SsMfar.Benchmarks.Measurement;
using SsMfar.Benchmarks.Merging;
using SsMfar.Benchmarks.Metrics;
using SsMfar.Benchmarks.Photographs;
using SsMfar.Benchmarks.Runtime;
using SsMfar.Benchmarks.Serving;
using SsMfar.Benchmarks.Training;
using SsMfar.Benchmarks.Videos;
using SsMfar.Benchmarks.Views;
using SsMfar.Benchmarks.Weights;
using SsMfar.Benchmarks.Workers;

// A process that measures its own start must not begin with anything else.
if (args is [StartBenchmark.Probe])
{
    StartBenchmark.RunProbe();
    return 0;
}

// Each measurement is a command of its own. Without a command those of the first list run, each in a process of its own, as one table.
return await BenchmarkProgram.RunAsync(
    args,
    [
        new("step", "A full training step against PyTorch's.", StepBenchmark.Run),
        new("epoch", "An epoch over faces against the published pipeline in PyTorch.", EpochBenchmark.Run),
        new("views", "Building a batch from the image cache against torchvision and PIL.", ViewsBenchmark.Run),
        new("decode", "The first decoding of images against PIL's.", DecodeBenchmark.Run),
        new("forward", "An evaluation pass against PyTorch's.", ForwardBenchmark.Run),
        new("parse", "Parsing an annotation file of s-Aff-Wild2's size, importing a table of 450,000 rows.", ParseBenchmark.Run),
        new("score", "Scoring a million predictions.", ScoreBenchmark.Run),
        new("steady", "What a training step leaves to the garbage collector.", SteadyBenchmark.Run),
        new("start", "From the start of a process to its first tensor.", StartBenchmark.Run),
    ],
    [
        FirstPredictionCommand.Create(MeasurementOptions.PythonOption, MeasurementOptions.ThreadsOption),
        LatencyCommand.Create(MeasurementOptions.PythonOption, MeasurementOptions.ThreadsOption),
        OverheadCommand.Create(MeasurementOptions.ThreadsOption),
        PredictorCommand.Create(MeasurementOptions.ThreadsOption),
        AgreementCommand.Create(),
        PrecisionCommand.Create(),
        PublishedSizeCommand.Create(),
        WeightsCommand.Create(),
        PhotographsCommand.Create(),
        VideoCommand.Create(),
        MergedCommand.Create(),
        AuditCommand.Create(),
        WatchingCommand.Create(),
        FullSizeCommand.Create(),
        KilledWorkersCommand.Create(),
        KilledRanksCommand.Create(),
        RanksCommand.Create(),
        RankStepsCommand.Create(),
        RankWireCommand.Create(),
        ServeCommand.Create(),
        HostileServiceCommand.Create(),
    ]);
