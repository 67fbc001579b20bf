using System.Collections.Immutable;
using SsMfar.Kernels.TensorLists;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.SemiSupervised;
using SsMfar.Training;

namespace SsMfar.Campaigns.Models;

/// <summary>A run's state with everything that a checkpoint keeps, small.</summary>
internal sealed class TinyState
{
    public TinyState()
    {
        MultiTaskModel model = TinyParts.Model();
        State = new(
            model, TinyParts.Model(2), new AdamOptimizer(ParameterRole.Of(model), new(), PlainKernels.Instance),
            new SortedDictionary<string, IPseudoLabelPolicy>
            {
                [AffectTaskNames.Expression] = new AdaptiveThresholdPolicy(8),
                [AffectTaskNames.ActionUnits] = new UnitThresholdPolicy(12, new()),
            });
    }

    public TrainingState State { get; }

    public RunDescription Run { get; } = new(
        ImmutableSortedDictionary<string, string>.Empty.Add("Epochs", "20").Add("Schedule.Kind", "\"Constant\"")
            .Add("Schedule.Epochs", "none").Add("Schedule.WarmUpFraction", "0").Add("data", "100 rows, 0123456789abcdef"));

    public static TrainingPosition Position { get; } = new()
    {
        Epoch = 3,
        StepInEpoch = 2,
        Step = 12,
        LossSums = ImmutableSortedDictionary<string, double>.Empty.Add("total", 1.5),
        LossCount = 2,
        BestEpoch = 2,
        BestScore = 0.5,
    };
}
