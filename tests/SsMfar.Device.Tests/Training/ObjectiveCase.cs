using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Losses;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.SemiSupervised;
using SsMfar.Tasks;
using SsMfar.Tests.Losses;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Training;

/// <summary>
/// An objective and the outputs that it is given over some steps, the same numbers for every device and number format. The outputs are
/// sure enough that some rows are confident and some are not, whatever the policy.
/// </summary>
internal sealed class ObjectiveCase(string kind)
{
    private const int Rows = 32;
    private const int Steps = 4;
    private const int Classes = 8;
    private static readonly ImmutableArray<(string Task, int Width)> Tasks =
        [(AffectTaskNames.Expression, Classes), (AffectTaskNames.ActionUnits, ActionUnits.Count), (AffectTaskNames.ValenceArousal, 2)];

    private static readonly AnnotationSet Annotations = TinyFaces.Annotations(Rows, seed: 3);

    /// <summary>No policy, each policy, and what an objective can be beside.</summary>
    public static IReadOnlyList<string> Kinds { get; } =
    [
        "supervised", "agreement", "adaptive this batch", "adaptive previous step", "adaptive each epoch", "fixed threshold", "FlexMatch",
        "FreeMatch", "SoftMatch", "aligned", "learned balancing", "mixed rows", "teacher", "all tasks",
    ];

    /// <summary>What a policy says after an epoch, and each step's terms and gradients, by name.</summary>
    public Dictionary<string, double[]> Run(string device, torch.ScalarType type)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Device where = torch.device(device);
        using MultiTaskObjective objective = Create();
        objective.Balancing.Module?.to(where);
        var seen = new Dictionary<string, double[]>();
        for (int step = 0; step < Steps; step++)
        {
            using DisposeScope stepScope = torch.NewDisposeScope();
            Step(objective, new Random(100 + step), where, type, step, seen);
            if (step == Steps / 2)
            {
                objective.Policies.Values.ToList().ForEach(policy => policy.EndEpoch(1));
            }
        }

        foreach ((string name, double[] values) in objective.Policies.SelectMany(policy => Named(policy.Key, policy.Value.Describe())))
        {
            seen[$"policy's {name}"] = values;
        }

        foreach ((string name, torch.Tensor state) in objective.Policies.SelectMany(policy => Named(policy.Key, policy.Value.SaveState())))
        {
            state.device_type.Should().Be(where.type, "a policy's state follows the probabilities");
            seen[$"policy's state {name}"] = state.Host();
        }

        return seen;

        static IEnumerable<KeyValuePair<string, T>> Named<T>(string task, IReadOnlyDictionary<string, T> entries) =>
            entries.Select(entry => KeyValuePair.Create($"{task}.{entry.Key}", entry.Value));
    }

    private void Step(
        MultiTaskObjective objective, Random random, torch.Device device, torch.ScalarType type, int step,
        Dictionary<string, double[]> seen)
    {
        long[] strong =
        [
            .. Enumerable.Range(0, Rows).Where(row => kind == "agreement" || Tasks.Any(task => IsStrong(task.Task, row)))
                .Select(row => (long)row),
        ];
        bool hasStrong = kind != "supervised";
        int outputRows = Rows + (hasStrong ? strong.Length : 0);
        (string Task, torch.Tensor Values)[] outputs = [.. Tasks.Select(task => (
            task.Task,
            LossTestData.Matrix(
                random.Normal(outputRows * task.Width, 2.5), outputRows, task.Width, type, device.ToString(), gradient: true)))];
        using LabelBatch labels = Table().Batch([.. Enumerable.Range(0, Rows)], device);
        Dictionary<string, LossCounts> counts = Tasks.ToDictionary(
            task => task.Task,
            task => new LossCounts(
                (int)labels.Tasks[task.Task].Mask.Host().Sum(),
                !hasStrong ? 0 : kind == "all tasks" ? strong.Count(row => IsStrong(task.Task, (int)row)) : strong.Length)
            {
                UnlabelledEntries = labels.Tasks[task.Task].Mask.Host().Count(known => known == 0),
            });
        ObjectiveResult result = objective.Compute(
            new([.. outputs.Select(output => output.Task)], [.. outputs.Select(output => output.Values)]),
            new(
                labels,
                hasStrong ? LossTestData.Indices(strong, device.ToString()) : null,
                counts,
                1 + (step / 3),
                step,
                kind == "mixed rows" ? Mixed(device) : null,
                kind is "teacher" or "all tasks"
                    ? new(
                        [.. Tasks.Select(task => task.Task)],
                        [.. Tasks.Select(task => LossTestData.Matrix(
                            random.Normal(Rows * task.Width, 2.5), Rows, task.Width, type, device.ToString()))])
                    : null)
            {
                Parts = kind == "all tasks" ? Parts(strong, device) : new Dictionary<string, StrongPart>(),
            });
        result.Total.device_type.Should().Be(device.type);
        result.Total.backward();
        foreach ((string name, torch.Tensor term) in result.Terms)
        {
            seen[$"step {step}, {name}"] = term.Host();
        }

        foreach ((string task, torch.Tensor values) in outputs)
        {
            seen[$"step {step}, gradient of {task}"] = values.Gradient();
        }
    }

    private MultiTaskObjective Create()
    {
        double[] classWeights = [.. Enumerable.Range(1, Classes).Select(i => 0.5 + (0.25 * i))];
        double[] unitWeights = [.. Enumerable.Range(1, ActionUnits.Count).Select(i => 0.4 * i)];
        bool agreement = kind == "agreement";
        ITaskLoss expression = new CategoricalTaskLoss(
            agreement || kind == "supervised" ? ExpressionLossWeights.SupervisedOnly : new(0.5, 1, 0.1), classWeights, labelSmoothing: 0.1);
        bool allTasks = kind == "all tasks";
        ITaskLoss units = new ActionUnitLoss(unitWeights, allTasks ? new() { Consistency = 0.1, UsePositiveWeights = true } : null);
        ITaskLoss affect = new ValenceArousalLoss(allTasks ? new() { WeakViews = true } : null);
        if (agreement)
        {
            expression = new AgreementLoss(
                expression,
                new CategoricalTaskLoss(ExpressionLossWeights.SupervisedOnly, classWeights),
                AgreementTargets.MostProbableClass);
            units = new AgreementLoss(units, new ActionUnitLoss(unitWeights), AgreementTargets.PresentUnits);
            affect = new AgreementLoss(affect, new ValenceArousalLoss(), AgreementTargets.SameValues);
        }

        return new(
            new Dictionary<string, ITaskLoss>
            {
                [AffectTaskNames.Expression] = expression,
                [AffectTaskNames.ActionUnits] = units,
                [AffectTaskNames.ValenceArousal] = affect,
            },
            Policies(),
            kind == "learned balancing" ? new UncertaintyBalancing(Tasks.Select(task => task.Task)) : null,
            allTasks
                ? new TaskCoupling(
                    UnitShares.OfBasicExpressions(ExpressionClassSet.AffWild2, ActionUnitSet.AffWild2), weight: 0.3, bothWays: true)
                : null);
    }

    // All tasks: those that lack a label of the task; else those without an expression.
    private bool IsStrong(string task, int row) => task switch
    {
        AffectTaskNames.ActionUnits => kind == "all tasks" &&
            Enumerable.Range(0, ActionUnits.Count).Any(unit => Annotations[row].ActionUnits[unit] is null),
        AffectTaskNames.ValenceArousal => kind == "all tasks" && Annotations[row].ValenceArousal is null,
        _ => Annotations[row].Expression is null,
    };

    private Dictionary<string, StrongPart> Parts(long[] strong, torch.Device device) => Tasks.ToDictionary(task => task.Task, task =>
    {
        long[] places =
            [.. Enumerable.Range(0, strong.Length).Where(s => IsStrong(task.Task, (int)strong[s])).Select(s => (long)s)];
        return new StrongPart(
            LossTestData.Indices([.. places.Select(place => strong[place])], device.ToString()),
            LossTestData.Indices(places, device.ToString()));
    });

    private Dictionary<string, IPseudoLabelPolicy> Policies()
    {
        Dictionary<string, IPseudoLabelPolicy> policies = [];
        if (Policy() is { } policy)
        {
            policies.Add(AffectTaskNames.Expression, policy);
        }

        if (kind == "all tasks")
        {
            policies.Add(AffectTaskNames.ActionUnits, new UnitThresholdPolicy(ActionUnits.Count, new() { Start = 0.6, Floor = 0.3 }));
            policies.Add(AffectTaskNames.ValenceArousal, new TeacherEstimatePolicy());
        }

        return policies;
    }

    private static AdaptiveThresholdPolicy Adaptive(ThresholdUpdate update) =>
        new(Classes, new() { Start = 0.6, Floor = 0.3, Update = update });

    private IPseudoLabelPolicy? Policy() => kind switch
    {
        "supervised" or "agreement" => null,
        "adaptive this batch" => Adaptive(ThresholdUpdate.ThisBatch),
        "adaptive each epoch" => Adaptive(ThresholdUpdate.EachEpoch),
        "fixed threshold" => new FixedThresholdPolicy(Classes, new() { Threshold = 0.7 }),
        "FlexMatch" => new FlexMatchPolicy(Classes, Rows, Annotations.Statistics.InvalidExpression, new() { Threshold = 0.7 }),
        "FreeMatch" => new FreeMatchPolicy(Classes, new() { Momentum = 0.3 }),
        "SoftMatch" => new SoftMatchPolicy(Classes, new() { Momentum = 0.7, UniformAlignment = true }),
        "aligned" =>
            new AlignedPolicy(new FixedThresholdPolicy(Classes, new() { Threshold = 0.7 }), [8, 7, 6, 5, 4, 3, 2, 1], window: 2),
        _ => Adaptive(ThresholdUpdate.PreviousStep),
    };

    // Labelled rows in a circle; the others as they are.
    private static MixedRows Mixed(torch.Device device)
    {
        int[] labelled = [.. Enumerable.Range(0, Rows).Where(row => Annotations[row].Expression is not null)];
        long[] partners = [.. Enumerable.Range(0, Rows)];
        for (int i = 0; i < labelled.Length; i++)
        {
            partners[labelled[i]] = labelled[(i + 1) % labelled.Length];
        }

        long[] unmixed = [.. Enumerable.Range(0, Rows).Except(labelled).Select(row => (long)row)];
        return new(LossTestData.Indices(partners, device.ToString()), 0.7, LossTestData.Indices(unmixed, device.ToString()));
    }

    private static LabelTable Table() => new(Annotations, new Dictionary<string, ITaskLabels>
    {
        [AffectTaskNames.Expression] = new ExpressionLabels(),
        [AffectTaskNames.ActionUnits] = new ActionUnitTaskLabels(ActionUnitSet.AffWild2),
        [AffectTaskNames.ValenceArousal] = new ValenceArousalLabels(),
    });
}
