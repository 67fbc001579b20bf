using TorchSharp;

namespace SsMfar.Distributed;

/// <content>Sums over the ranks.</content>
public sealed unsafe partial class MpiProcessGroup
{
    /// <inheritdoc/>
    public void AllReduce(torch.Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (tensor.dtype == torch.ScalarType.BFloat16)
        {
            OnHost(tensor, writes: true, (_, _, host) => SumRounded(host));
            return;
        }

        nint type = tensor.dtype switch
        {
            torch.ScalarType.Float32 => _mpi.Float,
            torch.ScalarType.Float64 => _mpi.Double,
            torch.ScalarType.Int64 => _mpi.Int64,
            _ => throw new ArgumentException($"Sums are of float32, float64, bfloat16 or int64, not {tensor.dtype}.", nameof(tensor)),
        };
        OnHost(tensor, writes: true, (address, _, _) =>
        {
            nint request;
            lock (_turn)
            {
                _mpi.AllReduce(_mpi.InPlace, address, checked((int)tensor.numel()), type, _mpi.Sum, _ranks, &request);
            }

            Wait(request, "a sum");
        });
    }

    private void SumRounded(torch.Tensor host) => RoundedSum.AllReduce(
        host,
        Size,
        (mine, parts) => OnHost(mine, writes: false, (from, bytes, _) => OnHost(parts, writes: true, (to, _, _) =>
        {
            nint request;
            lock (_turn)
            {
                _mpi.AllToAll(from, bytes / Size, _mpi.Byte, to, bytes / Size, _mpi.Byte, _ranks, &request);
            }

            Wait(request, "parts of a sum");
        })),
        AllGather);
}
