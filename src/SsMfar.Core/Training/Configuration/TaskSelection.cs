using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Metadata;
using SsMfar.Tasks;

namespace SsMfar.Training;

/// <summary>Which of the tasks asked for a run learns: those that the training set has a label of.</summary>
internal static class TaskSelection
{
    /// <summary>The names of the tasks of which no row has a label.</summary>
    public static ImmutableArray<string> WithoutLabels(IEnumerable<AffectTask> tasks, AnnotationSet annotations) =>
        [.. tasks.Where(task => !HasLabel(task.Labels, annotations)).Select(task => task.Name)];

    /// <summary>
    /// The same configuration without some tasks. Where none is left that pseudo-labels could be given for, semi-supervision by them is
    /// off, unless a coupling of learned tasks is asked for, which is of its mode.
    /// </summary>
    public static TrainerConfiguration Without(TrainerConfiguration configuration, ImmutableArray<string> leftOut)
    {
        if (leftOut.IsEmpty)
        {
            return configuration;
        }

        TrainingOptions options = TrainingJson.Copy(configuration.Options);
        if (EndsPseudoLabels(configuration, leftOut) &&
            !AreCoupled([.. configuration.TaskNames.Except(leftOut)], options.SemiSupervision))
        {
            options.SemiSupervision.Mode = SemiSupervisionMode.None;
        }

        return configuration with
        {
            Options = options,
            Policies = configuration.Policies.RemoveRange(leftOut),
            BuiltInTasks = [.. configuration.BuiltInTasks.Except(leftOut)],
            AddedTasks = [.. configuration.AddedTasks.Where(task => !leftOut.Contains(task.Name))],
        };
    }

    /// <summary>Whether leaving tasks out takes away what pseudo-labels are for.</summary>
    public static bool EndsPseudoLabels(TrainerConfiguration configuration, ImmutableArray<string> leftOut) =>
        !configuration.PolicyTasks.IsEmpty && !configuration.PolicyTasks.Except(leftOut).Any();

    /// <summary>Whether the options ask for the coupling of expressions and units, and both are learned.</summary>
    public static bool AreCoupled(IReadOnlyCollection<string> tasks, SemiSupervisionOptions options) =>
        options is { Mode: SemiSupervisionMode.PseudoLabels, Coupling.Weight: > 0 } &&
        tasks.Contains(AffectTaskNames.Expression) && tasks.Contains(AffectTaskNames.ActionUnits);

    private static bool HasLabel(ITaskLabels labels, AnnotationSet annotations)
    {
        float[] values = new float[labels.Width];
        bool[] known = new bool[labels.Width];
        for (int row = 0; row < annotations.Count; row++)
        {
            labels.Read(annotations, row, values, known);
            if (known.Contains(true))
            {
                return true;
            }
        }

        return false;
    }
}
