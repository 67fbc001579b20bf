using System.Runtime.InteropServices;
using SsMfar.Distributed;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Kernels.Normalization;

/// <summary>
/// What all ranks' rows together have of each channel: a pass forward gathers each rank's mean and sum of squared distances from it, a pass
/// backward sums two numbers.
/// </summary>
internal static class RankMoments
{
    /// <summary>Merges the ranks' moments (Chan, Golub and LeVeque, 1979).</summary>
    /// <param name="mean">This rank's, float64 [channels].</param>
    /// <param name="squares">The sums of squared distances from it, [channels].</param>
    /// <param name="rows">Of how many rows, [1].</param>
    /// <param name="group">The ranks.</param>
    /// <returns>The same three of all rows, the same bits on every rank; the current scope owns them.</returns>
    public static (torch.Tensor Mean, torch.Tensor Squares, torch.Tensor Rows) Merge(
        torch.Tensor mean, torch.Tensor squares, torch.Tensor rows, IProcessGroup group)
    {
        long channels = mean.size(0);
        torch.Tensor all = torch.empty([group.Size, (2 * channels) + 1], torch.ScalarType.Float64, mean.device);
        group.AllGather(torch.cat([mean, squares, rows]), all);
        torch.Tensor counts = all.narrow(1, 2 * channels, 1);
        torch.Tensor total = counts.sum();
        torch.Tensor means = all.narrow(1, 0, channels);
        torch.Tensor merged = (means * counts).sum([0L]) / total;
        return (merged, all.narrow(1, channels, channels).Plus((means - merged).Squared() * counts).sum([0L]), total);
    }

    /// <summary>Puts the moments of all ranks' rows in the place of this rank's.</summary>
    /// <param name="means">The mean of each channel.</param>
    /// <param name="variances">The mean squared distance from it.</param>
    /// <param name="rows">Of how many rows.</param>
    /// <param name="group">The ranks.</param>
    /// <returns>The number of all rows.</returns>
    public static double Merge(Span<double> means, Span<double> variances, int rows, IProcessGroup group)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (torch.Tensor mean, torch.Tensor squares, torch.Tensor total) = Merge(
            Tensor(means), Tensor(variances) * Scalars.Of(rows), Tensor([rows]), group);
        Values(mean).CopyTo(means);
        Values(squares / total).CopyTo(variances);
        return Values(total)[0];
    }

    /// <summary>Puts the sums over all ranks in the place of this rank's, the same bits on every rank.</summary>
    public static void Sum(Span<double> sums, IProcessGroup group)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor all = Tensor(sums);
        group.AllReduce(all);
        Values(all).CopyTo(sums);
    }

    private static torch.Tensor Tensor(ReadOnlySpan<double> values) =>
        Transfers.ToDevice(values.ToArray(), [values.Length], torch.ScalarType.Float64, torch.CPU);

    private static ReadOnlySpan<double> Values(torch.Tensor tensor) => MemoryMarshal.Cast<byte, double>(tensor.bytes);
}
