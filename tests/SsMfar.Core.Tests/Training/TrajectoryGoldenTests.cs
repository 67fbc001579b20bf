using System.Collections.Immutable;
using System.Text.Json;
using SsMfar.Data;
using SsMfar.Losses;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.SemiSupervised;
using SsMfar.Tasks;
using SsMfar.Tests.Models;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Training;

/// <summary>Eight steps of the whole method in float64 against the reference: forward, losses, thresholds, backward, Adam.</summary>
public sealed class TrajectoryGoldenTests
{
    private const double Lambda1 = 0.5;
    private const double Lambda2 = 1;
    private const double Lambda3 = 0.1;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Training_follows_the_reference_step_by_step(bool fusedKernels)
    {
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", "trajectory.json")));
        JsonElement root = golden.RootElement;
        using DisposeScope scope = torch.NewDisposeScope();
        using MultiTaskModel model = Model();
        using (torch.no_grad())
        {
            ReferenceNetwork.Fill(model, root);
        }

        model.train();
        using MultiTaskObjective objective = Objective(root);
        using var optimizer = new AdamOptimizer(
            ParameterRole.Of(model),
            new() { Kind = OptimizerKind.Adam, BackboneLearningRate = 1e-4, HeadLearningRate = 1e-3, WeightDecay = 0 },
            fusedKernels ? TensorListKernels.Current : PlainKernels.Instance);
        using LabelBatch labels = Labels(root);
        int rows = root.GetProperty("batch").GetInt32();
        int size = root.GetProperty("size").GetInt32();
        int[] classes = [.. root.GetProperty("expression_labels").EnumerateArray().Select(x => x.GetInt32())];
        long[] unlabelled = [.. Enumerable.Range(0, rows).Where(i => classes[i] < 0).Select(i => (long)i)];
        Dictionary<string, LossCounts> counts = labels.Tasks.ToDictionary(
            task => task.Key, task => new LossCounts((int)task.Value.Mask.sum().item<float>(), unlabelled.Length));

        int step = 0;
        foreach (JsonElement expected in root.GetProperty("steps").EnumerateArray())
        {
            using DisposeScope stepScope = torch.NewDisposeScope();
            torch.Tensor strongRows = torch.tensor(unlabelled);
            torch.Tensor images = torch.cat([
                ReferenceNetwork.Images(rows, size, step),
                ReferenceNetwork.Images(rows, size, step + 0.5).index_select(0, strongRows)]);

            ObjectiveResult result = objective.Compute(model.call(images), new(labels, strongRows, counts, step + 1, step));
            result.Total.backward();
            optimizer.Step(1, 0.9, null);
            optimizer.ClearGradients();

            double tolerance = step < 3 ? 1e-6 : 1e-3;
            Dictionary<string, double> terms = result.Terms.ToDictionary(term => term.Key, term => term.Value.item<double>());
            terms["total"].Should().BeApproximately(expected.GetProperty("total").GetDouble(), tolerance);
            foreach (string name in new[] { "expression", "action_units", "valence_arousal" })
            {
                terms[name].Should().BeApproximately(expected.GetProperty(name).GetDouble(), tolerance, name);
            }

            foreach (string name in new[] { "supervised", "unsupervised", "consistency" })
            {
                terms[$"expression.{name}"].Should().BeApproximately(expected.GetProperty(name).GetDouble(), tolerance, name);
            }

            double[] thresholds = objective.Policy!.Describe()["thresholds"];
            thresholds.Zip(expected.GetProperty("thresholds").EnumerateArray().Select(x => x.GetDouble()), (x, y) => Math.Abs(x - y))
                .Max().Should().BeLessThan(tolerance);
            step++;
        }

        step.Should().Be(root.GetProperty("steps").GetArrayLength()).And.BeGreaterThan(0);
    }

    internal static MultiTaskModel Model()
    {
        RandomKey key = RandomKey.FromSeed(0);
        var backbone = new ResNet(18, key);
        var model = new MultiTaskModel(backbone, new FeatureOptions(0, true), new Dictionary<string, ITaskHead>
        {
            [AffectTaskNames.Expression] = new MlpHead(512, 16, 8, key),
            [AffectTaskNames.ValenceArousal] = new MlpHead(512, 16, 2, key),
            [AffectTaskNames.ActionUnits] = new PerOutputMlpHead(512, 16, 12, key),
        });
        model.to(torch.ScalarType.Float64);
        ChannelsLast.Apply(model);
        return model;
    }

    internal static MultiTaskObjective Objective(JsonElement root)
    {
        double floor = root.GetProperty("floor").GetDouble();
        var policy = new AdaptiveThresholdPolicy(8, AdaptiveThresholdOptions.Paper with
        {
            Start = root.GetProperty("initial_threshold").GetDouble(),
            Floor = floor,
            Update = ThresholdUpdate.PreviousStep,
        });
        return new(
            new Dictionary<string, ITaskLoss>
            {
                [AffectTaskNames.Expression] = new CategoricalTaskLoss(new(Lambda1, Lambda2, Lambda3), Doubles(root.GetProperty("class_weights"))),
                [AffectTaskNames.ValenceArousal] = new ValenceArousalLoss(),
                [AffectTaskNames.ActionUnits] = new ActionUnitLoss(Doubles(root.GetProperty("au_pos_weights"))),
            },
            policy);
    }

    internal static LabelBatch Labels(JsonElement root)
    {
        var set = new AnnotationSet(Rows(root));
        var table = new LabelTable(set, new Dictionary<string, ITaskLabels>
        {
            [AffectTaskNames.Expression] = new ExpressionLabels(),
            [AffectTaskNames.ActionUnits] = new ActionUnitTaskLabels(),
        });
        using LabelBatch batch = table.Batch([.. Enumerable.Range(0, set.Count)], torch.CPU);

        // Valence and arousal in full precision: annotation rows hold them as float32.
        double[][] affect = [.. root.GetProperty("va_labels").EnumerateArray().Select(Doubles)];
        torch.Tensor values = torch.tensor(affect.SelectMany(row => row.Select(v => v < -1 ? 0 : v)).ToArray(), [set.Count, 2]);
        torch.Tensor mask = torch.tensor(affect.SelectMany(row => row.Select(v => v < -1 ? 0f : 1f)).ToArray(), [set.Count, 2]);
        return new(batch.RowIds.clone(), batch.Tasks.ToDictionary(task => task.Key, task => new TaskLabels(task.Value.Values.clone(), task.Value.Mask.clone()))
            .Append(new(AffectTaskNames.ValenceArousal, new(values, mask)))
            .ToDictionary().ToImmutableDictionary());
    }

    private static IEnumerable<AnnotationRow> Rows(JsonElement root)
    {
        JsonElement[] units = [.. root.GetProperty("au_labels").EnumerateArray()];
        int row = 0;
        foreach (JsonElement expression in root.GetProperty("expression_labels").EnumerateArray())
        {
            bool?[] known = [.. Doubles(units[row]).Select(v => v < 0 ? (bool?)null : v > 0)];
            yield return new($"{row}.jpg", null, expression.GetInt32() is var c and >= 0 ? c : null, ActionUnitLabels.From(known));
            row++;
        }
    }

    private static double[] Doubles(JsonElement array) => [.. array.EnumerateArray().Select(x => x.GetDouble())];
}
