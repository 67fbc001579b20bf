using System.Collections.Immutable;
using SsMfar.Runtime;
using SsMfar.Tests.Losses;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Training;

/// <summary>Steps of whole runs on every device: what they draw, what they compute, and where it lives.</summary>
public sealed class StepTests
{
    private const int Steps = 3;

    public static TheoryData<string, string> Cases =>
        PresentDevices.With(["paper", "published", "recommended", "agreement", "mixup", "teacher"]);

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_losses_of_three_steps_are_the_CPUs_to_1e_4(string device, string kind)
    {
        ImmutableSortedDictionary<string, double>[] expected = Losses("cpu", kind), actual = Losses(device, kind);
        for (int step = 0; step < Steps; step++)
        {
            actual[step].Keys.Should().Equal(expected[step].Keys);
            foreach ((string term, double value) in expected[step])
            {
                // On the CPU both are the same run. Of losses above 1, of their size.
                new[] { actual[step][term] }.ShouldBeClose([value], device == "cpu" ? 0 : 1e-4, $"{term} of step {step + 1}");
            }
        }

        expected.Select(losses => losses["total"]).Should().OnlyHaveUniqueItems("a step that changes nothing would agree with anything");
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Everything_that_learns_lives_on_the_device_and_moves(string device, string kind)
    {
        MultiTaskTrainer trainer = Trainer(device, kind);
        using var steps = new RunSteps(trainer, TinyFaces.Dataset(40));
        TrainingState state = steps.Run.State;
        Dictionary<string, byte[]> before = Tiny.Weights(state.Model);
        for (int step = 0; step < Steps; step++)
        {
            steps.Take();
        }

        DeviceType type = torch.device(device).type;
        IEnumerable<torch.Tensor> tensors = state.Model.state_dict().Values
            .Concat(state.AveragedModel?.state_dict().Values.AsEnumerable() ?? [])
            .Concat(state.Optimizer.State().Select(entry => entry.Value))
            .Concat(state.Policies.Values.SelectMany(policy => policy.SaveState().Values));
        tensors.Should().OnlyContain(tensor => tensor.device_type == type);
        Dictionary<string, byte[]> after = Tiny.Weights(state.Model);
        state.Model.named_parameters().Select(named => named.name).Where(name => after[name].AsSpan().SequenceEqual(before[name])).Should()
            .BeEmpty();
        steps.Losses().Values.Should().OnlyContain(loss => double.IsFinite(loss));
    }

    private static ImmutableSortedDictionary<string, double>[] Losses(string device, string kind)
    {
        MultiTaskTrainer trainer = Trainer(device, kind);
        using var steps = new RunSteps(trainer, TinyFaces.Dataset(40));
        return [.. Enumerable.Range(0, Steps).Select(_ =>
        {
            steps.Take();
            return steps.Losses();
        })];
    }

    // Small steps, for rounding grows with them: the first come to where gradients are largest.
    private static MultiTaskTrainer Trainer(string device, string kind) => Tiny.Builder()
        .UseRecipe(TrainingRecipe.All.FirstOrDefault(recipe => recipe.Name == kind) ?? TrainingRecipe.Recommended)
        .UseVariant(kind == "agreement" ? Tiny.WithoutPretraining(SsMfarVariant.SspMfarStrongAgreement) : SsMfarVariant.SsMfar)
        .UseDevice(ComputeDevice.Parse(device))
        .AllowUnusedOptions(kind == "agreement")
        .Configure(Tiny.Small)
        .Configure(options =>
        {
            options.Precision = TrainingPrecision.Full;
            options.Optimizer.BackboneLearningRate = 1e-4;
            options.Optimizer.HeadLearningRate = 1e-4;
            options.Mixup = new() { Alpha = kind == "mixup" ? 0.4 : null };
            options.SemiSupervision.Teacher = kind == "teacher" ? PseudoLabelTeacher.Average : PseudoLabelTeacher.Model;
            options.SemiSupervision.Threshold.Start = 0.2;
        })
        .Build();
}
