using SsMfar.Distributed;
using TorchSharp;

namespace SsMfar.Tests.Distributed;

/// <summary>Rank 1 of 3, whose others say what it says, but for their GPUs; writes down what it is asked for.</summary>
internal sealed class RecordingGroup : IProcessGroup
{
    private readonly List<string> _calls = [];

    public int Rank => 1;

    public int Size => 3;

    /// <summary>Gets what was asked for so far.</summary>
    public IReadOnlyList<string> Calls
    {
        get
        {
            lock (_calls)
            {
                return [.. _calls];
            }
        }
    }

    public void AllReduce(torch.Tensor tensor) => Record($"AllReduce {tensor.dtype}");

    /// <summary>Lines of the ranks' GPUs end with a number, here followed by another.</summary>
    public void AllGather(torch.Tensor tensor, torch.Tensor gathered)
    {
        Record($"AllGather {tensor.dtype}");
        for (int rank = 0; rank < Size && tensor.device_type == DeviceType.CPU; rank++)
        {
            using torch.Tensor place = gathered[rank];
            place.copy_(tensor);
            if (rank != Rank && tensor.dtype == torch.ScalarType.Byte)
            {
                place.bytes[place.bytes.IndexOf((byte)0)] = (byte)('0' + rank);
            }
        }
    }

    /// <summary>From rank 0 comes a count.</summary>
    public void Broadcast(torch.Tensor tensor, int root)
    {
        Record($"Broadcast {tensor.dtype} from {root}");
        for (int i = 0; root == 0 && tensor.device_type == DeviceType.CPU && i < tensor.numel(); i++)
        {
            tensor.bytes[i] = (byte)i;
        }
    }

    public void Barrier() => Record("Barrier");

    public void Abort(Exception cause) => Record($"Abort {cause.Message}");

    public IProcessGroup? OpenChannel(Func<bool> isAwaited)
    {
        Record("OpenChannel");
        return this;
    }

    public void Dispose() => Record("Dispose");

    private void Record(string call)
    {
        lock (_calls)
        {
            _calls.Add(call);
        }
    }
}
