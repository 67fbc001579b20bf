using System.Collections.Immutable;
using System.Globalization;
using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Training;

namespace SsMfar.ConsoleApp.Searching;

/// <summary>What <c>search</c> was asked for.</summary>
internal sealed record SearchArguments
{
    /// <summary>The run that candidates are changes of.</summary>
    public required TrainArguments Training { get; init; }

    /// <summary>The file of the space.</summary>
    public required string Space { get; init; }

    /// <summary>In full runs.</summary>
    public required double Budget { get; init; }

    public required double Factor { get; init; }

    public required int LeastEpochs { get; init; }

    /// <summary>The runs' seeds; those of the draws are of <see cref="TrainArguments.Seed"/>.</summary>
    public required ImmutableArray<long> Seeds { get; init; }

    /// <summary>The epochs of a full run.</summary>
    public int Epochs => Training.Epochs ?? (Training.Frozen ? DefaultBudget.FrozenEpochs : DefaultBudget.Epochs);

    /// <summary>The candidates, and the plan for them.</summary>
    /// <exception cref="BadInputException">The budget is less than one candidate costs, or the epochs less than the least.</exception>
    public (HalvingPlan Plan, ImmutableArray<SearchCandidate> Candidates) Draw(SearchSpace space)
    {
        ImmutableArray<SearchCandidate> candidates = space.Draw(Plan(space.Count).Rungs[0].Candidates, Training.Seed);

        // A range of numbers that are written with few digits may have fewer of them than are paid for.
        return (Plan(candidates.Length), candidates);
    }

    private HalvingPlan Plan(int? candidates) =>
        LeastEpochs > Epochs ? throw new BadInputException(
            FormattableString.Invariant($"--least-epochs {LeastEpochs}: a full run has {Epochs} epochs. Give fewer, or more --epochs."))
        : Budget < Seeds.Length ? throw new BadInputException(
            FormattableString.Invariant($"--budget {Budget}: one candidate with {Seeds.Length} --seeds costs {Seeds.Length} full runs. ") +
            "Give more, or fewer seeds.")
        : HalvingPlan.Create(Budget, Epochs, Seeds.Length, Factor, LeastEpochs, candidates);

    /// <summary>What the search was started with, in the words of the command line. More budget goes on with the same candidates.</summary>
    public SortedDictionary<string, string> Describe(SearchSpace space)
    {
        SortedDictionary<string, string> words = RunFolder.Describe(Training);
        words["--epochs"] = Text(Epochs);
        words["--space"] = space.ToString().Replace("\n", "; ", StringComparison.Ordinal);
        words["--reduction"] = Text(Factor);
        words["--least-epochs"] = Text(LeastEpochs);
        words["--seeds"] = string.Join(',', Seeds);
        return words;
    }

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
