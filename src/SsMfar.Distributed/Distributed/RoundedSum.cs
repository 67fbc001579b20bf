using TorchSharp;

namespace SsMfar.Distributed;

/// <summary>Sums of bfloat16 that are added up in float32 and rounded once, which neither MPI nor NCCL has.</summary>
internal static class RoundedSum
{
    /// <summary>
    /// Puts the sum over all ranks in the tensor's place. Each rank sums a part of the numbers for all, and hands the rounded sums
    /// round: the bytes of a ring's sum, two roundings however many ranks there are, and the same bits everywhere.
    /// </summary>
    /// <param name="tensor">bfloat16, contiguous.</param>
    /// <param name="ranks">How many ranks there are.</param>
    /// <param name="allToAll">Gives the r-th part of the first, [ranks, n], to rank r; receives rank r's at place r of the second.</param>
    /// <param name="allGather">Gives every rank the first of each, [n], in the second, [ranks, n].</param>
    public static void AllReduce(
        torch.Tensor tensor, int ranks, Action<torch.Tensor, torch.Tensor> allToAll, Action<torch.Tensor, torch.Tensor> allGather)
    {
        if (ranks == 1)
        {
            return;
        }

        using var noGradient = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        long numbers = tensor.numel(), part = (numbers + ranks - 1) / ranks;
        torch.Tensor padded = torch.zeros([ranks * part], torch.ScalarType.BFloat16, tensor.device);
        padded.narrow(0, 0, numbers).copy_(tensor.view(-1));
        torch.Tensor parts = torch.empty([ranks, part], torch.ScalarType.BFloat16, tensor.device);
        allToAll(padded.view(ranks, part), parts);
        allGather(parts.sum([0L], type: torch.ScalarType.Float32).to(torch.ScalarType.BFloat16), padded.view(ranks, part));
        tensor.view(-1).copy_(padded.narrow(0, 0, numbers));
    }
}
