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

    // MPI has no bfloat16. Each rank sums a part of the numbers for all, in the order of the ranks, and hands the rounded sums round: the
    // bytes of a ring's sum, two roundings however many ranks there are, and the same bits everywhere.
    private void SumRounded(torch.Tensor host)
    {
        if (Size == 1)
        {
            return;
        }

        using DisposeScope scope = torch.NewDisposeScope();
        long numbers = host.numel(), part = (numbers + Size - 1) / Size;
        torch.Tensor padded = torch.zeros([Size * part], torch.ScalarType.BFloat16, torch.CPU);
        padded.narrow(0, 0, numbers).copy_(host.view(-1));
        torch.Tensor parts = torch.empty([Size, part], torch.ScalarType.BFloat16, torch.CPU);
        OnHost(padded, writes: false, (from, bytes, _) => OnHost(parts, writes: true, (to, _, _) =>
        {
            nint request;
            lock (_turn)
            {
                _mpi.AllToAll(from, bytes / Size, _mpi.Byte, to, bytes / Size, _mpi.Byte, _ranks, &request);
            }

            Wait(request, "parts of a sum");
        }));
        AllGather(parts.sum([0L], type: torch.ScalarType.Float32).to(torch.ScalarType.BFloat16), padded.view(Size, part));
        host.view(-1).copy_(padded.narrow(0, 0, numbers));
    }
}
