using System.Runtime.InteropServices;

namespace SsMfar.Distributed;

/// <summary>
/// NCCL as it is installed, from 2.10 on, and the runtime of CUDA that libtorch has loaded: TorchSharp names neither a device as the
/// current one, which NCCL goes by, nor waits for an event.
/// </summary>
internal sealed unsafe class NcclLibrary : INccl
{
    /// <summary>The variable that names another library, or says <see cref="None"/>.</summary>
    public const string Chosen = "SSMFAR_NCCL_LIBRARY";

    /// <summary>The name that turns NCCL off.</summary>
    public const string None = "none";

    private const string Usual = "libnccl.so.2";
    private const int DisableTiming = 2;

    // A function is looked for in a library and in those that it needs, so that the runtime's own name, which packages of libtorch change,
    // does not matter.
    private static readonly string[] OfRuntime = ["libc10_cuda.so", "libcudart.so.13", "libcudart.so.12"];

    private readonly delegate* unmanaged[Cdecl]<NcclId*, int> _getUniqueId;
    private readonly delegate* unmanaged[Cdecl]<nint*, int, NcclId, int, int> _commInitRank;
    private readonly delegate* unmanaged[Cdecl]<nint, int> _commDestroy;
    private readonly delegate* unmanaged[Cdecl]<nint, int> _commAbort;
    private readonly delegate* unmanaged[Cdecl]<nint, int*, int> _commGetAsyncError;
    private readonly delegate* unmanaged[Cdecl]<nint, nint, nuint, int, int, nint, nint, int> _allReduce;
    private readonly delegate* unmanaged[Cdecl]<nint, nint, nuint, int, nint, nint, int> _allGather;
    private readonly delegate* unmanaged[Cdecl]<nint, nint, nuint, int, int, nint, nint, int> _broadcast;
    private readonly delegate* unmanaged[Cdecl]<nint, nuint, int, int, nint, nint, int> _send;
    private readonly delegate* unmanaged[Cdecl]<nint, nuint, int, int, nint, nint, int> _recv;
    private readonly delegate* unmanaged[Cdecl]<int> _groupStart;
    private readonly delegate* unmanaged[Cdecl]<int> _groupEnd;
    private readonly delegate* unmanaged[Cdecl]<int, byte*> _getErrorString;
    private readonly delegate* unmanaged[Cdecl]<nint, byte*> _getLastError;
    private readonly delegate* unmanaged[Cdecl]<int*, int> _getDevice;
    private readonly delegate* unmanaged[Cdecl]<int, int> _setDevice;
    private readonly delegate* unmanaged[Cdecl]<int> _deviceSynchronize;
    private readonly delegate* unmanaged[Cdecl]<byte*, int, int, int> _deviceGetPciBusId;
    private readonly delegate* unmanaged[Cdecl]<nint*, uint, int> _eventCreateWithFlags;
    private readonly delegate* unmanaged[Cdecl]<nint, nint, int> _eventRecord;
    private readonly delegate* unmanaged[Cdecl]<nint, int> _eventQuery;
    private readonly delegate* unmanaged[Cdecl]<nint, int> _eventDestroy;
    private readonly delegate* unmanaged[Cdecl]<int, byte*> _cudaGetErrorString;

    private NcclLibrary(nint nccl, nint runtime, Version version)
    {
        Version = version;
        _getUniqueId = (delegate* unmanaged[Cdecl]<NcclId*, int>)Export(nccl, "ncclGetUniqueId");
        _commInitRank = (delegate* unmanaged[Cdecl]<nint*, int, NcclId, int, int>)Export(nccl, "ncclCommInitRank");
        _commDestroy = (delegate* unmanaged[Cdecl]<nint, int>)Export(nccl, "ncclCommDestroy");
        _commAbort = (delegate* unmanaged[Cdecl]<nint, int>)Export(nccl, "ncclCommAbort");
        _commGetAsyncError = (delegate* unmanaged[Cdecl]<nint, int*, int>)Export(nccl, "ncclCommGetAsyncError");
        _allReduce = (delegate* unmanaged[Cdecl]<nint, nint, nuint, int, int, nint, nint, int>)Export(nccl, "ncclAllReduce");
        _allGather = (delegate* unmanaged[Cdecl]<nint, nint, nuint, int, nint, nint, int>)Export(nccl, "ncclAllGather");
        _broadcast = (delegate* unmanaged[Cdecl]<nint, nint, nuint, int, int, nint, nint, int>)Export(nccl, "ncclBroadcast");
        _send = (delegate* unmanaged[Cdecl]<nint, nuint, int, int, nint, nint, int>)Export(nccl, "ncclSend");
        _recv = (delegate* unmanaged[Cdecl]<nint, nuint, int, int, nint, nint, int>)Export(nccl, "ncclRecv");
        _groupStart = (delegate* unmanaged[Cdecl]<int>)Export(nccl, "ncclGroupStart");
        _groupEnd = (delegate* unmanaged[Cdecl]<int>)Export(nccl, "ncclGroupEnd");
        _getErrorString = (delegate* unmanaged[Cdecl]<int, byte*>)Export(nccl, "ncclGetErrorString");
        _getLastError = (delegate* unmanaged[Cdecl]<nint, byte*>)(
            NativeLibrary.TryGetExport(nccl, "ncclGetLastError", out nint lastError) ? lastError : 0);
        _getDevice = (delegate* unmanaged[Cdecl]<int*, int>)Export(runtime, "cudaGetDevice");
        _setDevice = (delegate* unmanaged[Cdecl]<int, int>)Export(runtime, "cudaSetDevice");
        _deviceSynchronize = (delegate* unmanaged[Cdecl]<int>)Export(runtime, "cudaDeviceSynchronize");
        _deviceGetPciBusId = (delegate* unmanaged[Cdecl]<byte*, int, int, int>)Export(runtime, "cudaDeviceGetPCIBusId");
        _eventCreateWithFlags = (delegate* unmanaged[Cdecl]<nint*, uint, int>)Export(runtime, "cudaEventCreateWithFlags");
        _eventRecord = (delegate* unmanaged[Cdecl]<nint, nint, int>)Export(runtime, "cudaEventRecord");
        _eventQuery = (delegate* unmanaged[Cdecl]<nint, int>)Export(runtime, "cudaEventQuery");
        _eventDestroy = (delegate* unmanaged[Cdecl]<nint, int>)Export(runtime, "cudaEventDestroy");
        _cudaGetErrorString = (delegate* unmanaged[Cdecl]<int, byte*>)Export(runtime, "cudaGetErrorString");
    }

    public Version Version { get; }

    /// <summary>Loads NCCL where it is.</summary>
    /// <param name="obstacle">Why there is none to use; null where there is.</param>
    /// <exception cref="ProcessGroupException">The library that was chosen by name cannot be loaded, or is not NCCL.</exception>
    public static INccl? Find(out string? obstacle) => Find(Environment.GetEnvironmentVariable(Chosen), OfRuntime, out obstacle);

    internal static INccl? Find(string? chosen, string[] runtimes, out string? obstacle)
    {
        bool isChosen = !string.IsNullOrEmpty(chosen);
        if (chosen == None)
        {
            obstacle = $"{Chosen} is {None}";
            return null;
        }

        string name = isChosen ? chosen! : Usual;
        if (!NativeLibrary.TryLoad(name, out nint nccl))
        {
            obstacle = $"there is no {name}";
            return !isChosen
                ? null
                : throw NcclFailure.OfChosen($"{Chosen} is '{chosen}', and no library of that name can be loaded");
        }

        if (VersionOf(nccl) is not { } version)
        {
            obstacle = $"{name} is not NCCL";
            return !isChosen ? null : throw NcclFailure.OfChosen($"{Chosen} is '{chosen}', a library that is not NCCL");
        }

        // An older one lacks functions that are looked up below.
        if (version < new Version(2, 10))
        {
            obstacle = $"{name} is of NCCL {version}, older than 2.10";
            return null;
        }

        foreach (string runtime in runtimes)
        {
            if (NativeLibrary.TryLoad(runtime, out nint library) && NativeLibrary.TryGetExport(library, "cudaSetDevice", out _))
            {
                obstacle = null;
                return new NcclLibrary(nccl, library, version);
            }
        }

        obstacle = "the runtime of CUDA was not found beside libtorch";
        return null;
    }

    /// <summary>2.8.4 is written 2804, 2.10.3 is 21003.</summary>
    internal static Version Decode(int code) =>
        code < 10000 ? new(code / 1000, code / 100 % 10, code % 100) : new(code / 10000, code / 100 % 100, code % 100);

    public int GetUniqueId(out NcclId id)
    {
        fixed (NcclId* place = &id)
        {
            return _getUniqueId(place);
        }
    }

    public int CommInitRank(out nint communicator, int ranks, NcclId id, int rank)
    {
        fixed (nint* place = &communicator)
        {
            return _commInitRank(place, ranks, id, rank);
        }
    }

    public int CommDestroy(nint communicator) => _commDestroy(communicator);

    public int CommAbort(nint communicator) => _commAbort(communicator);

    public int CommGetAsyncError(nint communicator, out int result)
    {
        fixed (int* place = &result)
        {
            return _commGetAsyncError(communicator, place);
        }
    }

    public int AllReduce(nint from, nint to, nuint count, int type, int operation, nint communicator, nint stream) =>
        _allReduce(from, to, count, type, operation, communicator, stream);

    public int AllGather(nint from, nint to, nuint count, int type, nint communicator, nint stream) =>
        _allGather(from, to, count, type, communicator, stream);

    public int Broadcast(nint from, nint to, nuint count, int type, int root, nint communicator, nint stream) =>
        _broadcast(from, to, count, type, root, communicator, stream);

    public int Send(nint from, nuint count, int type, int peer, nint communicator, nint stream) =>
        _send(from, count, type, peer, communicator, stream);

    public int Recv(nint to, nuint count, int type, int peer, nint communicator, nint stream) =>
        _recv(to, count, type, peer, communicator, stream);

    public int GroupStart() => _groupStart();

    public int GroupEnd() => _groupEnd();

    public string GetErrorString(int result) => Text(_getErrorString(result));

    public string GetLastError(nint communicator) => _getLastError == null ? "" : Text(_getLastError(communicator));

    public int CudaGetDevice(out int device)
    {
        fixed (int* place = &device)
        {
            return _getDevice(place);
        }
    }

    public int CudaSetDevice(int device) => _setDevice(device);

    public int CudaDeviceSynchronize() => _deviceSynchronize();

    public int CudaDeviceGetPciBusId(out string place, int device)
    {
        byte* text = stackalloc byte[32];
        int result = _deviceGetPciBusId(text, 32, device);
        place = result == 0 ? Text(text) : "";
        return result;
    }

    public int CudaEventCreate(out nint created)
    {
        fixed (nint* place = &created)
        {
            return _eventCreateWithFlags(place, DisableTiming);
        }
    }

    public int CudaEventRecord(nint recorded, nint stream) => _eventRecord(recorded, stream);

    public int CudaEventQuery(nint recorded) => _eventQuery(recorded);

    public int CudaEventDestroy(nint destroyed) => _eventDestroy(destroyed);

    public string CudaGetErrorString(int result) => Text(_cudaGetErrorString(result));

    // Null of a library that is another.
    private static Version? VersionOf(nint nccl)
    {
        int code = 0;
        return NativeLibrary.TryGetExport(nccl, "ncclGetVersion", out nint function) &&
            ((delegate* unmanaged[Cdecl]<int*, int>)function)(&code) == 0 ? Decode(code) : null;
    }

    private static nint Export(nint library, string function) => NativeLibrary.GetExport(library, function);

    private static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text)?.Trim() ?? "";
}
