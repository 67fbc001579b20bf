using System.Globalization;
using Microsoft.Extensions.Options;
using SsMfar.Data;
using SsMfar.Metadata;

namespace SsMfar.Training;

/// <summary>What is wrong with a trainer's configuration, all of it at once, each fault with what to do about it.</summary>
internal static class ConfigurationFaults
{
    private const string Teacher = $"{nameof(TrainingOptions.SemiSupervision)}.{nameof(SemiSupervisionOptions.Teacher)}";

    public static IEnumerable<string> Of(TrainerConfiguration configuration)
    {
        ValidateOptionsResult validation = new TrainingOptionsValidator().Validate(null, configuration.Options);
        return (validation.Failures ?? []).Concat(OfVariant(configuration)).Concat(OfTasks(configuration))
            .Concat(OfParts(configuration))
            .Concat(OfStart(configuration))
            .Concat(OfBalancing(configuration))
            .Concat(OfSampler(configuration))
            .Concat(OfSemiSupervision(configuration))
            .Concat(RankRules.FaultsOf(configuration))
            .Concat(configuration.AllowUnusedOptions ? [] : configuration.UnusedOptions.Select(option => option.Fault))
            .Concat(UnusedOptions.PartsOf(configuration));
    }

    private static IEnumerable<string> OfVariant(TrainerConfiguration configuration)
    {
        SsMfarVariant variant = configuration.Variant;
        if (variant.PretrainedOn is { } data && configuration.Pretrained is null && configuration.Start is null)
        {
            yield return $"Variant {variant.Name} starts from weights pretrained on {data}: give them to " +
                $"{nameof(MultiTaskTrainerBuilder.UseBackbone)}, or choose another variant";
        }

        if (variant.FromScratch && configuration.Pretrained is not null)
        {
            yield return $"Variant {variant.Name} is about training from scratch, and pretrained weights were given: leave them out, " +
                $"or choose {SsMfarVariant.SsMfar.Name} with the backbone that they are of";
        }

        if (variant.FromScratch && configuration.Start is not null)
        {
            yield return $"Variant {variant.Name} is about training from scratch, and a model to start from was given: leave it out, or " +
                $"choose {SsMfarVariant.SsMfar.Name}";
        }

        if (variant.Backbone is { } backbone && configuration.Backbone.Name != backbone.Name)
        {
            yield return $"Variant {variant.Name} is about {backbone.Name}, not {configuration.Backbone.Name}: leave the backbone out, " +
                "or choose another variant";
        }
    }

    private static IEnumerable<string> OfStart(TrainerConfiguration configuration)
    {
        if (configuration.Start is { } start)
        {
            if (configuration.Pretrained is not null)
            {
                yield return $"A model to start from and pretrained weights were given, and both bring the backbone's weights: leave " +
                    $"{nameof(MultiTaskTrainerBuilder.UseStartModel)} or the weights out";
            }

            string kind = start.Architecture.Backbone.Kind;
            if (kind != configuration.Backbone.Name)
            {
                yield return $"{start.Path}: its backbone is {kind}, and that of the run is {configuration.Backbone.Name}: give " +
                    $"{kind} to {nameof(MultiTaskTrainerBuilder.UseBackbone)}, or start from another model";
            }
        }

        const string Course = $"{nameof(TrainingOptions.Schedule)}.{nameof(ScheduleOptions.Epochs)}";
        if (configuration.Options is { Schedule: { Kind: not ScheduleKind.Constant, Epochs: { } course } schedule, Epochs: var epochs } &&
            course < epochs)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{Course} is {course}, and after as many of the {epochs} epochs the rate of {schedule.Kind} has fallen to nothing: " +
                    $"raise {Course}, or lower {nameof(TrainingOptions.Epochs)}");
        }
    }

    private static IEnumerable<string> OfTasks(TrainerConfiguration configuration)
    {
        string[] names = [.. configuration.TaskNames];
        if (names.Length == 0)
        {
            yield return "There is no task to learn";
        }

        foreach (string unknown in configuration.BuiltInTasks.Except(BuiltInTasks.Names))
        {
            yield return $"There is no built-in task '{unknown}'; there are {string.Join(", ", BuiltInTasks.Names)}; others are added " +
                $"with {nameof(MultiTaskTrainerBuilder.AddTask)}";
        }

        foreach (IGrouping<string, string> repeated in names.GroupBy(name => name).Where(group => group.Count() > 1))
        {
            yield return $"Task '{repeated.Key}' is there twice";
        }

        foreach (string missing in configuration.ChangedTasks.Except(names))
        {
            yield return $"A part was given for task '{missing}', which is not learned; tasks: {string.Join(", ", names)}";
        }
    }

    // Of any classes: neither kinds nor descriptions depend on their names.
    private static IEnumerable<string> OfParts(TrainerConfiguration configuration) =>
        configuration.BuiltInTasks.All(name => BuiltInTasks.Names.Contains(name))
            ? SavableParts.Faults(configuration.Backbone, configuration.Tasks(
                ExpressionClassSet.AffWild2, ActionUnitSet.AffWild2, ActionUnitSet.AffWild2))
            : [];

    private static IEnumerable<string> OfBalancing(TrainerConfiguration configuration)
    {
        if (configuration.Options.Balancing is not { Weights: { } weights } options)
        {
            yield break;
        }

        const string Weights = $"{nameof(TrainingOptions.Balancing)}.{nameof(TaskBalancingOptions.Weights)}";
        foreach (string unknown in weights.Keys.Except(configuration.TaskNames))
        {
            yield return $"{Weights} name a task '{unknown}', which is not learned; tasks: {string.Join(", ", configuration.TaskNames)}";
        }

        foreach ((string task, double weight) in weights.Where(entry => !double.IsFinite(entry.Value) || entry.Value < 0))
        {
            yield return FormattableString.Invariant($"{Weights} must be finite and not negative; that of '{task}' is {weight}");
        }

        if (weights.Count > 0 && options.Kind != TaskBalancingKind.Sum)
        {
            yield return $"{Weights} are those of a sum, and {nameof(TaskBalancingOptions.Kind)} is {options.Kind}: leave one of the " +
                "two out";
        }

        if (configuration.Balancing is not null && (weights.Count > 0 || options.Kind != TaskBalancingKind.Sum))
        {
            yield return $"{nameof(MultiTaskTrainerBuilder.UseTaskBalancing)} takes the place of {nameof(TrainingOptions.Balancing)}: " +
                "leave one of the two out";
        }
    }

    // A fault though a variant alone asks for re-sampling: its weights of 1 would be all that is left of it.
    private static IEnumerable<string> OfSampler(TrainerConfiguration configuration)
    {
        const string Imbalance = nameof(TrainingOptions.Imbalance);
        if (configuration is { Sampler: not null, AllowUnusedOptions: false, Options.Imbalance: { ResampleExpressions: true } })
        {
            yield return $"{nameof(MultiTaskTrainerBuilder.UseSampler)} takes the place of the re-sampling that {Imbalance}." +
                $"{nameof(ImbalanceOptions.ResampleExpressions)} asks for, and expression weights would be 1 without it: leave the " +
                $"sampler out, or set {Imbalance}.{nameof(ImbalanceOptions.ResampleExpressions)} to false, and for a sampler that " +
                $"balances the classes itself {Imbalance}.{nameof(ImbalanceOptions.ExpressionPower)} to 0";
        }
    }

    private static IEnumerable<string> OfSemiSupervision(TrainerConfiguration configuration)
    {
        if (configuration.Options.SemiSupervision is not { } options)
        {
            yield break;
        }

        bool pseudoLabels = options.Mode == SemiSupervisionMode.PseudoLabels;
        string[] strangers = [.. configuration.Policies.Keys.Except(configuration.TaskNames)];
        string[] taught = [.. TrainerConfiguration.Names(options.Tasks)];
        if (pseudoLabels && configuration.PolicyTasks.IsEmpty && taught.Length > 0 && strangers.Length == 0)
        {
            yield return $"Pseudo-labels are for the task '{string.Join("' or '", taught)}', which is not learned: add it to the tasks, " +
                $"or set {nameof(TrainingOptions.SemiSupervision)}.{nameof(SemiSupervisionOptions.Mode)} to {SemiSupervisionMode.None}";
        }

        if (pseudoLabels && options.Teacher == PseudoLabelTeacher.Average && configuration.Options.EmaDecay is null)
        {
            yield return $"{Teacher} {PseudoLabelTeacher.Average} needs averaged weights: set {nameof(TrainingOptions.EmaDecay)}, or let " +
                $"{PseudoLabelTeacher.Model} teach";
        }

        if (options.Teacher != PseudoLabelTeacher.Average && configuration.PolicyTasks.Contains(AffectTaskNames.ValenceArousal) &&
            !configuration.Policies.ContainsKey(AffectTaskNames.ValenceArousal))
        {
            yield return $"Rows without valence and arousal are held to the averaged weights' estimate: set {Teacher} to " +
                $"{PseudoLabelTeacher.Average}, or leave {UnlabelledTasks.ValenceArousal} out of " +
                $"{nameof(TrainingOptions.SemiSupervision)}.{nameof(SemiSupervisionOptions.Tasks)}";
        }

        foreach (string stranger in strangers)
        {
            yield return $"A pseudo-label policy was given, but the task '{stranger}' is not learned: " +
                (BuiltInTasks.Names.Contains(stranger)
                    ? $"leave the policy out, or add the task to {nameof(MultiTaskTrainerBuilder.UseTasks)}"
                    : "leave the policy out, or add that task, too");
        }

        if (!pseudoLabels && strangers.Length < configuration.Policies.Count)
        {
            yield return $"A pseudo-label policy was given, but the semi-supervision mode is {options.Mode}";
        }

        if (configuration.PolicyTasks.Contains(AffectTaskNames.ActionUnitIntensity) &&
            configuration.BuiltInTasks.Contains(AffectTaskNames.ActionUnitIntensity) &&
            !configuration.TasksWithOwnLoss.Contains(AffectTaskNames.ActionUnitIntensity))
        {
            yield return $"A pseudo-label policy was given, but the built-in loss of '{AffectTaskNames.ActionUnitIntensity}' learns from " +
                "labels alone: leave the policy out, or give the task a loss of your own that learns from pseudo-labels";
        }

        if (configuration.Policies.ContainsKey(AffectTaskNames.Expression) &&
            options.Policy is { } kind and not PseudoLabelPolicyKind.AdaptiveThreshold)
        {
            yield return $"{nameof(MultiTaskTrainerBuilder.UsePseudoLabelPolicy)} takes the place of " +
                $"{nameof(TrainingOptions.SemiSupervision)}.{nameof(SemiSupervisionOptions.Policy)}, which is {kind}: leave one of the " +
                "two out";
        }
    }
}
