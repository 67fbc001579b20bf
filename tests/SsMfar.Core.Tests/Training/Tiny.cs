using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Training;

/// <summary>Trainers that take a second, and what tests compare of their results.</summary>
internal static class Tiny
{
    /// <summary>A builder on the CPU with the small backbone: batches of 16 at 32 pixels, two epochs, progress at every step.</summary>
    public static MultiTaskTrainerBuilder Builder(Action<TrainingOptions>? configure = null) => MultiTaskTrainer.CreateBuilder()
        .UseBackbone(TinyBackbone.Factory)
        .UseDevice(ComputeDevice.Cpu)
        .Configure(Small)
        .Configure(configure ?? (_ => { }));

    /// <summary>A variant without the weights that it is about.</summary>
    public static SsMfarVariant WithoutPretraining(SsMfarVariant variant) =>
        new(variant.Name, variant.Apply) { FromScratch = variant.FromScratch, Backbone = variant.Backbone };

    public static void Small(TrainingOptions options)
    {
        options.ImageSize = 32;
        options.BatchSize = 16;
        options.Epochs = 2;
        options.ProgressEvery = 1;
        options.Heads.HiddenWidth = 8;
    }

    /// <summary>Every parameter and buffer, bit for bit.</summary>
    /// <param name="module">A model or a part of one.</param>
    /// <param name="prefix">What stands before each name.</param>
    public static Dictionary<string, byte[]> Weights(torch.nn.Module module, string prefix = "")
    {
        var weights = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach ((string name, torch.Tensor tensor) in module.state_dict())
        {
            using DisposeScope scope = torch.NewDisposeScope();
            weights[prefix + name] = tensor.detach().cpu().contiguous().bytes.ToArray();
        }

        return weights;
    }

    /// <summary>Asserts that two runs came to the same end by the same way, clocks aside.</summary>
    public static void ShouldEqual(TrainingResult actual, TrainingResult expected)
    {
        Dictionary<string, byte[]> expectedWeights = Weights(expected.Model);
        Dictionary<string, byte[]> actualWeights = Weights(actual.Model);
        actualWeights.Keys.Should().BeEquivalentTo(expectedWeights.Keys);
        string[] different = [.. expectedWeights.Keys.Where(name => !expectedWeights[name].AsSpan().SequenceEqual(actualWeights[name]))];
        different.Should().BeEmpty("every weight is the same bit for bit");
        actual.BestEpoch.Should().Be(expected.BestEpoch);
        actual.BestScore.Should().Be(expected.BestScore);
        actual.History.Select(WithoutClock).Should().Equal(expected.History.Select(WithoutClock));
    }

    // Text, so that every number is compared to its last digit.
    private static string WithoutClock(EpochResult epoch) =>
        System.Text.Json.JsonSerializer.Serialize(new { epoch.Epoch, epoch.Losses, epoch.Evaluation, epoch.Policy });
}

/// <summary>Keeps what is reported, on the reporting thread, and lets a test act on it.</summary>
internal sealed class ProgressRecorder(Action<TrainingProgress>? act = null) : IProgress<TrainingProgress>
{
    private readonly List<TrainingProgress> _reports = [];

    public IReadOnlyList<TrainingProgress> Reports => _reports;

    public IEnumerable<StepProgress> Steps => _reports.OfType<StepProgress>();

    public void Report(TrainingProgress value)
    {
        _reports.Add(value);
        act?.Invoke(value);
    }
}
