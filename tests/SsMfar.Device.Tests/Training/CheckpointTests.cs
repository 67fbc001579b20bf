using Microsoft.Extensions.Logging.Abstractions;
using SsMfar.Data;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.SemiSupervised;
using SsMfar.Tests.Losses;
using SsMfar.Tests.Models;
using SsMfar.Training;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Tests.Training;

/// <summary>Checkpoints of runs on every device: what is loaded is what was saved, where it belongs, and a resumed run goes on.</summary>
public sealed class CheckpointTests
{
    private const int Epochs = 3;
    private static readonly AffectDataset Training = TinyFaces.Dataset(60);
    private static readonly AffectDataset Validation = TinyFaces.Dataset(40, seed: 2);

    [Theory]
    [MemberData(nameof(PresentDevices.All), MemberType = typeof(PresentDevices))]
    public async Task A_run_stopped_within_an_epoch_and_resumed_ends_as_one_never_stopped(string device)
    {
        using TrainingResult whole = await Builder(device).Build().FitAsync(Training, Validation);
        using var folder = new TemporaryFolder();
        using var stop = new CancellationTokenSource();
        var progress = new ProgressRecorder(report =>
        {
            if (report is StepProgress { Epoch: 2, Step: 1 })
            {
                stop.Cancel();
            }
        });
        MultiTaskTrainer interrupted = Builder(device).UseCheckpoints(folder.Path, CheckpointMode.ResumeIfPresent).Build();
        await interrupted.Awaiting(trainer => trainer.FitAsync(Training, Validation, progress, stop.Token)).Should()
            .ThrowAsync<OperationCanceledException>();

        using TrainingResult resumed = await Builder(device).UseCheckpoints(folder.Path, CheckpointMode.ResumeIfPresent).Build()
            .FitAsync(Training, Validation);

        if (device == "cpu")
        {
            Tiny.ShouldEqual(resumed, whole);
            return;
        }

        // Some of libtorch's sums have no fixed order on CUDA.
        for (int epoch = 0; epoch < Epochs; epoch++)
        {
            foreach ((string term, double value) in whole.History[epoch].Losses)
            {
                resumed.History[epoch].Losses[term].Should().BeApproximately(value, 1e-2, $"{term} of epoch {epoch + 1}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(PresentDevices.All), MemberType = typeof(PresentDevices))]
    public async Task A_checkpoint_puts_every_number_back_on_the_device_bit_for_bit(string device)
    {
        using var folder = new TemporaryFolder();
        (await Builder(device).UseCheckpoints(folder.Path).Build().FitAsync(Training, Validation)).Dispose();
        MultiTaskTrainer trainer = Builder(device).UseCheckpoints(folder.Path, CheckpointMode.ResumeIfPresent).Build();
        using TrainingRun run = Create(trainer);

        TrainingPosition position = run.Resume();

        position.Epoch.Should().Be(Epochs + 1);
        Dictionary<string, torch.Tensor> loaded = Named(run.State).ToDictionary(entry => entry.Key, entry => entry.Value);
        using SafetensorsReader file =
            SafetensorsReader.Open(Path.Combine(folder.Path, Directory.GetFiles(folder.Path, "checkpoint*").Single()));
        file.Keys.Should().BeEquivalentTo(loaded.Keys);
        foreach ((string name, torch.Tensor tensor) in loaded)
        {
            using torch.Tensor saved = file.Read(name);
            tensor.device_type.Should().Be(torch.device(device).type, name);
            tensor.Host().Should().Equal(saved.Host(), name);
        }

        loaded.Where(entry => entry.Key.StartsWith("optimizer.second_moment.", StringComparison.Ordinal))
            .SelectMany(entry => entry.Value.Host()).Should().Contain(value => value > 0);
    }

    [Theory]
    [MemberData(nameof(PresentDevices.All), MemberType = typeof(PresentDevices))]
    public async Task A_model_trained_on_the_device_predicts_the_same_on_the_CPU(string device)
    {
        using var folder = new TemporaryFolder();
        using TrainingResult result = await Builder(device).Build().FitAsync(Training, Validation);
        result.Model.state_dict().Values.Should().OnlyContain(tensor => tensor.device_type == torch.device(device).type);
        result.SaveModel(folder.File("model.safetensors"));
        using LoadedModel loaded = ModelFile.Load(folder.File("model.safetensors"), TinyBackbone.Parts);
        using torch.Tensor images = Build.Images(5, 32);
        using torch.Tensor moved = images.to(torch.device(device));
        using TaskOutputs here = result.Model.call(moved), there = loaded.Model.call(images);
        foreach (string task in result.Model.TaskNames)
        {
            here[task].Host().ShouldBeClose(there[task].Host(), 1e-4, task);
        }
    }

    private static TrainingRun Create(MultiTaskTrainer trainer) =>
        new TrainingRunFactory(trainer.Configuration, NullLogger.Instance, null).Create(Training, Validation, CancellationToken.None);

    private static IEnumerable<KeyValuePair<string, torch.Tensor>> Named(TrainingState state)
    {
        IEnumerable<(string Prefix, IEnumerable<KeyValuePair<string, torch.Tensor>> Tensors)> parts =
        [
            ("model.", state.Model.state_dict()),
            ("average.", state.AveragedModel!.state_dict()),
            ("optimizer.", state.Optimizer.State()),
            ("policy.expression.", state.Policies[AffectTaskNames.Expression].SaveState()),
            ("balancing.", state.Balancing!.state_dict()),
        ];
        return parts.SelectMany(part => part.Tensors.Select(entry => KeyValuePair.Create(part.Prefix + entry.Key, entry.Value)));
    }

    // Everything that a checkpoint can hold.
    private static MultiTaskTrainerBuilder Builder(string device) => Tiny.Builder(options =>
    {
        options.Epochs = Epochs;
        options.AccumulationSteps = 2;
        options.GradientClipNorm = 2;
        options.Balancing.Kind = TaskBalancingKind.Uncertainty;
        options.SemiSupervision.Threshold.Update = ThresholdUpdate.EachEpoch;
        options.SemiSupervision.Threshold.Start = 0.2;
        options.SemiSupervision.Threshold.Floor = 0.1;
    }).UseDevice(ComputeDevice.Parse(device));
}
