using SsMfar.Losses;
using SsMfar.Metadata;
using SsMfar.SemiSupervised;

namespace SsMfar.Training;

/// <summary>An option that was changed and cannot have an effect.</summary>
/// <param name="Name">Its path, such as <c>ExpressionLoss.Consistency</c>.</param>
/// <param name="Fault">Why, and what to do about it.</param>
internal sealed record UnusedOption(string Name, string Fault);

/// <summary>
/// Options that the user changed, of which the others say that they do nothing. What recipe and variant set is never among them: a variant
/// may leave a term without use that its recipe weighs.
/// </summary>
internal static partial class UnusedOptions
{
    private const string Group = $"{nameof(TrainingOptions.SemiSupervision)}.";
    private const string Mode = $"{nameof(TrainingOptions.SemiSupervision)}.{nameof(SemiSupervisionOptions.Mode)}";
    private const string Policy = $"{nameof(TrainingOptions.SemiSupervision)}.{nameof(SemiSupervisionOptions.Policy)}";
    private const string Teacher = $"{nameof(TrainingOptions.SemiSupervision)}.{nameof(SemiSupervisionOptions.Teacher)}";
    private const string Threshold = $"{nameof(TrainingOptions.SemiSupervision)}.{nameof(SemiSupervisionOptions.Threshold)}";
    private const string RampUp = $"{nameof(TrainingOptions.SemiSupervision)}.{nameof(SemiSupervisionOptions.RampUp)}";
    private const string Alignment = $"{nameof(TrainingOptions.SemiSupervision)}.{nameof(SemiSupervisionOptions.Alignment)}";
    private const string Supervised = $"{nameof(TrainingOptions.ExpressionLoss)}.{nameof(ExpressionLossWeights.Supervised)}";
    private const string Unsupervised = $"{nameof(TrainingOptions.ExpressionLoss)}.{nameof(ExpressionLossWeights.Unsupervised)}";
    private const string Consistency = $"{nameof(TrainingOptions.ExpressionLoss)}.{nameof(ExpressionLossWeights.Consistency)}";
    private const string PseudoLabelClassWeights =
        $"{nameof(TrainingOptions.ExpressionLoss)}.{nameof(ExpressionLossWeights.PseudoLabelClassWeights)}";

    private const string PseudoLabelLimit =
        $"{nameof(TrainingOptions.ExpressionLoss)}.{nameof(ExpressionLossWeights.PseudoLabelLimit)}";

    private const string WithoutUnlabelled = $"{nameof(TrainingOptions.ExpressionLoss)}.{nameof(ExpressionLossWeights.WithoutUnlabelled)}";
    private const string Power = $"{nameof(TrainingOptions.Imbalance)}.{nameof(ImbalanceOptions.ExpressionPower)}";
    private const string Normalize = $"{nameof(TrainingOptions.Imbalance)}.{nameof(ImbalanceOptions.NormalizeExpressionWeights)}";
    private const string UnitPower = $"{nameof(TrainingOptions.Imbalance)}.{nameof(ImbalanceOptions.ActionUnitPower)}";
    private const string UnitWeighting = $"{nameof(TrainingOptions.Imbalance)}.{nameof(ImbalanceOptions.ActionUnitWeighting)}";
    private const string Cap = $"{nameof(TrainingOptions.Imbalance)}.{nameof(ImbalanceOptions.WeightCap)}";
    private const string Resample = $"{nameof(TrainingOptions.Imbalance)}.{nameof(ImbalanceOptions.ResampleExpressions)}";
    private const string Alpha = $"{nameof(TrainingOptions.Mixup)}.{nameof(MixupOptions.Alpha)}";
    private const string Share = $"{nameof(TrainingOptions.Mixup)}.{nameof(MixupOptions.Share)}";

    // Each policy's own options.
    private static readonly SortedDictionary<PseudoLabelPolicyKind, string> OfPolicies = new()
    {
        [PseudoLabelPolicyKind.AdaptiveThreshold] = Threshold,
        [PseudoLabelPolicyKind.FixedThreshold] = Group + nameof(SemiSupervisionOptions.FixedThreshold),
        [PseudoLabelPolicyKind.FlexMatch] = Group + nameof(SemiSupervisionOptions.FlexMatch),
        [PseudoLabelPolicyKind.FreeMatch] = Group + nameof(SemiSupervisionOptions.FreeMatch),
        [PseudoLabelPolicyKind.SoftMatch] = Group + nameof(SemiSupervisionOptions.SoftMatch),
    };

    /// <summary>The changed options without effect; none where the options are not valid by themselves.</summary>
    public static IEnumerable<UnusedOption> Of(TrainerConfiguration configuration)
    {
        TrainingOptions options = configuration.Options;
        if (!new TrainingOptionsValidator().Validate(null, options).Succeeded)
        {
            return [];
        }

        var before = RunDescription.Of(configuration.Unchanged, []).Entries;
        string[] changed = [.. RunDescription.Of(options, []).Entries.Except(before).Select(entry => entry.Key).Except([Mode])];
        return Rules(configuration, options)
            .SelectMany(rule => changed.Where(rule.Covers).Select(name => new UnusedOption(
                name, $"{name} was changed, and has no effect: {rule.Reason}. Leave it out, or {rule.Remedy}")))
            .DistinctBy(option => option.Name);
    }

    /// <summary>custom Parts that nothing would ask for.</summary>
    public static IEnumerable<string> PartsOf(TrainerConfiguration configuration)
    {
        if (configuration.StrongView is not null && configuration.Options.SemiSupervision?.Mode == SemiSupervisionMode.None)
        {
            yield return $"A strong view was given, but the semi-supervision mode is {SemiSupervisionMode.None}: leave it out, or " +
                $"choose another {Mode}";
        }

        foreach (string fault in FrozenFeatureRules.PartsOf(configuration))
        {
            yield return fault;
        }
    }

    private static IEnumerable<Rule> Rules(TrainerConfiguration configuration, TrainingOptions options) =>
        OfMode(options.SemiSupervision.Mode, options).Concat(OfPolicy(configuration, options))
            .Concat(OfUnlabelledTasks(configuration, options.SemiSupervision)).Concat(OfTasks(configuration, options))
            .Concat(OfImbalance(options)).Concat(OfOthers(configuration, options))
            .Concat(FrozenFeatureRules.Of(configuration)).Append(RankRules.Of(configuration)).Where(rule => rule.Holds);

    private static IEnumerable<Rule> OfMode(SemiSupervisionMode mode, TrainingOptions options)
    {
        string reason = $"{Mode} is {mode}";
        const string Remedy = $"set {Mode} to {nameof(SemiSupervisionMode.PseudoLabels)}";
        yield return new(
            mode != SemiSupervisionMode.PseudoLabels,
            [
                Policy, Teacher, RampUp, .. OfPolicies.Values, Alignment, Unsupervised, Consistency, PseudoLabelClassWeights,
                PseudoLabelLimit, Tasks, Units, Affect, Coupling,
            ],
            mode == SemiSupervisionMode.None ? reason : $"{reason}, where strong views follow weak ones, weighing 1, without a threshold",
            Remedy);

        // Whatever else comes to be an option of strong views.
        yield return new(mode == SemiSupervisionMode.None, [nameof(TrainingOptions.SemiSupervision)], reason, Remedy);
        yield return new(
            mode == SemiSupervisionMode.Agreement,
            [WithoutUnlabelled, Alpha, Share],
            $"{reason}, where every row has a strong view",
            Remedy);
        yield return new(
            mode == SemiSupervisionMode.None && options.ExpressionLoss.WithoutUnlabelled is not null, [Supervised],
            $"{reason}, so that {WithoutUnlabelled} replaces it in every batch", $"set {WithoutUnlabelled} to null");
    }

    private static IEnumerable<Rule> OfPolicy(TrainerConfiguration configuration, TrainingOptions options)
    {
        yield return new(
            configuration.Policies.ContainsKey(AffectTaskNames.Expression), [.. OfPolicies.Values],
            $"{nameof(MultiTaskTrainerBuilder.UsePseudoLabelPolicy)} gave another policy",
            $"leave that policy out, or, where it reads the option itself, call {nameof(MultiTaskTrainerBuilder.AllowUnusedOptions)}");
        foreach ((PseudoLabelPolicyKind kind, string name) in OfPolicies)
        {
            yield return new(
                options.SemiSupervision.Policy != kind, [name], $"{Policy} is {options.SemiSupervision.Policy}", $"set {Policy} to {kind}");
        }

        // A set of weights made for 0 has no limit: it is no fault that it has none.
        yield return new(
            options.ExpressionLoss.Unsupervised == 0,
            options.ExpressionLoss.PseudoLabelLimit is null ? [PseudoLabelClassWeights] : [PseudoLabelClassWeights, PseudoLabelLimit],
            $"{Unsupervised} is 0, so that no pseudo-label is learned", $"raise {Unsupervised}");
        yield return new(
            options.SemiSupervision.Alignment.Target == AlignmentTarget.None,
            [$"{Alignment}.{nameof(DistributionAlignmentOptions.Window)}"],
            "nothing is aligned", $"set {Alignment}.{nameof(DistributionAlignmentOptions.Target)}");
    }

    private static IEnumerable<Rule> OfTasks(TrainerConfiguration configuration, TrainingOptions options)
    {
        string[] ofExpression = [nameof(TrainingOptions.ExpressionLoss), nameof(TrainingOptions.LabelSmoothing), Power, Normalize];
        string[] ofUnits = [UnitPower, UnitWeighting];
        bool expression = IsBuiltIn(AffectTaskNames.Expression), units = IsBuiltIn(AffectTaskNames.ActionUnits);
        yield return new(!expression, ofExpression, Reason(AffectTaskNames.Expression), "leave the built-in task and its loss as they are");
        yield return new(!units, ofUnits, Reason(AffectTaskNames.ActionUnits), "leave the built-in task and its loss as they are");
        yield return new(
            (!expression || options.Imbalance.ResampleExpressions) && !units, [Cap], "no built-in loss has weights",
            $"leave the built-in task '{AffectTaskNames.ActionUnits}' and its loss as they are");

        bool IsBuiltIn(string task) => configuration.BuiltInTasks.Contains(task) && !configuration.TasksWithOwnLoss.Contains(task);
        string Reason(string task) => configuration.BuiltInTasks.Contains(task)
            ? $"the loss of '{task}' is a custom one"
            : $"the built-in task '{task}' is not learned";
    }

    private static IEnumerable<Rule> OfImbalance(TrainingOptions options)
    {
        yield return new(
            options.Imbalance.ResampleExpressions,
            [Power, Normalize, PseudoLabelClassWeights],
            $"{Resample} stands in for expression weights",
            $"set {Resample} to false");
        yield return new(
            options.Imbalance.ExpressionPower == 0,
            [Normalize, PseudoLabelClassWeights],
            $"{Power} is 0, so that every class weighs 1",
            $"raise {Power}");
        yield return new(
            options.Imbalance.ActionUnitPower == 0,
            [UnitWeighting],
            $"{UnitPower} is 0, so that every unit weighs 1",
            $"raise {UnitPower}");
    }

    private static IEnumerable<Rule> OfOthers(TrainerConfiguration configuration, TrainingOptions options)
    {
        const string Patience = $"{nameof(TrainingOptions.EarlyStopping)}.{nameof(EarlyStoppingOptions.Patience)}";
        const string Kind = $"{nameof(TrainingOptions.Schedule)}.{nameof(ScheduleOptions.Kind)}";
        yield return new(
            options.EarlyStopping.Patience is null,
            [$"{nameof(TrainingOptions.EarlyStopping)}.{nameof(EarlyStoppingOptions.MinimumImprovement)}"],
            $"{Patience} is null, so that no run stops early", $"set {Patience}");
        yield return new(options.Mixup.Alpha is null, [Share], $"{Alpha} is null, so that nothing is mixed", $"set {Alpha}");
        yield return new(
            options.Mixup is { Alpha: not null, Share: 0 }, [Alpha], $"{Share} is 0, so that nothing is mixed", $"raise {Share}");
        yield return new(
            options.Schedule.Kind == ScheduleKind.OneCycle, [$"{nameof(TrainingOptions.Optimizer)}.{nameof(OptimizerOptions.Beta1)}"],
            $"{Kind} is {ScheduleKind.OneCycle}, which has its own course of beta1", $"choose another {Kind}");
        bool ownStrong = configuration.StrongView is not null || options.SemiSupervision.Mode == SemiSupervisionMode.None;
        yield return new(
            configuration.WeakView is not null && ownStrong,
            [nameof(TrainingOptions.Views)],
            "custom views take their place",
            "leave those views out");
    }

    /// <summary>Options that do nothing under a condition.</summary>
    internal sealed record Rule(bool Holds, string[] Options, string Reason, string Remedy)
    {
        public bool Covers(string name) =>
            Options.Any(option => name == option || name.StartsWith(option + '.', StringComparison.Ordinal));
    }
}
