using System.Diagnostics;
using System.Globalization;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.SemiSupervised;
using SsMfar.Tests.Training;
using SsMfar.Training;
using TorchSharp;

// training-worker run FOLDER MODEL: starts or resumes a run whose checkpoints are in FOLDER and writes its model to MODEL.
// training-worker retention predict|train|forbidden|asked|later: what the process does with freed memory before and after (Retention).
// training-worker log: trains an epoch and prints what the library logs, a line "ID MESSAGE" each.
// training-worker memory STEPS: takes STEPS steps and prints a line every 100: steps, resident megabytes (median of the 100), live tensors.
if (args is ["retention", var manner])
{
    return await Retention.RunAsync(manner);
}

TorchRuntime.Initialize();
switch (args)
{
    case ["run", var folder, var model]:
        await RunAsync(folder, model);
        return 0;
    case ["log"]:
        await LoggedAsync();
        return 0;
    case ["memory", var steps]:
        await WatchMemoryAsync(int.Parse(steps, CultureInfo.InvariantCulture));
        return 0;
    default:
        await Console.Error.WriteLineAsync("training-worker run FOLDER MODEL | log | retention MANNER | memory STEPS");
        return 2;
}

static async Task RunAsync(string folder, string model)
{
    MultiTaskTrainer trainer = MultiTaskTrainer.CreateBuilder()
        .UseVariant(SsMfarVariant.SsMfarResampled)
        .UseBackbone(TinyBackbone.Factory)
        .UseDevice(ComputeDevice.Cpu)
        .Configure(options =>
        {
            options.ImageSize = 32;
            options.BatchSize = 16;
            options.AccumulationSteps = 2;
            options.Epochs = 12;
            options.SemiSupervision.Threshold.Update = ThresholdUpdate.PreviousStep;
            options.SemiSupervision.Threshold.Start = 0.2;
            options.SemiSupervision.Threshold.Floor = 0.1;
        })
        .UseCheckpoints(folder, CheckpointMode.ResumeIfPresent)
        .Build();
    using TrainingResult result = await trainer.FitAsync(TinyFaces.Dataset(128), TinyFaces.Dataset(64, seed: 2));
    result.SaveModel(model);
}

static async Task LoggedAsync()
{
    MultiTaskTrainer trainer = MultiTaskTrainer.CreateBuilder()
        .UseBackbone(BackboneFactory.ResNet18)
        .UseDevice(ComputeDevice.Cpu)
        .UseLogging(new ConsoleLogs())
        .Configure(options =>
        {
            options.ImageSize = 32;
            options.BatchSize = 16;
            options.Epochs = 1;
        })
        .Build();
    (await trainer.FitAsync(TinyFaces.Dataset(16), TinyFaces.Dataset(16, seed: 2))).Dispose();
}

static async Task WatchMemoryAsync(int steps)
{
    const int Rows = 160;
    const int BatchSize = 16;
    const int StepsAnEpoch = Rows / BatchSize;
    MultiTaskTrainer trainer = MultiTaskTrainer.CreateBuilder()
        .UseBackbone(TinyBackbone.Factory)
        .UseDevice(ComputeDevice.Cpu)
        .Configure(options =>
        {
            options.ImageSize = 32;
            options.BatchSize = BatchSize;
            options.Epochs = steps / StepsAnEpoch;
            options.ProgressEvery = 1;
        })
        .Build();
    (await trainer.FitAsync(TinyFaces.Dataset(Rows), TinyFaces.Dataset(32, seed: 2), new MemoryWatch())).Dispose();
}

/// <summary>Reads the process's size after every step, on the training thread, whose tensors are counted.</summary>
internal sealed class MemoryWatch : IProgress<TrainingProgress>
{
    private const int Window = 100;

    private readonly List<long> _resident = [];
    private int _steps;

    public void Report(TrainingProgress value)
    {
        if (value is not StepProgress)
        {
            return;
        }

        using var process = Process.GetCurrentProcess();
        _resident.Add(process.WorkingSet64);
        if (++_steps % Window == 0)
        {
            double median = _resident.Order().ElementAt(Window / 2) / 1e6;
            long live = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{_steps} {median:F1} {live}"));
            _resident.Clear();
        }
    }
}
