using System.Collections.Immutable;
using System.Text.Json;
using SsMfar.Data;
using SsMfar.Losses;
using SsMfar.Models;
using SsMfar.Tests.Losses;
using SsMfar.Tests.Models;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Training;

/// <summary>Three steps of the whole method in float32 on every device: against the reference's float64, and against the CPU.</summary>
public sealed class TrajectoryTests
{
    private const int Steps = 3;

    private const double ReferenceEpsilon = 1e-8;

    // Adam's first steps divide each gradient by its own size, so that float32's rounding of the smallest comes into the weights in full. A
    // larger epsilon keeps it out, and what is compared is devices, not rounding.
    private const double CalmEpsilon = 1e-3;

    public static TheoryData<string, bool> DevicesAndKernels => PresentDevices.With(KernelKinds.Fused);

    [Theory]
    [MemberData(nameof(DevicesAndKernels))]
    public void Three_float32_steps_follow_the_reference(string device, bool fused)
    {
        using JsonDocument golden = Golden();
        Dictionary<string, double>[] actual = Run(golden.RootElement, device, torch.ScalarType.Float32, fused, ReferenceEpsilon);
        JsonElement[] expected = [.. golden.RootElement.GetProperty("steps").EnumerateArray().Take(Steps)];
        for (int step = 0; step < Steps; step++)
        {
            foreach ((string term, string name) in new[]
            {
                ("total", "total"), ("expression", "expression"), ("action_units", "action_units"), ("valence_arousal", "valence_arousal"),
                ("expression.supervised", "supervised"), ("expression.unsupervised", "unsupervised"),
                ("expression.consistency", "consistency"),
            })
            {
                double loss = expected[step].GetProperty(name).GetDouble();
                Compare(actual[step][term], loss, step < 2 ? 1e-4 : 1e-3, $"{term} of step {step + 1}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(DevicesAndKernels))]
    public void The_losses_of_three_float32_steps_are_the_CPUs_to_1e_4_and_those_of_float64(string device, bool fused)
    {
        using JsonDocument golden = Golden();
        Dictionary<string, double>[] actual = Run(golden.RootElement, device, torch.ScalarType.Float32, fused, CalmEpsilon);
        Dictionary<string, double>[] processor = Run(golden.RootElement, "cpu", torch.ScalarType.Float32, fused, CalmEpsilon);
        Dictionary<string, double>[] exact = Run(golden.RootElement, "cpu", torch.ScalarType.Float64, fused, CalmEpsilon);
        for (int step = 0; step < Steps; step++)
        {
            foreach ((string term, double loss) in actual[step])
            {
                Compare(loss, processor[step][term], 1e-4, $"{term} of step {step + 1}");
                Compare(loss, exact[step][term], 1e-4, $"{term} of step {step + 1} in float64");
            }
        }

        exact.Select(losses => Math.Round(losses["total"], 2)).Should()
            .OnlyHaveUniqueItems("steps that change nothing would agree with anything");
    }

    private static JsonDocument Golden() =>
        JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", "trajectory.json")));

    // Of losses above 1, of their size.
    private static void Compare(double actual, double expected, double tolerance, string what) =>
        new[] { actual }.ShouldBeClose([expected], tolerance, what);

    private static Dictionary<string, double>[] Run(JsonElement root, string device, torch.ScalarType type, bool fused, double epsilon)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Device where = torch.device(device);
        using MultiTaskModel model = TrajectoryGoldenTests.Model();
        using (torch.no_grad())
        {
            ReferenceNetwork.Fill(model, root);
        }

        model.to(where, type);
        ChannelsLast.Apply(model);
        model.train();
        using MultiTaskObjective objective = TrajectoryGoldenTests.Objective(root);
        using var optimizer = new AdamOptimizer(
            ParameterRole.Of(model),
            new() { Kind = OptimizerKind.Adam, BackboneLearningRate = 1e-4, HeadLearningRate = 1e-3, WeightDecay = 0, Epsilon = epsilon },
            KernelKinds.Of(fused));
        LabelBatch labels = OnDevice(TrajectoryGoldenTests.Labels(root), where, type);
        int rows = root.GetProperty("batch").GetInt32();
        int size = root.GetProperty("size").GetInt32();
        long[] unlabelled = [.. root.GetProperty("expression_labels").EnumerateArray()
            .Select((label, row) => (Label: label.GetInt32(), Row: (long)row)).Where(entry => entry.Label < 0).Select(entry => entry.Row)];
        Dictionary<string, LossCounts> counts = labels.Tasks.ToDictionary(
            task => task.Key, task => new LossCounts((int)task.Value.Mask.Host().Sum(), unlabelled.Length));
        torch.Tensor strongRows = torch.tensor(unlabelled);
        var seen = new Dictionary<string, double>[Steps];
        for (int step = 0; step < Steps; step++)
        {
            torch.Tensor images = torch.cat([
                ReferenceNetwork.Images(rows, size, step),
                ReferenceNetwork.Images(rows, size, step + 0.5).index_select(0, strongRows)]).to(type);
            ObjectiveResult result = objective.Compute(
                model.call(ChannelsLast.Convert(images.to(where))), new(labels, strongRows.to(where), counts, step + 1, step));
            result.Total.backward();
            optimizer.Step(1, 0.9, null);
            optimizer.ClearGradients();
            seen[step] = result.Terms.ToDictionary(term => term.Key, term => term.Value.Scalar());
        }

        return seen;
    }

    private static LabelBatch OnDevice(LabelBatch labels, torch.Device device, torch.ScalarType type) => new(
        labels.RowIds.to(device),
        labels.Tasks.ToImmutableDictionary(
            task => task.Key, task => new TaskLabels(task.Value.Values.to(type).to(device), task.Value.Mask.to(type).to(device))));
}
