using SsMfar.Distributed;
using SsMfar.Models;
using TorchSharp;

namespace SsMfar.Training;

/// <summary>
/// An evaluation that ranks share: each computes every n-th batch, and every rank judges the outputs of all, in the order of the rows, so
/// that any metric gives what it gives in one process.
/// </summary>
internal static class SharedEvaluation
{
    /// <summary>Computes the outputs of all batches.</summary>
    /// <param name="model">The model, in evaluation mode.</param>
    /// <param name="batches">The set's rows, cut as in one process; none larger than the first.</param>
    /// <param name="input">Makes the input of a batch.</param>
    /// <param name="ranks">The ranks.</param>
    /// <param name="update">Takes the outputs of a batch, in order; a dispose scope owns them.</param>
    /// <param name="cancellationToken">Stops all ranks, before their next batch.</param>
    public static void Run(
        MultiTaskModel model,
        int[][] batches,
        Func<int[], torch.Tensor> input,
        RunRanks ranks,
        Action<int[], TaskOutputs> update,
        CancellationToken cancellationToken)
    {
        for (int first = 0; first < batches.Length; first += ranks.Size)
        {
            if (ranks.Stop(cancellationToken.IsCancellationRequested))
            {
                throw new OperationCanceledException(cancellationToken);
            }

            using DisposeScope scope = torch.NewDisposeScope();
            int[][] round = batches[first..Math.Min(batches.Length, first + ranks.Size)];

            // Who has no batch left computes the round's first once more, which nobody looks at.
            int mine = ranks.Rank < round.Length ? ranks.Rank : 0;
            TaskOutputs own = model.call(input(round[mine]));
            torch.Tensor[] all = [.. own.Names.Select(task => Gather(own[task], batches[0].Length, ranks))];
            for (int i = 0; i < round.Length; i++)
            {
                int rank = i;
                update(round[i], new(own.Names, [.. all.Select(outputs => outputs[rank].narrow(0, 0, round[rank].Length))]));
            }
        }
    }

    /// <summary>The monitored score of rank 0, so that all ranks decide alike.</summary>
    public static double? Decide(RunRanks ranks, double? score)
    {
        double[] first = ranks.Group.Gather([score is null ? 0 : 1, score ?? 0])[0];
        return first[0] > 0 ? first[1] : null;
    }

    private static torch.Tensor Gather(torch.Tensor own, int rows, RunRanks ranks)
    {
        torch.Tensor padded = torch.zeros([rows, own.size(1)], own.dtype, own.device);
        padded.narrow(0, 0, own.size(0)).copy_(own);
        torch.Tensor all = torch.empty([ranks.Size, rows, own.size(1)], own.dtype, own.device);
        ranks.Group.AllGather(padded, all);
        return all;
    }
}
