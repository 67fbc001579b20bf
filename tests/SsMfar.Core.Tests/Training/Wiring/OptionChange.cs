using SsMfar.Data;
using SsMfar.Losses;
using SsMfar.SemiSupervised;
using SsMfar.Training;

namespace SsMfar.Tests.Training.Wiring;

/// <summary>
/// An option, another value of it, and what of the built run must then differ from the recipe's, whichever recipe that is. An option may be
/// here more than once. Where another option takes part in what it means, that one is set too.
/// </summary>
/// <param name="Name">The option, as <c>--set</c> names it.</param>
/// <param name="Apply">Changes the options.</param>
/// <param name="Expected">Entries and values.</param>
internal sealed record OptionChange(string Name, Action<TrainingOptions> Apply, params (string Entry, string Value)[] Expected)
{
    /// <summary>The options, each once.</summary>
    public static IEnumerable<string> Names => All.Select(change => change.Name).Distinct();

    private const string LikeAll = "0.125 0.125 0.125 0.125 0.125 0.125 0.125 0.125";

    public static IReadOnlyList<OptionChange> All { get; } =
    [
        new("Epochs", o => o.Epochs = 5, ("steps", "10")),
        new("BatchSize", o => o.BatchSize = 8, ("steps", "40")),
        new("AccumulationSteps", o => o.AccumulationSteps = 2, ("steps", "10")),
        new("ImageSize", o => o.ImageSize = 40, ("input", "40x40"), ("model.input", "40x40")),
        new("Seed", o => o.Seed = 9, ("model.seed", "9")),
        new("Optimizer.Kind", o => o.Optimizer.Kind = OptimizerKind.Adam, ("adam", "Adam")),
        new("Optimizer.Kind", o => o.Optimizer.Kind = OptimizerKind.AdamW, ("adam", "AdamW")),
        new("Optimizer.BackboneLearningRate", o => o.Optimizer.BackboneLearningRate = 0.003, ("adam.backbone", "0.003")),
        new("Optimizer.HeadLearningRate", o => o.Optimizer.HeadLearningRate = 0.004, ("adam.heads", "0.004")),
        new("Optimizer.FrozenBackboneEpochs", o => o.Optimizer.FrozenBackboneEpochs = 3, ("steps.frozen", "6")),
        new("Optimizer.WeightDecay", o => o.Optimizer.WeightDecay = 0.07,
            ("decay.backbone.matrices", "0.07"), ("decay.heads.matrices", "0.07")),
        new("Optimizer.Beta1", o => o.Optimizer.Beta1 = 0.8, ("adam.beta1", "0.8 0.8 0.8")),
        new("Optimizer.Beta2", o => o.Optimizer.Beta2 = 0.99, ("adam.beta2", "0.99")),
        new("Optimizer.Epsilon", o => o.Optimizer.Epsilon = 1e-6, ("adam.epsilon", "1E-06")),

        // Of twenty steps: (1 + cos(2/20 pi)) / 2 in the third, (1 + cos(19/20 pi)) / 2 in the last.
        new("Schedule.Kind", o => o.Schedule.Kind = ScheduleKind.Cosine, ("adam.course", "1 0.97553 0.0061558")),
        new("Schedule.Kind", o => o.Schedule = new() { Kind = ScheduleKind.OneCycle, WarmUpFraction = 0.15 },
            ("adam.course", "0.04 1 4E-06"), ("adam.beta1", "0.95 0.85 0.95")),
        new("Schedule.WarmUpFraction", o => o.Schedule.WarmUpFraction = 0.2, ("adam.course", "0.25 0.75 1")),

        // The first half of a course over twenty epochs: (1 + cos(2/40 pi)) / 2 in the third step, (1 + cos(19/40 pi)) / 2 in the last.
        new("Schedule.Epochs", o => o.Schedule = new() { Kind = ScheduleKind.Cosine, WarmUpFraction = 0, Epochs = 20 },
            ("adam.course", "1 0.99384 0.53923")),
        new("EmaDecay", o => o.EmaDecay = 0.5, ("average", "same"), ("average.steps", "all"), ("average.weights", "0.9 0.5")),
        new("EmaDecay", o => o.EmaDecay = null, ("average", "none"), ("average.steps", "none"), ("average.weights", "none")),
        new("GradientClipNorm", o => o.GradientClipNorm = 3, ("clip", "3")),
        new("Heads.HiddenWidth", o => o.Heads.HiddenWidth = 5, ("head.hidden", "5")),
        new("Heads.Dropout", o => o.Heads.Dropout = 0.35, ("features.dropout", "0.35")),
        new("Heads.L2Normalize", o => o.Heads.L2Normalize = true, ("features.l2", "yes")),
        new("Heads.L2Normalize", o => o.Heads.L2Normalize = false, ("features.l2", "no")),
        new("Imbalance.ExpressionPower", o => Expressions(o, 0, true), ("expression.classWeights", "1 1 1 1 1 1 1 1")),
        new("Imbalance.NormalizeExpressionWeights", o => Expressions(o, 1, true),
            ("expression.classWeights", "0.375 0.75 1.5 1.5 0.75 3 3 1.5")),
        new("Imbalance.NormalizeExpressionWeights", o => Expressions(o, 1, false), ("expression.classWeights", "3 6 12 12 6 24 24 12")),
        new("Imbalance.ActionUnitPower", o => o.Imbalance.ActionUnitPower = 0, ("action_units.positiveWeights", "1 1 1 1 1 1 1 1 1 1 1 1")),
        new("Imbalance.ActionUnitWeighting", o => Units(o, ActionUnitWeighting.NOver2Positive),
            ("action_units.positiveWeights", "12 6 4 3 2 1.5 1 0.75 0.66667 0.6 0.57143 0.54545")),
        new("Imbalance.ActionUnitWeighting", o => Units(o, ActionUnitWeighting.NegativeOverPositive),
            ("action_units.positiveWeights", "23 11 7 5 3 2 1 0.5 0.33333 0.2 0.14286 0.090909")),
        new(
            "Imbalance.WeightCap",
            o =>
            {
                Expressions(o, 1, false);
                Units(o, ActionUnitWeighting.NegativeOverPositive);
                o.Imbalance.WeightCap = 10;
            },
            ("expression.classWeights", "3 6 10 10 6 10 10 10"),
            ("action_units.positiveWeights", "10 10 7 5 3 2 1 0.5 0.33333 0.2 0.14286 0.090909")),
        new(
            "Imbalance.WeightCap",
            o =>
            {
                Expressions(o, 1, true);
                Units(o, ActionUnitWeighting.NegativeOverPositive);
                o.Imbalance.WeightCap = 2;
            },
            ("expression.classWeights", "0.375 0.75 1.5 1.5 0.75 2 2 1.5"),
            ("action_units.positiveWeights", "2 2 2 2 2 2 1 0.5 0.33333 0.2 0.14286 0.090909")),
        new("Imbalance.ResampleExpressions", o => o.Imbalance.ResampleExpressions = true,
            ("sampler", nameof(ClassBalancedSampler)), ("expression.classWeights", "none")),
        new("ExpressionLoss.Supervised", o => o.ExpressionLoss.Supervised = 0.7, ("expression.lambda1", "0.7")),
        new("ExpressionLoss.Unsupervised", o => o.ExpressionLoss.Unsupervised = 0.6,
            ("expression.lambda2", "0.6")),
        new("ExpressionLoss.Consistency", o => o.ExpressionLoss.Consistency = 0.3,
            ("expression.lambda3", "0.3")),
        new("ExpressionLoss.WithoutUnlabelled", o => o.ExpressionLoss.WithoutUnlabelled = 0.9,
            ("expression.lambda1WithoutUnlabelled", "0.9")),
        new("ExpressionLoss.PseudoLabelClassWeights", o => o.ExpressionLoss.PseudoLabelClassWeights = false,
            ("expression.pseudoLabelClassWeights", "no")),
        new("ExpressionLoss.PseudoLabelLimit", o => o.ExpressionLoss.PseudoLabelLimit = 0.4, ("expression.pseudoLabelLimit", "0.4")),
        new("LabelSmoothing", o => o.LabelSmoothing = 0.1, ("expression.smoothing", "0.1")),
        new("Balancing.Kind", o => o.Balancing.Kind = TaskBalancingKind.Uncertainty, ("balancing", "UncertaintyBalancing")),
        new("Balancing.Weights", o => o.Balancing.Weights = new() { ["expression"] = 2, ["action_units"] = 0.25 },
            ("balancing", "sum action_units 0.25 expression 2")),
        new("SemiSupervision.Teacher", o => (o.SemiSupervision.Teacher, o.EmaDecay) = (PseudoLabelTeacher.Average, 0.5),
            ("teacher", "average"), ("average", "same"), ("average.steps", "all"), ("average.weights", "0.9 0.5")),
        new("SemiSupervision.BatchStatistics", o => o.SemiSupervision.BatchStatistics = BatchStatistics.WeakViews,
            ("statistics", "WeakViews")),
        new("SemiSupervision.BatchStatistics", o => o.SemiSupervision.BatchStatistics = BatchStatistics.Joint, ("statistics", "Joint")),
        new("SemiSupervision.BatchStatistics", o => o.SemiSupervision.BatchStatistics = BatchStatistics.Running, ("statistics", "Running")),
        new("SemiSupervision.RampUp.WarmUpEpochs", o => o.SemiSupervision.RampUp.WarmUpEpochs = 3,
            ("warmUp", "3"), ("expression.rampUp.WarmUpEpochs", "3"), ("ownLosses.rampUp.WarmUpEpochs", "3"), ("counts.strong", "0"),
            ("counts.unlabelled", "action_units 0 expression 0 valence_arousal 0")),
        new("SemiSupervision.RampUp.Epochs", o => o.SemiSupervision.RampUp.Epochs = 4, ("expression.rampUp.Epochs", "4"),
            ("ownLosses.rampUp.Epochs", "4")),
        Threshold("Beta", t => t.Beta = 0.9, "0.9"),
        Threshold("Gamma", t => t.Gamma = 2, "2"),
        Threshold("Floor", t => t.Floor = 0.3, "0.3"),
        Threshold("FloorKind", t => (t.Floor, t.FloorKind) = (0.8, ThresholdFloor.OfClass), "OfClass", ("policy.Floor", "0.8")),
        Threshold("Start", t => t.Start = 0.4, "0.4"),
        Threshold("Update", t => t.Update = ThresholdUpdate.PreviousStep, "PreviousStep"),
        Threshold("MissingClass", t => (t.Floor, t.MissingClass) = (0.8, MissingClass.FallToFloor),
            "FallToFloor", ("policy.Floor", "0.8")),
        Threshold("MissingClass", t => t.MissingClass = MissingClass.KeepValue, "KeepValue"),
        Threshold("Comparison", t => t.Comparison = ThresholdComparison.GreaterOrEqual, "GreaterOrEqual"),
        Threshold("Comparison", t => t.Comparison = ThresholdComparison.Greater, "Greater"),
        new("SemiSupervision.Alignment.Target", o => o.SemiSupervision.Alignment = new() { Target = AlignmentTarget.Uniform },
            ("alignment", LikeAll), ("alignment.window", "128")),
        new("SemiSupervision.Alignment.Target", o => o.SemiSupervision.Alignment = new() { Target = AlignmentTarget.LabelledRows },
            ("alignment", "0.33333 0.16667 0.083333 0.083333 0.16667 0.041667 0.041667 0.083333"), ("alignment.window", "128")),
        new("SemiSupervision.Alignment.Window", o => o.SemiSupervision.Alignment = new() { Target = AlignmentTarget.Uniform, Window = 7 },
            ("alignment", LikeAll), ("alignment.window", "7")),
        new("Mixup.Alpha", o => o.Mixup.Alpha = 0.4, ("mixup.Alpha", "0.4")),
        new("Mixup.Share", o => (o.Mixup.Alpha, o.Mixup.Share) = (0.4, 0.8), ("mixup.Alpha", "0.4"), ("mixup.Share", "0.8")),
        .. Policy("FixedThreshold", "Threshold 0.95 Comparison GreaterOrEqual",
            ("Threshold", o => o.FixedThreshold.Threshold = 0.9, "0.9"),
            ("Comparison", o => o.FixedThreshold.Comparison = ThresholdComparison.Greater, "Greater")),
        .. Policy("FlexMatch", "Threshold 0.95 WarmUp yes Comparison Greater",
            ("Threshold", o => o.FlexMatch.Threshold = 0.9, "0.9"),
            ("WarmUp", o => o.FlexMatch.WarmUp = false, "no"),
            ("Comparison", o => o.FlexMatch.Comparison = ThresholdComparison.GreaterOrEqual, "GreaterOrEqual")),
        .. Policy("FreeMatch", "Momentum 0.999 FairnessWeight 0.01 Comparison Greater",
            ("Momentum", o => o.FreeMatch.Momentum = 0.9, "0.9"),
            ("FairnessWeight", o => o.FreeMatch.FairnessWeight = 0.05, "0.05"),
            ("Comparison", o => o.FreeMatch.Comparison = ThresholdComparison.GreaterOrEqual, "GreaterOrEqual")),
        .. Policy("SoftMatch", "Momentum 0.999 LargestWeight 1 Sharpness 1 UniformAlignment yes",
            ("Momentum", o => o.SoftMatch.Momentum = 0.9, "0.9"),
            ("LargestWeight", o => o.SoftMatch.LargestWeight = 0.8, "0.8"),
            ("Sharpness", o => o.SoftMatch.Sharpness = 2, "2"),
            ("UniformAlignment", o => o.SoftMatch.UniformAlignment = false, "no")),
        AllTasks("Tasks", _ => { }),
        AllTasks("Tasks", o => (o.Tasks, o.ValenceArousal.WeakViews) = (UnlabelledTasks.Expression | UnlabelledTasks.ValenceArousal, true),
            ("policies", "expression valence_arousal"), ("valence_arousal.unlabelled.WeakViews", "yes")) with
        {
            Before = expected =>
            {
                ExpectedRun.AddAllTasks(expected);
                expected.RemoveAll("units");
                expected.RemoveAll("action_units.unlabelled");
                expected.RemoveAll("action_units.rampUp");
                expected["counts.unlabelled"] = "action_units 96 expression 8 valence_arousal 16";
                expected["counts.strong"] = "8 12";
            },
        },
        .. Units(
            ("Beta", t => t.Beta = 0.9, "0.9"),
            ("Gamma", t => t.Gamma = 2, "2"),
            ("Floor", t => t.Floor = 0.3, "0.3"),
            ("FloorKind", t => t.FloorKind = ThresholdFloor.OfClass, "OfClass"),
            ("Start", t => t.Start = 0.4, "0.4"),
            ("Update", t => t.Update = ThresholdUpdate.ThisBatch, "ThisBatch"),
            ("MissingClass", t => t.MissingClass = MissingClass.FallToFloor, "FallToFloor"),
            ("Comparison", t => t.Comparison = ThresholdComparison.GreaterOrEqual, "GreaterOrEqual")),
        AllTasks("RampUp.Epochs", o => o.RampUp.Epochs = 4, ("expression.rampUp.Epochs", "4"),
            ("action_units.rampUp.Epochs", "4"), ("valence_arousal.rampUp.Epochs", "4"), ("ownLosses.rampUp.Epochs", "4")),
        AllTasks("ActionUnits.Loss.Unsupervised", o => o.ActionUnits.Loss.Unsupervised = 0.4,
            ("action_units.unlabelled.Unsupervised", "0.4")),
        AllTasks("ActionUnits.Loss.Consistency", o => o.ActionUnits.Loss.Consistency = 0.2,
            ("action_units.unlabelled.Consistency", "0.2")),
        AllTasks("ActionUnits.Loss.UsePositiveWeights", o => o.ActionUnits.Loss.UsePositiveWeights = true,
            ("action_units.unlabelled.UsePositiveWeights", "yes")),
        AllTasks("ValenceArousal.Kind", o => o.ValenceArousal.Kind = UnlabelledValueLoss.SmoothL1,
            ("valence_arousal.unlabelled.Kind", "SmoothL1")),
        AllTasks("ValenceArousal.Weight", o => o.ValenceArousal.Weight = 0.3, ("valence_arousal.unlabelled.Weight", "0.3")),
        AllTasks("ValenceArousal.RampUpEpochs", o => o.ValenceArousal.RampUpEpochs = 2,
            ("valence_arousal.unlabelled.RampUpEpochs", "2")),
        AllTasks("ValenceArousal.WeakViews", o => o.ValenceArousal.WeakViews = true, ("valence_arousal.unlabelled.WeakViews", "yes")),
        Coupled("Weight", _ => { }),
        Coupled("BothWays", c => c.BothWays = false, ("coupling.bothWays", "no")),
        Coupled("Table", c => c.Table = CouplingTable.LabelledRows,
            ("coupling.unit12", "0.9 0.83333 0.25 0.25 0.16667 0.33333 0.33333 0.25")),
        Views(ViewPreset.Paper),
        Views(ViewPreset.Published),
        Views(ViewPreset.Rich),
    ];

    /// <summary>What else the run is expected to be, where entries do not say it.</summary>
    public Action<Entries> Before { get; init; } = _ => { };

    /// <summary>Changes what is expected.</summary>
    public void ApplyTo(Entries expected)
    {
        Before(expected);
        foreach ((string entry, string value) in Expected)
        {
            expected[entry] = value;
        }
    }

    private static OptionChange Threshold(
        string name,
        Action<AdaptiveThresholdOptions> change,
        string value,
        params (string Entry, string Value)[] more) => new(
            $"SemiSupervision.Threshold.{name}",
            o => change(o.SemiSupervision.Threshold),
            [($"policy.{name}", value), .. more]);

    // A policy as its paper has it, then with each of its own options changed.
    private static IEnumerable<OptionChange> Policy(
        string kind, string paper, params (string Name, Action<SemiSupervisionOptions> Change, string Value)[] changes)
    {
        (string, string)[] built =
            [("policy", $"{kind}Policy"), .. paper.Split(' ').Chunk(2).Select(option => ($"policy.{option[0]}", option[1]))];
        yield return Of("SemiSupervision.Policy", _ => { }, built);
        foreach ((string name, Action<SemiSupervisionOptions> change, string value) in changes)
        {
            yield return Of($"SemiSupervision.{kind}.{name}", change, [.. built, ($"policy.{name}", value)]);
        }

        OptionChange Of(string name, Action<SemiSupervisionOptions> change, (string, string)[] expected) => new(
            name,
            o =>
            {
                o.SemiSupervision.Policy = Enum.Parse<PseudoLabelPolicyKind>(kind);
                change(o.SemiSupervision);
            },
            expected)
        {
            Before = ExpectedRun.RemovePolicy,
        };
    }

    // All three tasks, by the averaged weights, and a change of that.
    private static OptionChange AllTasks(string name, Action<SemiSupervisionOptions> change, params (string, string)[] expected) => new(
        $"SemiSupervision.{name}",
        o =>
        {
            (o.EmaDecay, o.SemiSupervision.Tasks, o.SemiSupervision.Teacher) = (0.5, UnlabelledTasks.All, PseudoLabelTeacher.Average);
            change(o.SemiSupervision);
        },
        [("average.steps", "all"), ("average.weights", "0.9 0.5"), .. expected])
    {
        Before = ExpectedRun.AddAllTasks,
    };

    private static IEnumerable<OptionChange> Units(params (string Name, Action<AdaptiveThresholdOptions> Change, string Value)[] changes) =>
        changes.Select(change => AllTasks(
            $"ActionUnits.Threshold.{change.Name}",
            o => change.Change(o.ActionUnits.Threshold),
            ($"units.{change.Name}", change.Value)));

    private static OptionChange Coupled(string name, Action<TaskCouplingOptions> change, params (string, string)[] expected) => new(
        $"SemiSupervision.Coupling.{name}",
        o =>
        {
            o.SemiSupervision.Coupling.Weight = 0.2;
            change(o.SemiSupervision.Coupling);
        },
        [("coupling", "0.2"), ("coupling.bothWays", "yes"), ("coupling.unit12", "0 0 0 0 1 0 0 none"), .. expected]);

    private static OptionChange Views(ViewPreset preset) => new(nameof(TrainingOptions.Views), o => o.Views = preset)
    {
        Before = expected => ExpectedRun.AddViews(expected, preset.ToString()),
    };

    private static void Expressions(TrainingOptions options, double power, bool normalized) =>
        (options.Imbalance.ExpressionPower, options.Imbalance.NormalizeExpressionWeights) = (power, normalized);

    private static void Units(TrainingOptions options, ActionUnitWeighting weighting) =>
        (options.Imbalance.ActionUnitPower, options.Imbalance.ActionUnitWeighting) = (1, weighting);
}
