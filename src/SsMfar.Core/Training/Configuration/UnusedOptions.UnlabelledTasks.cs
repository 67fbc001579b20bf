using SsMfar.Losses;
using SsMfar.Metadata;

namespace SsMfar.Training;

/// <content>Of the options about rows without a task's label.</content>
internal static partial class UnusedOptions
{
    private const string Tasks = Group + nameof(SemiSupervisionOptions.Tasks);
    private const string Units = Group + nameof(SemiSupervisionOptions.ActionUnits);
    private const string UnitLoss = $"{Units}.{nameof(ActionUnitPolicyOptions.Loss)}";
    private const string Affect = Group + nameof(SemiSupervisionOptions.ValenceArousal);
    private const string AffectWeight = $"{Affect}.{nameof(UnlabelledValueOptions.Weight)}";
    private const string Coupling = Group + nameof(SemiSupervisionOptions.Coupling);
    private const string CouplingWeight = $"{Coupling}.{nameof(TaskCouplingOptions.Weight)}";

    private static IEnumerable<Rule> OfUnlabelledTasks(TrainerConfiguration configuration, SemiSupervisionOptions options)
    {
        if (options.Mode != SemiSupervisionMode.PseudoLabels)
        {
            yield break;
        }

        const string OwnPolicy = $"{nameof(MultiTaskTrainerBuilder.UsePseudoLabelPolicy)} gave another policy";
        yield return Without(
            AffectTaskNames.Expression, UnlabelledTasks.Expression,
                [Policy, Alignment, Unsupervised, Consistency, PseudoLabelClassWeights, PseudoLabelLimit, .. OfPolicies.Values]);
        yield return Without(AffectTaskNames.ActionUnits, UnlabelledTasks.ActionUnits, [Units]);
        yield return Without(AffectTaskNames.ValenceArousal, UnlabelledTasks.ValenceArousal, [Affect]);
        yield return new(
            configuration.Policies.ContainsKey(AffectTaskNames.ActionUnits),
            [$"{Units}.{nameof(ActionUnitPolicyOptions.Threshold)}"], OwnPolicy, "leave that policy out");
        yield return OfOwnLoss(AffectTaskNames.ActionUnits, UnitLoss);
        yield return OfOwnLoss(AffectTaskNames.ValenceArousal, Affect);
        yield return new(
            options.ActionUnits.Loss.Unsupervised == 0,
            [$"{UnitLoss}.{nameof(UnlabelledUnitOptions.UsePositiveWeights)}"],
            $"{UnitLoss}.{nameof(UnlabelledUnitOptions.Unsupervised)} is 0", "raise that");
        yield return new(
            options.ValenceArousal.Weight == 0,
            [
                $"{Affect}.{nameof(UnlabelledValueOptions.Kind)}", $"{Affect}.{nameof(UnlabelledValueOptions.RampUpEpochs)}",
                $"{Affect}.{nameof(UnlabelledValueOptions.WeakViews)}",
            ],
            $"{AffectWeight} is 0", $"raise {AffectWeight}");
        yield return new(
            options.Coupling.Weight == 0,
            [$"{Coupling}.{nameof(TaskCouplingOptions.Table)}", $"{Coupling}.{nameof(TaskCouplingOptions.BothWays)}"],
            $"{CouplingWeight} is 0, so that nothing is coupled", $"raise {CouplingWeight}");
        string[] coupled = [AffectTaskNames.Expression, AffectTaskNames.ActionUnits];
        yield return new(
            coupled.Except(configuration.TaskNames).Any(), [Coupling],
            $"it is between '{coupled[0]}' and '{coupled[1]}', which are not both learned", "learn both");

        Rule Without(string task, UnlabelledTasks name, string[] unused) => new(
            !configuration.PolicyTasks.Contains(task), unused,
            configuration.TaskNames.Contains(task) ? $"{Tasks} is {options.Tasks}" : $"the task '{task}' is not learned",
            $"add {name} to {Tasks}");

        Rule OfOwnLoss(string task, string option) => new(
            configuration.TasksWithOwnLoss.Contains(task), [option], $"the loss of '{task}' is a custom one", "leave its loss as it is");
    }
}
