using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using SsMfar.Distributed;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Training;

/// <summary>What ranks compare at the end of an epoch: that they hold the same state, and how fast each was.</summary>
internal static class RankChecks
{
    private const double Straggling = 1.25;

    /// <summary>Compares, and logs on rank 0.</summary>
    /// <param name="ranks">The ranks.</param>
    /// <param name="state">What is compared.</param>
    /// <param name="losses">The epoch's, which are compared too.</param>
    /// <param name="epoch">Which.</param>
    /// <param name="seconds">How long its steps took in this process.</param>
    /// <param name="waited">How much of that passed in exchanges.</param>
    /// <param name="logger">Where rank 0 logs.</param>
    /// <exception cref="ProcessGroupException">A rank holds other weights; the message names it and the first of them.</exception>
    public static void EndEpoch(
        RunRanks ranks,
        TrainingState state,
        ImmutableSortedDictionary<string, double> losses,
        int epoch,
        double seconds,
        double waited,
        ILogger logger)
    {
        if (ranks.Options.CheckWeights)
        {
            RequireSame(ranks, state, losses, epoch);
        }

        double[][] all = ranks.Group.Gather([Math.Max(1e-9, seconds - waited), waited]);
        if (!ranks.IsFirst || !logger.IsEnabled(LogLevel.Information))
        {
            return;
        }

        double[] busy = [.. all.Select(rank => rank[0])];
        TrainingLog.RankSpeeds(logger, epoch, string.Join(", ", all.Select((rank, i) => string.Create(
            CultureInfo.InvariantCulture, $"rank {i} {rank[0]:F1} s ({rank[1]:F1} s in exchanges and waiting)"))));
        int slowest = Array.IndexOf(busy, busy.Max());
        double others = (busy.Sum() - busy[slowest]) / (busy.Length - 1);
        if (busy[slowest] > Straggling * others)
        {
            TrainingLog.Straggler(logger, epoch, slowest, busy[slowest], others);
        }
    }

    private static void RequireSame(
        RunRanks ranks, TrainingState state, ImmutableSortedDictionary<string, double> losses, int epoch)
    {
        (string Name, torch.Tensor Tensor)[] tensors =
        [
            .. state.Model.state_dict().Select(entry => (entry.Key, entry.Value)),
            .. (state.AveragedModel?.state_dict() ?? []).Select(entry => ($"average of {entry.Key}", entry.Value)),
            .. (state.Balancing?.state_dict() ?? []).Select(entry => ($"balancing's {entry.Key}", entry.Value)),
            .. state.Policies.SelectMany(policy => policy.Value.SaveState()
                .OrderBy(entry => entry.Key, StringComparer.Ordinal)
                .Select(entry => ($"{entry.Key} of the policy of {policy.Key}", entry.Value))),
        ];

        // Gradients are summed, so that one rank's other loss moves all alike: it shows in the losses alone.
        string[] names = [.. tensors.Select(entry => entry.Name), "value of the losses"];
        string terms = string.Join(';', losses.Select(term => FormattableString.Invariant($"{term.Key} {term.Value:R}")));
        long[][] all = ranks.Group.Gather(
            [.. tensors.Select(entry => Hash(entry.Tensor)), First(SHA256.HashData(Encoding.UTF8.GetBytes(terms)))]);
        for (int rank = 1; rank < all.Length; rank++)
        {
            int different = Enumerable.Range(0, names.Length).FirstOrDefault(i => all[rank][i] != all[0][i], -1);
            if (different >= 0)
            {
                throw new ProcessGroupException(
                    FormattableString.Invariant($"After epoch {epoch} rank {rank} holds another {names[different]} than rank 0."),
                    "Let a custom part depend on nothing but what it is given, and use machines of one kind and one libtorch; or set " +
                        $"{nameof(TrainingOptions.Distributed)}.{nameof(DistributedOptions.CheckWeights)} to false.");
            }
        }
    }

    private static long Hash(torch.Tensor tensor)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return First(SHA256.HashData(Transfers.ToHost(tensor).contiguous().bytes));
    }

    private static long First(byte[] hash) => BitConverter.ToInt64(hash);
}
