using System.Collections.Immutable;
using System.Globalization;

namespace SsMfar.Training;

/// <summary>Whether a run may go on to another number of epochs than it was started with.</summary>
internal static class LongerRun
{
    private const string Epochs = nameof(TrainingOptions.Epochs);
    private const string Validation = "ValidationSet";
    private const string Schedule = $"{nameof(TrainingOptions.Schedule)}.";
    private const string Kind = Schedule + nameof(ScheduleOptions.Kind);
    private const string Length = Schedule + nameof(ScheduleOptions.Epochs);
    private const string WarmUp = Schedule + nameof(ScheduleOptions.WarmUpFraction);

    /// <summary>
    /// Where a run goes on whose description differs in the number of epochs, and perhaps in the learning rate's course, and in nothing
    /// else.
    /// </summary>
    /// <param name="path">The checkpoint.</param>
    /// <param name="position">Where it is.</param>
    /// <param name="was">What the run was started with.</param>
    /// <param name="now">What it is to go on with.</param>
    /// <returns>
    /// The position, a new course beginning there where it was restated; null where the two differ in something else, or not in epochs.
    /// </returns>
    /// <exception cref="CheckpointException">The steps taken are none of the longer run's.</exception>
    public static TrainingPosition? From(string path, TrainingPosition position, RunDescription was, RunDescription now)
    {
        ImmutableArray<string> changed = was.Changed(now);
        if (!changed.Contains(Epochs) || changed.Any(name => name != Epochs && !name.StartsWith(Schedule, StringComparison.Ordinal)))
        {
            return null;
        }

        int epochs = int.Parse(now.Entries[Epochs], CultureInfo.InvariantCulture);
        if (epochs < position.History.Length || (epochs == position.History.Length && position.StepInEpoch > 0))
        {
            throw new CheckpointException(
                FormattableString.Invariant(
                    $"{path}: {Epochs} was {was.Entries[Epochs]}, is {epochs}, and {position.History.Length} epochs were run."),
                $"Give {Epochs} that are left to run, or start a new run in another folder.");
        }

        if (epochs == position.History.Length && now.Entries[Validation] != "none" && position.History[^1].Evaluation is null)
        {
            throw new CheckpointException(
                FormattableString.Invariant(
                    $"{path}: {Epochs} was {was.Entries[Epochs]}, is {epochs}, and epoch {epochs} was run without being evaluated."),
                $"Give more {Epochs}: the last one is always evaluated.");
        }

        return changed.Length > 1 ? position with { CourseStart = position.Step }
            : IsOfSteps(now.Entries) ? position
            : throw new CheckpointException(
                $"{path}: {Epochs} was {was.Entries[Epochs]}, is {epochs}, and the learning rate's course " +
                    $"({now.Entries[Kind].Trim('"')}) depends on them: the steps taken are none of the longer run's.",
                FormattableString.Invariant(
                    $"Restate the course, for the epochs that are left, by {Length}={epochs} or with another {Kind}; or start a new run ") +
                    $"from the model with {nameof(MultiTaskTrainerBuilder.UseStartModel)}; or resume with {Epochs} as they were. A run " +
                    $"that is begun with {Length} can be lengthened.");
    }

    // Whether the rate at a step is the same however many epochs there are.
    private static bool IsOfSteps(ImmutableSortedDictionary<string, string> run) =>
        run[Length] != "none" || (run[Kind].Trim('"') == nameof(ScheduleKind.Constant) && run[WarmUp] == "0");
}
