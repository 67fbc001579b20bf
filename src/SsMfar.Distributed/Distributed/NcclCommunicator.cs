using System.Diagnostics;
using System.Globalization;
using TorchSharp;

namespace SsMfar.Distributed;

/// <summary>
/// A rank's place among the GPUs of all ranks. A call queues work on the device and returns; what is queued after it finds the result. It
/// goes to CUDA's legacy default stream, on which libtorch queues all its work unless another is set, and TorchSharp has none to set: both
/// are in one order, and memory that is given back after a call is not written by others before the call has read it.
/// </summary>
internal sealed class NcclCommunicator : IDisposable
{
    private const nint DefaultStream = 0;
    private const int Sum = 0;
    private const int Byte = 1;
    private const int NotReady = 600;
    private const int InProgress = 7;

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private readonly INccl _nccl;
    private readonly int _device;
    private readonly int _ranks;
    private readonly nint _communicator;

    // Reached when the device is done with the last call.
    private readonly nint _mark;
    private readonly Lock _turn = new();
    private readonly Lock _life = new();
    private readonly TimeSpan _timeout;
    private readonly Action<Exception> _end;
    private readonly Timer _watch;
    private volatile ProcessGroupException? _failure;
    private volatile bool _isCalling;
    private volatile string _awaited = "";
    private long _calledAt;
    private bool _isGone;
    private bool _isDisposed;

    /// <summary>Joins the other ranks, which do the same.</summary>
    /// <param name="nccl">The library.</param>
    /// <param name="device">The number of this rank's GPU.</param>
    /// <param name="id">The same on every rank.</param>
    /// <param name="rank">Which this is.</param>
    /// <param name="ranks">How many there are.</param>
    /// <param name="timeout">How long the device may wait for the other ranks.</param>
    /// <param name="look">How often a thread looks whether it does.</param>
    /// <param name="end">
    /// Ends all ranks, with the cause; called by that thread when they do not come, or when NCCL says that they failed.
    /// </param>
    /// <exception cref="ProcessGroupException">The ranks cannot join.</exception>
    public NcclCommunicator(
        INccl nccl, int device, NcclId id, int rank, int ranks, TimeSpan timeout, TimeSpan look, Action<Exception> end)
    {
        (_nccl, _device, _ranks, _timeout, _end) = (nccl, device, ranks, timeout, end);
        ChooseDevice();

        // Before the others wait for this rank.
        CheckCuda(_nccl.CudaEventCreate(out _mark), "make an event");
        if (_nccl.CommInitRank(out _communicator, ranks, id, rank) is not 0 and int result)
        {
            _ = _nccl.CudaEventDestroy(_mark);
            throw NcclFailure.Of(_nccl, result, "join the ranks");
        }

        _watch = new(_ => Look(), null, look, look);
    }

    /// <summary>Puts the sum over all ranks in the tensor's place.</summary>
    /// <param name="tensor">float32, float64 or int64.</param>
    /// <exception cref="ArgumentException">It is of another type.</exception>
    public void AllReduce(torch.Tensor tensor)
    {
        int type = tensor.dtype switch
        {
            torch.ScalarType.Int64 => 4,
            torch.ScalarType.Float32 => 7,
            torch.ScalarType.Float64 => 8,
            _ => throw new ArgumentException($"Sums are of float32, float64, bfloat16 or int64, not {tensor.dtype}.", nameof(tensor)),
        };
        nint place = TensorAddress.Of(tensor);
        Call("a sum", () => _nccl.AllReduce(place, place, (nuint)tensor.numel(), type, Sum, _communicator, DefaultStream));
    }

    /// <summary>Gives every rank what each of them has.</summary>
    public void AllGather(torch.Tensor tensor, torch.Tensor gathered)
    {
        (nint from, nint to) = (TensorAddress.Of(tensor), TensorAddress.Of(gathered));
        Call("every rank's part", () => _nccl.AllGather(from, to, Bytes(tensor), Byte, _communicator, DefaultStream));
    }

    /// <summary>Gives every rank what one of them has.</summary>
    public void Broadcast(torch.Tensor tensor, int root)
    {
        nint place = TensorAddress.Of(tensor);
        Call("a part of one rank", () => _nccl.Broadcast(place, place, Bytes(tensor), Byte, root, _communicator, DefaultStream));
    }

    /// <summary>Gives rank r the r-th of this rank's parts, and puts rank r's for this rank at place r.</summary>
    public void AllToAll(torch.Tensor mine, torch.Tensor parts)
    {
        (nint from, nint to) = (TensorAddress.Of(mine), TensorAddress.Of(parts));
        nuint bytes = Bytes(mine) / (nuint)_ranks;
        Call("parts of a sum", () =>
        {
            // Apart, each would wait for the rank that it goes to.
            int result = _nccl.GroupStart();
            for (int rank = 0; rank < _ranks && result == 0; rank++)
            {
                nint place = (nint)((nuint)rank * bytes);
                result = _nccl.Send(from + place, bytes, Byte, rank, _communicator, DefaultStream);
                result = result == 0 ? _nccl.Recv(to + place, bytes, Byte, rank, _communicator, DefaultStream) : result;
            }

            int ended = _nccl.GroupEnd();
            return result == 0 ? ended : result;
        });
    }

    /// <summary>Waits until the device has done all that was queued on it.</summary>
    public void Synchronize()
    {
        ThrowIfEnded();
        ChooseDevice();
        CheckCuda(_nccl.CudaDeviceSynchronize(), "wait for the device");
        ThrowIfEnded();
    }

    /// <summary>Ends what is on the device; calls from now on throw.</summary>
    public void Abort(ProcessGroupException cause)
    {
        Interlocked.CompareExchange(ref _failure, cause, null);
        Free(_nccl.CommAbort);
    }

    /// <summary>Waits for the device, unless a call failed, and frees the communicator. Never throws.</summary>
    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;

        // What still waits for other ranks is watched to its end; after a failure they may never come.
        _ = _nccl.CudaSetDevice(_device);
        if (_failure is null)
        {
            _ = _nccl.CudaDeviceSynchronize();
        }

        _watch.Dispose();
        Free(_failure is null ? _nccl.CommDestroy : _nccl.CommAbort);
        lock (_life)
        {
            _ = _nccl.CudaEventDestroy(_mark);
        }
    }

    private static nuint Bytes(torch.Tensor tensor) => (nuint)(tensor.numel() * tensor.ElementSize);

    private void Call(string what, Func<int> call)
    {
        lock (_turn)
        {
            ThrowIfEnded();
            _awaited = what;
            Volatile.Write(ref _calledAt, Stopwatch.GetTimestamp());
            _isCalling = true;
            try
            {
                ChooseDevice();
                if (call() is not 0 and int result)
                {
                    throw NcclFailure.Of(_nccl, result, $"begin {what}", _communicator);
                }

                CheckCuda(_nccl.CudaEventRecord(_mark, DefaultStream), "mark the stream");
            }
            catch (ProcessGroupException failure)
            {
                // Ranks are out of step from here on. Where the call was ended from outside, that is the cause.
                Interlocked.CompareExchange(ref _failure, failure, null);
                ThrowIfEnded();
            }
            finally
            {
                _isCalling = false;
            }
        }
    }

    // NCCL goes by the calling thread's current device, which libtorch sets for its own operations only. It is not set back: to choose
    // another GPU makes a context on it, which takes hundreds of megabytes there.
    private void ChooseDevice()
    {
        CheckCuda(_nccl.CudaGetDevice(out int current), "tell the current device");
        if (current != _device)
        {
            CheckCuda(_nccl.CudaSetDevice(_device), "choose the device");
        }
    }

    // By a thread of the pool, since a rank that waits is in a call of CUDA's that ends when its device is done.
    private void Look()
    {
        // One look at a time: to end all ranks takes longer than from one to the next.
        if (!_life.TryEnter())
        {
            return;
        }

        try
        {
            if (_failure is not null || _isGone)
            {
                return;
            }

            // That thread's device is another, on which nothing is to be made.
            _ = _nccl.CudaSetDevice(_device);
            if (_nccl.CommGetAsyncError(_communicator, out int error) == 0 && error is not (0 or InProgress))
            {
                End(NcclFailure.Of(_nccl, error, $"end {_awaited}", _communicator));
            }
            else if ((_isCalling || _nccl.CudaEventQuery(_mark) == NotReady) &&
                Stopwatch.GetElapsedTime(Volatile.Read(ref _calledAt)) > _timeout)
            {
                End(new(
                    string.Create(
                        CultureInfo.InvariantCulture, $"it waited {_timeout.TotalSeconds:0.#} s for {_awaited}, which did not come."),
                    "See what holds the other ranks up, or wait longer."));
            }
        }
        finally
        {
            _life.Exit();
        }
    }

    // Ends processes and does not come back; threads go on, and hear of it in their next call.
    private void End(ProcessGroupException cause)
    {
        _end(cause);
        Abort(cause);
    }

    private void Free(Func<nint, int> free)
    {
        // A call that hangs in NCCL has the turn, and returns when its communicator is aborted; no other begins any more.
        bool hasTurn = _turn.TryEnter(Patience);
        try
        {
            lock (_life)
            {
                if (!_isGone)
                {
                    _isGone = true;
                    _ = free(_communicator);
                }
            }
        }
        finally
        {
            if (hasTurn)
            {
                _turn.Exit();
            }
        }
    }

    private void ThrowIfEnded()
    {
        if (_failure is { } failure)
        {
            throw failure;
        }

        ObjectDisposedException.ThrowIf(_isGone, this);
    }

    private void CheckCuda(int result, string what)
    {
        if (result != 0)
        {
            throw new ProcessGroupException(
                $"CUDA could not {what}: {_nccl.CudaGetErrorString(result)}.", "See what else was said of the device, and nvidia-smi.");
        }
    }
}
