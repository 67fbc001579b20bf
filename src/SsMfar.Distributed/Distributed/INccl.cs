namespace SsMfar.Distributed;

/// <summary>
/// The functions of NCCL that are used, and those of CUDA's runtime that go with them, as their headers have them: each gives a number, 0
/// where all is well. A communicator, a stream and an event are addresses.
/// </summary>
internal interface INccl
{
    /// <summary>Gets what is true of a number: 2.27.3.</summary>
    Version Version { get; }

    int GetUniqueId(out NcclId id);

    /// <summary>Joins the ranks that have the same id, on the calling thread's current device; waits for all of them.</summary>
    int CommInitRank(out nint communicator, int ranks, NcclId id, int rank);

    int CommDestroy(nint communicator);

    /// <summary>Ends what is on the device and frees the communicator; from any thread, while another is in a call of it.</summary>
    int CommAbort(nint communicator);

    int CommGetAsyncError(nint communicator, out int result);

    int AllReduce(nint from, nint to, nuint count, int type, int operation, nint communicator, nint stream);

    int AllGather(nint from, nint to, nuint count, int type, nint communicator, nint stream);

    int Broadcast(nint from, nint to, nuint count, int type, int root, nint communicator, nint stream);

    int Send(nint from, nuint count, int type, int peer, nint communicator, nint stream);

    int Recv(nint to, nuint count, int type, int peer, nint communicator, nint stream);

    int GroupStart();

    int GroupEnd();

    string GetErrorString(int result);

    /// <summary>What NCCL says of the last error of this process; empty where it says nothing, as before 2.13.</summary>
    string GetLastError(nint communicator);

    int CudaGetDevice(out int device);

    int CudaSetDevice(int device);

    int CudaDeviceSynchronize();

    /// <summary>Where the device is on this machine's bus, which is the same for all processes however they number devices.</summary>
    int CudaDeviceGetPciBusId(out string place, int device);

    int CudaEventCreate(out nint created);

    int CudaEventRecord(nint recorded, nint stream);

    int CudaEventQuery(nint recorded);

    int CudaEventDestroy(nint destroyed);

    string CudaGetErrorString(int result);
}
