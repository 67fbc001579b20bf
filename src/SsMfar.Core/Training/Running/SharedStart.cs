using System.Globalization;
using System.Text.Json;
using SsMfar.Distributed;
using SsMfar.SemiSupervised;
using TorchSharp;

namespace SsMfar.Training;

/// <summary>How ranks begin: with the same run, and with the state that rank 0 has, from its checkpoint or from the seed.</summary>
internal static class SharedStart
{
    /// <summary>
    /// Refuses ranks that would decode other sets, or otherwise, before any does: they wait for each other as often as there are sets.
    /// </summary>
    /// <param name="ranks">The ranks.</param>
    /// <param name="validates">Whether this rank has a validation set.</param>
    /// <param name="sharesFolder">Whether it keeps decoded images in a folder.</param>
    /// <exception cref="ProcessGroupException">A rank has what rank 0 has not, or the other way round.</exception>
    public static void RequireSameSets(RunRanks ranks, bool validates, bool sharesFolder)
    {
        (string Name, bool Here)[] parts = [("validation set", validates), ("folder of decoded images", sharesFolder)];
        string here = string.Concat(parts.Select(part => part.Here ? '1' : '0'));
        string first = ranks.Group.FromFirst(here);
        string[] differences =
        [
            .. parts.Where((_, i) => here[i] != first[i]).Select(part => $"it has {(part.Here ? "a" : "no")} {part.Name}"),
        ];
        if (differences.Length > 0)
        {
            throw OtherStart(ranks, differences);
        }
    }

    /// <summary>Refuses ranks that were given something else.</summary>
    /// <param name="ranks">The ranks.</param>
    /// <param name="run">What this rank was started with.</param>
    /// <exception cref="ProcessGroupException">A rank's options, parts or data are others than rank 0's.</exception>
    public static void RequireSame(RunRanks ranks, RunDescription run)
    {
        // A run goes on with other ways of spreading it, but its ranks have one.
        run = run.With(nameof(TrainingOptions.Distributed), ranks.Options);
        RunDescription first = JsonSerializer.Deserialize<RunDescription>(
            ranks.Group.FromFirst(JsonSerializer.Serialize(run, TrainingJson.Options)), TrainingJson.Options)!;
        string[] differences = [.. first.Differences(run)];
        if (differences.Length > 0)
        {
            throw OtherStart(ranks, differences);
        }

        // Nobody goes on while another is about to say that it cannot.
        ranks.Group.Barrier();
    }

    /// <summary>Gives every rank the state of rank 0.</summary>
    /// <returns>Where the run goes on.</returns>
    public static TrainingPosition Take(RunRanks ranks, TrainingState state, BestModel best, TrainingPosition position)
    {
        CountedGroup group = ranks.Group;
        position = JsonSerializer.Deserialize<TrainingPosition>(
            group.FromFirst(JsonSerializer.Serialize(position, TrainingJson.Options)), TrainingJson.Options)!;
        foreach ((_, torch.Tensor tensor) in state.Model.state_dict().Concat(state.AveragedModel?.state_dict() ?? [])
            .Concat(state.Balancing?.state_dict() ?? []))
        {
            group.FromFirst(tensor);
        }

        string[] steps = group.FromFirst(string.Create(
            CultureInfo.InvariantCulture, $"{state.Optimizer.StepsTaken.Backbone} {state.Optimizer.StepsTaken.Heads}")).Split(' ');
        state.Optimizer.Load(
            (_, moment) => group.FromFirst(moment),
            new(long.Parse(steps[0], CultureInfo.InvariantCulture), long.Parse(steps[1], CultureInfo.InvariantCulture)));
        foreach (IPseudoLabelPolicy policy in state.Policies.Values)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            Dictionary<string, torch.Tensor> saved = policy.SaveState().OrderBy(entry => entry.Key, StringComparer.Ordinal)
                .ToDictionary(entry => entry.Key, entry => entry.Value.clone(), StringComparer.Ordinal);
            foreach (torch.Tensor tensor in saved.Values)
            {
                group.FromFirst(tensor);
            }

            policy.LoadState(saved);
        }

        if (position.BestEpoch > 0)
        {
            best.Share(group, state.EvaluatedModel);
        }

        return position;
    }

    private static ProcessGroupException OtherStart(RunRanks ranks, string[] differences) => new(
        FormattableString.Invariant($"Rank {ranks.Rank} was started differently from rank 0: {string.Join("; ", differences)}."),
        "Give every rank the same options and files.")
    {
        IsStart = true,
    };
}
