using System.Globalization;
using System.Text;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Distributed;

/// <summary>
/// A group whose ranks have a GPU each: what is on the GPUs is exchanged by NCCL, without the host, and all else as the group around which
/// this is does. Where a rank has no GPU of its own or no NCCL, that group does everything, and <see cref="Obstacle"/> says why. Calls that
/// concern a GPU return when they are queued on it; one that the other ranks do not come to is ended, with all ranks, after a time.
/// </summary>
public sealed class NcclProcessGroup : IProcessGroup
{
    private const int LineBytes = 256;

    private readonly IProcessGroup _group;
    private readonly DeviceType _type;
    private readonly int _device;
    private readonly NcclCommunicator? _gpus;

    private NcclProcessGroup(
        IProcessGroup group, DeviceType type, int device, INccl? nccl, string? obstacle, TimeSpan timeout, TimeSpan look)
    {
        (_group, _type, _device) = (group, type, device);
        string? place = nccl is null ? null : Place(nccl, device, ref obstacle);
        Obstacle = Agree(group, place, obstacle);
        if (Obstacle is null)
        {
            Version = nccl!.Version;
            _gpus = new(nccl, device, Id(group, nccl), group.Rank, group.Size, timeout, look, group.Abort);
        }
    }

    /// <inheritdoc/>
    public int Rank => _group.Rank;

    /// <inheritdoc/>
    public int Size => _group.Size;

    /// <summary>Gets NCCL's version; null where it is not used.</summary>
    public Version? Version { get; }

    /// <summary>Gets which rank NCCL is not used for and why, the same on every rank; null where it is used.</summary>
    public string? Obstacle { get; }

    /// <summary>
    /// Goes by NCCL between GPUs, where every rank has one of its own and the library: <c>libnccl.so.2</c>, or what
    /// <c>SSMFAR_NCCL_LIBRARY</c> names, of which <c>none</c> is without it. Every rank calls this at the same place of its calls.
    /// </summary>
    /// <param name="group">
    /// How the ranks find together and exchange what is on the host, of processes (<see cref="MpiProcessGroup"/>) as a rule. Stays its
    /// owner's, who disposes of it after this.
    /// </param>
    /// <param name="device">Where this rank trains.</param>
    /// <param name="timeout">
    /// How long a GPU waits for the other ranks before all are ended; ten minutes when null. Joining is bounded by NCCL's own limits alone.
    /// </param>
    /// <exception cref="DeviceNotAvailableException">The device is not there.</exception>
    /// <exception cref="ProcessGroupException">
    /// The library that was named is not there or is not NCCL, which is this rank's alone to say, or the ranks could not join; the message
    /// says what to do.
    /// </exception>
    public static NcclProcessGroup Over(IProcessGroup group, ComputeDevice device, TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(group);
        if (timeout is { } limit)
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(limit, TimeSpan.Zero, nameof(timeout));
        }

        torch.Device here = device.Resolve();
        string? obstacle = "it trains on the CPU";
        INccl? nccl = here.type == DeviceType.CUDA ? NcclLibrary.Find(out obstacle) : null;
        return Over(group, here.type, here.index, nccl, obstacle, timeout ?? TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(1));
    }

    /// <summary>With a library that is given, for tensors of any type of device.</summary>
    internal static NcclProcessGroup Over(
        IProcessGroup group, DeviceType type, int device, INccl? nccl, string? obstacle, TimeSpan timeout, TimeSpan look) =>
        new(group, type, device, nccl, obstacle, timeout, look);

    /// <inheritdoc/>
    public void AllReduce(torch.Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (_gpus is null || tensor.device_type != _type)
        {
            _group.AllReduce(tensor);
        }
        else if (Check(tensor))
        {
            if (tensor.dtype == torch.ScalarType.BFloat16)
            {
                // NCCL's own rounds after each addend.
                RoundedSum.AllReduce(tensor, Size, _gpus.AllToAll, _gpus.AllGather);
            }
            else
            {
                _gpus.AllReduce(tensor);
            }
        }
    }

    /// <inheritdoc/>
    public void AllGather(torch.Tensor tensor, torch.Tensor gathered)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        ArgumentNullException.ThrowIfNull(gathered);
        if (_gpus is null || tensor.device_type != _type || gathered.device_type != _type)
        {
            _group.AllGather(tensor, gathered);
            return;
        }

        if (gathered.numel() != tensor.numel() * Size || gathered.dtype != tensor.dtype)
        {
            throw new ArgumentException(
                "What is gathered has the type of each rank's, and as many numbers as all of them.", nameof(gathered));
        }

        if (Check(tensor) && Check(gathered))
        {
            _gpus.AllGather(tensor, gathered);
        }
    }

    /// <inheritdoc/>
    public void Broadcast(torch.Tensor tensor, int root)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)root, (uint)Size, nameof(root));
        if (_gpus is null || tensor.device_type != _type)
        {
            _group.Broadcast(tensor, root);
        }
        else if (Check(tensor))
        {
            _gpus.Broadcast(tensor, root);
        }
    }

    /// <summary>Waits until every rank has come here and its GPU has done what was queued.</summary>
    public void Barrier()
    {
        _gpus?.Synchronize();
        _group.Barrier();
    }

    /// <inheritdoc/>
    public void Abort(Exception cause)
    {
        ArgumentNullException.ThrowIfNull(cause);

        // First, as it ends processes whatever their GPUs wait for.
        _group.Abort(cause);
        _gpus?.Abort(new(
            string.Create(CultureInfo.InvariantCulture, $"Rank {Rank} of {Size} ended the run: {cause.Message}"),
            "See what that rank says.",
            cause));
    }

    /// <summary>
    /// Opens what the group has where NCCL is not used, and nothing where it is. All work of a GPU goes through one queue: exchanges of two
    /// threads would stand in it in the order of the moment, which need not be that of another rank's GPU, and each would wait for the
    /// other for good. NCCL's guide asks for one order on all ranks too.
    /// </summary>
    /// <inheritdoc/>
    public IProcessGroup? OpenChannel(Func<bool> isAwaited) => _gpus is null ? _group.OpenChannel(isAwaited) : null;

    /// <summary>Waits for the GPU and leaves the others' GPUs; the group stays.</summary>
    public void Dispose() => _gpus?.Dispose();

    // Where a GPU is among all of all machines: processes that share one, be it in containers, find the same.
    private static string? Place(INccl nccl, int device, ref string? obstacle)
    {
        if (!TensorAddress.IsKnown)
        {
            obstacle = "TorchSharp does not say where tensors are";
            return null;
        }

        if (nccl.CudaDeviceGetPciBusId(out string bus, device) is not 0 and int result)
        {
            obstacle = $"CUDA does not say where its GPU is: {nccl.CudaGetErrorString(result)}";
            return null;
        }

        return $"{MachineIdentity.Text} {bus}";
    }

    // All ranks decide alike, of what each has.
    private static string? Agree(IProcessGroup group, string? place, string? obstacle)
    {
        string[] lines = Gather(group, place is null ? $"-{obstacle}" : $"+{place}");
        for (int rank = 0; rank < lines.Length; rank++)
        {
            if (lines[rank][0] == '-')
            {
                return string.Create(CultureInfo.InvariantCulture, $"rank {rank}: {lines[rank][1..]}");
            }

            int first = Array.IndexOf(lines, lines[rank]);
            if (first < rank)
            {
                return string.Create(CultureInfo.InvariantCulture, $"rank {rank}: it has the GPU that rank {first} has");
            }
        }

        return null;
    }

    private static string[] Gather(IProcessGroup group, string line)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor own = torch.zeros([LineBytes], torch.ScalarType.Byte, torch.CPU);
        byte[] bytes = Encoding.UTF8.GetBytes(line);
        bytes.AsSpan(0, Math.Min(bytes.Length, LineBytes)).CopyTo(own.bytes);
        torch.Tensor all = torch.zeros([group.Size, LineBytes], torch.ScalarType.Byte, torch.CPU);
        group.AllGather(own, all);
        return [.. all.bytes.ToArray().Chunk(LineBytes).Select(text => Encoding.UTF8.GetString(text).TrimEnd('\0'))];
    }

    private static NcclId Id(IProcessGroup group, INccl nccl)
    {
        using torch.Tensor bytes = torch.zeros([NcclId.Size], torch.ScalarType.Byte, torch.CPU);
        if (group.Rank == 0)
        {
            if (nccl.GetUniqueId(out NcclId made) is not 0 and int result)
            {
                throw NcclFailure.Of(nccl, result, "make an id for the ranks");
            }

            made.ToArray().CopyTo(bytes.bytes);
        }

        group.Broadcast(bytes, 0);
        return NcclId.Of(bytes.bytes);
    }

    // Whether there is anything to exchange.
    private bool Check(torch.Tensor tensor)
    {
        if (tensor.device_index is >= 0 and int index && index != _device)
        {
            throw new ArgumentException(
                string.Create(
                    CultureInfo.InvariantCulture, $"The tensor is on {tensor.device}, and this rank exchanges what is on GPU {_device}."),
                nameof(tensor));
        }

        return tensor.is_contiguous()
            ? tensor.numel() > 0
            : throw new ArgumentException("Tensors that are exchanged are contiguous.", nameof(tensor));
    }
}
