using SsMfar.Benchmarks.Measurement;
using SsMfar.Data;
using SsMfar.Kernels.TensorLists;
using SsMfar.Losses;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.SemiSupervised;
using SsMfar.Tasks;
using SsMfar.Training;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Benchmarks.Training;

/// <summary>
/// A batch of which 36% lack an expression, and the whole SS-MFAR step over it as the trainer takes it: one forward pass of [weak; strong],
/// all losses and the policy, backward, Adam. Weights, images and labels go to a file from which the peer starts.
/// </summary>
internal sealed class StepCase : IDisposable
{
    private const int Classes = PaperNetwork.Classes;
    private const int Units = PaperNetwork.Units;
    private const double Unlabelled = 0.36;

    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly MultiTaskObjective _objective;
    private readonly AdamOptimizer _optimizer;
    private readonly Dictionary<string, LossCounts> _counts;
    private readonly LabelBatch _labels;
    private readonly torch.Tensor _images;
    private readonly torch.Tensor _strongRows;
    private readonly Dictionary<string, torch.Tensor> _shared;
    private long _step;

    public StepCase(int batch, int size, torch.Device device, ComputePrecision precision)
    {
        RandomKey key = RandomKey.FromSeed(1);
        var random = new Random(1);
        Model = PaperNetwork.Create(key, precision);
        _shared = PaperNetwork.Share(Model);
        int strong = (int)Math.Round(batch * Unlabelled);
        torch.random.manual_seed(1);
        torch.Tensor images = torch.randn(batch + strong, 3, size, size);
        long[] rows = [.. Enumerable.Range(0, strong).Select(i => (long)i * batch / strong)];
        AnnotationSet annotations = Annotations(batch, rows, random);
        double[] classWeights = [.. Enumerable.Range(0, Classes).Select(i => 2.0 + i)];
        double[] unitWeights = [.. Enumerable.Range(0, Units).Select(i => 0.5 + (0.25 * i))];
        Share(images, rows, annotations, classWeights, unitWeights);

        Model.to(device);
        ChannelsLast.Apply(Model);
        Model.train();
        _images = ChannelsLast.Convert(images.to(device));
        _strongRows = torch.tensor(rows, device: device);
        _labels = new LabelTable(annotations, new Dictionary<string, ITaskLabels>
        {
            [AffectTaskNames.Expression] = new ExpressionLabels(),
            [AffectTaskNames.ValenceArousal] = new ValenceArousalLabels(),
            [AffectTaskNames.ActionUnits] = new ActionUnitTaskLabels(),
        }).Batch([.. Enumerable.Range(0, batch)], device);
        _counts = new()
        {
            [AffectTaskNames.Expression] = new(batch - strong, strong, 1),
            [AffectTaskNames.ValenceArousal] = new(annotations.Count(row => row.ValenceArousal is not null), strong, 1),
            [AffectTaskNames.ActionUnits] = new(annotations.Count(row => row.ActionUnits.AnyKnown) * Units, strong, 1),
        };
        _objective = new(
            new Dictionary<string, ITaskLoss>
            {
                [AffectTaskNames.Expression] = new CategoricalTaskLoss(new(0.5, 0.5, 0.5), classWeights),
                [AffectTaskNames.ValenceArousal] = new ValenceArousalLoss(),
                [AffectTaskNames.ActionUnits] = new ActionUnitLoss(unitWeights),
            },
            new Dictionary<string, IPseudoLabelPolicy>
            {
                [AffectTaskNames.Expression] = new FixedThresholdPolicy(Classes, new() { Threshold = 0.135 }),
            });
        _optimizer = new(
            ParameterRole.Of(Model),
            new() { Kind = OptimizerKind.Adam, BackboneLearningRate = 5e-4, HeadLearningRate = 5e-4, WeightDecay = 0 },
            TensorListKernels.Current);
    }

    public MultiTaskModel Model { get; }

    /// <summary>Gets what peers start from: weights by <c>model.*</c>, images, labels, class and unit weights, on the CPU.</summary>
    public IReadOnlyDictionary<string, torch.Tensor> Shared => _shared;

    /// <summary>Writes what the peer starts from.</summary>
    public void WriteTo(string path) => SafetensorsWriter.Write(path, _shared);

    /// <summary>Takes a step.</summary>
    /// <returns>The losses by name, when they are asked for: reading them waits for the device.</returns>
    public Dictionary<string, double>? Step(bool readLosses = false)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        ObjectiveResult result = _objective.Compute(Model.call(_images), new(_labels, _strongRows, _counts, 1, _step++));
        result.Total.backward();
        _optimizer.Step(1, 0.9, null);
        _optimizer.ClearGradients();
        return readLosses ?
            result.Terms.ToDictionary(term => term.Key, term => term.Value.to(torch.ScalarType.Float64).item<double>()) :
            null;
    }

    /// <summary>The milliseconds that some steps take; the losses of the last are read, so that the device is done.</summary>
    public double Time(int steps) => Paired.Time(() =>
    {
        for (int i = 0; i < steps; i++)
        {
            Step(readLosses: i == steps - 1);
        }
    });

    public void Dispose()
    {
        _optimizer.Dispose();
        _objective.Dispose();
        Model.Dispose();
        _scope.Dispose();
    }

    private void Share(torch.Tensor images, long[] strongRows, AnnotationSet annotations, double[] classWeights, double[] unitWeights)
    {
        _shared["images"] = images;
        _shared["strong_rows"] = torch.tensor(strongRows);
        _shared["expression"] = torch.tensor(annotations.Select(row => (long)(row.Expression ?? -1)).ToArray());
        _shared["valence_arousal"] = torch.tensor(
            annotations.SelectMany(row => new[] { row.ValenceArousal?.Valence ?? -5, row.ValenceArousal?.Arousal ?? -5 }).ToArray(),
            [annotations.Count, 2]);
        _shared["action_units"] = torch.tensor(
            annotations.SelectMany(row => Enumerable.Range(0, Units).Select(i => row.ActionUnits[i] is { } known ? known ? 1f : 0f : -1f))
                .ToArray(), [annotations.Count, Units]);
        _shared["class_weights"] = torch.tensor(classWeights.Select(w => (float)w).ToArray());
        _shared["unit_weights"] = torch.tensor(unitWeights.Select(w => (float)w).ToArray());
    }

    private static AnnotationSet Annotations(
        int batch,
        long[] withoutExpression,
        Random random) => new(Enumerable.Range(0, batch).Select(i => new AnnotationRow(
        $"{i}.jpg",
        random.NextDouble() < 0.27 ? null : new ValenceArousal((random.NextSingle() * 2) - 1, (random.NextSingle() * 2) - 1),
        withoutExpression.Contains(i) ? null : random.Next(Classes),
        random.NextDouble() < 0.27 ?
            ActionUnitLabels.Unknown :
            ActionUnitLabels.From([.. Enumerable.Range(0, Units).Select(_ => (bool?)(random.Next(2) == 0))]))));
}
