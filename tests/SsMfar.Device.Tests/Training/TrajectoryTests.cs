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
    private const double Tolerance = 1e-4;

    public static TheoryData<string, bool> DevicesAndKernels => PresentDevices.With(KernelKinds.Fused);

    [Theory]
    [MemberData(nameof(DevicesAndKernels))]
    public void The_losses_of_three_float32_steps_are_the_references_and_the_CPUs_to_1e_4(string device, bool fused)
    {
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", "trajectory.json")));
        JsonElement root = golden.RootElement;
        Dictionary<string, double>[] actual = Run(root, device, fused), processor = Run(root, "cpu", fused);
        JsonElement[] expected = [.. root.GetProperty("steps").EnumerateArray().Take(Steps)];
        for (int step = 0; step < Steps; step++)
        {
            foreach ((string term, string name) in new[]
            {
                ("total", "total"), ("expression", "expression"), ("action_units", "action_units"), ("valence_arousal", "valence_arousal"),
                ("expression.supervised", "supervised"), ("expression.unsupervised", "unsupervised"), ("expression.consistency", "consistency"),
            })
            {
                actual[step][term].Should().BeApproximately(expected[step].GetProperty(name).GetDouble(), Tolerance, $"{term} of step {step + 1}");
                actual[step][term].Should().BeApproximately(processor[step][term], Tolerance, $"{term} of step {step + 1} on the CPU");
            }
        }
    }

    private static Dictionary<string, double>[] Run(JsonElement root, string device, bool fused)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Device where = torch.device(device);
        using MultiTaskModel model = TrajectoryGoldenTests.Model();
        using (torch.no_grad())
        {
            ReferenceNetwork.Fill(model, root);
        }

        model.to(where, torch.ScalarType.Float32);
        ChannelsLast.Apply(model);
        model.train();
        using MultiTaskObjective objective = TrajectoryGoldenTests.Objective(root);
        using var optimizer = new AdamOptimizer(
            ParameterRole.Of(model),
            new() { Kind = OptimizerKind.Adam, BackboneLearningRate = 1e-4, HeadLearningRate = 1e-3, WeightDecay = 0 },
            KernelKinds.Of(fused));
        LabelBatch labels = OnDevice(TrajectoryGoldenTests.Labels(root), where);
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
                ReferenceNetwork.Images(rows, size, step + 0.5).index_select(0, strongRows)]).to(torch.ScalarType.Float32);
            ObjectiveResult result = objective.Compute(
                model.call(ChannelsLast.Convert(images.to(where))), new(labels, strongRows.to(where), counts, step + 1, step));
            result.Total.backward();
            optimizer.Step(1, 0.9, null);
            optimizer.ClearGradients();
            seen[step] = result.Terms.ToDictionary(term => term.Key, term => term.Value.Scalar());
        }

        return seen;
    }

    private static LabelBatch OnDevice(LabelBatch labels, torch.Device device) => new(
        labels.RowIds.to(device),
        labels.Tasks.ToImmutableDictionary(task => task.Key, task => new TaskLabels(Move(task.Value.Values, device), Move(task.Value.Mask, device))));

    private static torch.Tensor Move(torch.Tensor tensor, torch.Device device) => tensor.to(torch.ScalarType.Float32).to(device);
}
