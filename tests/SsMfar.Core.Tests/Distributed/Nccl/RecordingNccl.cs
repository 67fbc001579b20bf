using SsMfar.Distributed;

namespace SsMfar.Tests.Distributed;

/// <summary>NCCL that writes down what it is asked for and does none of it, over any number of ranks.</summary>
internal sealed class RecordingNccl : INccl
{
    private readonly List<string> _calls = [];

    /// <summary>Gets what was asked for so far, one call each, without what only looks.</summary>
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

    public Version Version => new(2, 99, 1);

    /// <summary>Gets or sets the results of calls by name, where they are not 0.</summary>
    public Dictionary<string, int> Results { get; } = [];

    /// <summary>Gets or sets whether the device is done with what was queued.</summary>
    public bool IsDone { get; set; } = true;

    /// <summary>Gets or sets what befell the communicator since.</summary>
    public int AsyncError { get; set; }

    /// <summary>Gets the 128 bytes that the ranks joined by.</summary>
    public byte[] Joined { get; private set; } = [];

    private int Device { get; set; }

    public int GetUniqueId(out NcclId id)
    {
        id = NcclId.Of([.. Enumerable.Range(0, NcclId.Size).Select(i => (byte)(200 - i))]);
        return Record("GetUniqueId");
    }

    public int CommInitRank(out nint communicator, int ranks, NcclId id, int rank)
    {
        (communicator, Joined) = (77, id.ToArray());
        return Record($"CommInitRank rank {rank} of {ranks} on {Device}");
    }

    public int CommDestroy(nint communicator) => Record($"CommDestroy {communicator} on {Device}");

    public int CommAbort(nint communicator) => Record($"CommAbort {communicator}");

    public int CommGetAsyncError(nint communicator, out int result)
    {
        result = AsyncError;
        return 0;
    }

    public int AllReduce(nint from, nint to, nuint count, int type, int operation, nint communicator, nint stream) => Record(
        $"AllReduce {count} of {type} by {operation}{(from == to ? " in place" : "")}, {communicator} on {Device}, stream {stream}");

    public int AllGather(nint from, nint to, nuint count, int type, nint communicator, nint stream) => Record(
        $"AllGather {count} of {type}, {communicator} on {Device}, stream {stream}");

    public int Broadcast(nint from, nint to, nuint count, int type, int root, nint communicator, nint stream) => Record(
        $"Broadcast {count} of {type}{(from == to ? " in place" : "")} from {root}, {communicator} on {Device}, stream {stream}");

    public int Send(nint from, nuint count, int type, int peer, nint communicator, nint stream) => Record(
        $"Send {count} of {type} to {peer}, {communicator} on {Device}, stream {stream}");

    public int Recv(nint to, nuint count, int type, int peer, nint communicator, nint stream) => Record(
        $"Recv {count} of {type} from {peer}, {communicator} on {Device}, stream {stream}");

    public int GroupStart() => Record("GroupStart");

    public int GroupEnd() => Record("GroupEnd");

    public string GetErrorString(int result) => $"error {result}";

    public string GetLastError(nint communicator) => "";

    public int CudaGetDevice(out int device)
    {
        device = Device;
        return 0;
    }

    public int CudaSetDevice(int device)
    {
        Device = device;
        return 0;
    }

    public int CudaDeviceSynchronize() => Record($"Synchronize {Device}");

    public int CudaDeviceGetPciBusId(out string place, int device)
    {
        place = $"bus {device}";
        return Results.GetValueOrDefault("GetPciBusId");
    }

    public int CudaEventCreate(out nint created)
    {
        created = 88;
        return 0;
    }

    public int CudaEventRecord(nint recorded, nint stream) => Record($"Mark {recorded} on {Device}, stream {stream}");

    public int CudaEventQuery(nint recorded) => IsDone ? 0 : 600;

    public int CudaEventDestroy(nint destroyed) => Record($"Unmark {destroyed}");

    public string CudaGetErrorString(int result) => $"CUDA error {result}";

    private int Record(string call)
    {
        lock (_calls)
        {
            _calls.Add(call);
        }

        return Results.GetValueOrDefault(call.Split(' ')[0]);
    }
}
