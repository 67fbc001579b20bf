using System.Collections.Immutable;
using System.Text.Json;
using SsMfar.Data;
using SsMfar.Kernels.TensorLists;
using SsMfar.Losses;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Randomness;
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

    // What differs is the start: the network's weights are sines rounded to float32, and where a sine differs in its last bit some round
    // otherwise. That makes 2e-10 in the first step and 1.2e-9 at most in the eight. It does not grow: with every weight disturbed by
    // 1e-12 of itself no number moves by more than 3e-11, in any step.
    private const double Tolerance = 1e-8;

    // In the reference each is named by what follows the dot.
    private static readonly string[] Terms =
    [
        "total", "expression", "action_units", "valence_arousal",
        "expression.supervised", "expression.unsupervised", "expression.consistency",
    ];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Training_follows_the_reference_step_by_step(bool fusedKernels)
    {
        using JsonDocument golden = Golden();
        JsonElement[] expected = [.. golden.RootElement.GetProperty("steps").EnumerateArray()];

        double[][] actual = Trajectory(golden.RootElement, fusedKernels);

        actual.Should().HaveCount(8).And.HaveCount(expected.Length);
        actual.Zip(expected, (numbers, step) => numbers.Zip(Numbers(step), (x, y) => Math.Abs(x - y)).Max())
            .Should().OnlyContain(error => error < Tolerance);
    }

    private static JsonDocument Golden() =>
        JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", "trajectory.json")));

    /// <summary>The numbers of a step of the reference: the loss, its terms and the thresholds.</summary>
    private static double[] Numbers(JsonElement step) =>
    [
        .. Terms.Select(term => step.GetProperty(term[(term.IndexOf('.', StringComparison.Ordinal) + 1)..]).GetDouble()),
        .. Doubles(step.GetProperty("thresholds")),
    ];

    /// <summary>Of each step the same numbers as <see cref="Numbers"/>.</summary>
    private static double[][] Trajectory(JsonElement root, bool fusedKernels)
    {
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
        var steps = new List<double[]>();
        for (int step = 0; step < root.GetProperty("steps").GetArrayLength(); step++)
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

            Dictionary<string, double> terms = result.Terms.ToDictionary(term => term.Key, term => term.Value.item<double>());
            steps.Add([.. Terms.Select(term => terms[term]), .. objective.Policies[AffectTaskNames.Expression].Describe()["thresholds"]]);
        }

        return [.. steps];
    }

    internal static MultiTaskModel Model()
    {
        RandomKey key = RandomKey.FromSeed(0);
        var backbone = new ResNet(18, key);
        var model = new MultiTaskModel(backbone, new FeatureProcessing(0, true), new Dictionary<string, ITaskHead>
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
        AdaptiveThresholdOptions options = AdaptiveThresholdOptions.Paper;
        options.Start = root.GetProperty("initial_threshold").GetDouble();
        options.Floor = floor;
        options.Update = ThresholdUpdate.PreviousStep;
        var policy = new AdaptiveThresholdPolicy(8, options);
        return new(
            new Dictionary<string, ITaskLoss>
            {
                [AffectTaskNames.Expression] =
                    new CategoricalTaskLoss(new(Lambda1, Lambda2, Lambda3), Doubles(root.GetProperty("class_weights"))),
                [AffectTaskNames.ValenceArousal] = new ValenceArousalLoss(),
                [AffectTaskNames.ActionUnits] = new ActionUnitLoss(Doubles(root.GetProperty("au_pos_weights"))),
            },
            new Dictionary<string, IPseudoLabelPolicy> { [AffectTaskNames.Expression] = policy });
    }

    internal static LabelBatch Labels(JsonElement root)
    {
        var set = new AnnotationSet(Rows(root));
        var table = new LabelTable(set, new Dictionary<string, ITaskLabels>
        {
            [AffectTaskNames.Expression] = new ExpressionLabels(),
            [AffectTaskNames.ActionUnits] = new ActionUnitTaskLabels(ActionUnitSet.AffWild2),
        });
        using LabelBatch batch = table.Batch([.. Enumerable.Range(0, set.Count)], torch.CPU);

        // Valence and arousal in full precision: annotation rows hold them as float32.
        double[][] affect = [.. root.GetProperty("va_labels").EnumerateArray().Select(Doubles)];
        torch.Tensor values = torch.tensor(affect.SelectMany(row => row.Select(v => v < -1 ? 0 : v)).ToArray(), [set.Count, 2]);
        torch.Tensor mask = torch.tensor(affect.SelectMany(row => row.Select(v => v < -1 ? 0f : 1f)).ToArray(), [set.Count, 2]);
        return new(batch.RowIds.clone(), batch.Tasks
            .ToDictionary(task => task.Key, task => new TaskLabels(task.Value.Values.clone(), task.Value.Mask.clone()))
            .Append(new(AffectTaskNames.ValenceArousal, new(values, mask)))
            .ToDictionary()
            .ToImmutableDictionary());
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
