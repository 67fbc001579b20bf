using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;

namespace SsMfar.Distributed;

/// <summary>
/// Ranks that are processes, on one machine or many, started by MPI's launcher. One a process, for as long as the process lives. Tensors on
/// a device go by way of the host. A call waits at most as long as <see cref="Start"/> was told, and then ends all ranks.
/// </summary>
public sealed unsafe partial class MpiProcessGroup : IProcessGroup
{
    private const int Serialized = 2;

    // Polling is what moves the data; a rank that waits long for another's work leaves its core to it.
    private static readonly TimeSpan Eager = TimeSpan.FromSeconds(2);

    private static int s_started;

    private readonly MpiLibrary _mpi;
    private readonly nint _ranks;
    private readonly Lock _turn;
    private readonly Func<bool>? _isAwaited;
    private readonly TimeSpan _timeout;
    private readonly Action<string> _say;
    private readonly Func<Exception, RankFailure> _describe;
    private bool _disposed;

    private MpiProcessGroup(MpiLibrary mpi, TimeSpan timeout, Action<string> say, Func<Exception, RankFailure> describe)
    {
        (_mpi, _ranks, _turn, _timeout, _say, _describe) = (mpi, mpi.World, new(), timeout, say, describe);
        int rank, size;
        _mpi.CommRank(_ranks, &rank);
        _mpi.CommSize(_ranks, &size);
        (Rank, Size) = (rank, size);
    }

    // A channel: calls of other threads take turns with its own, as MPI was asked for.
    private MpiProcessGroup(MpiProcessGroup group, nint ranks, Func<bool> isAwaited)
    {
        (_mpi, _ranks, _turn) = (group._mpi, ranks, group._turn);
        (_timeout, _say, _describe) = (group._timeout, group._say, group._describe);
        (Rank, Size, _isAwaited, _disposed) = (group.Rank, group.Size, isAwaited, true);
    }

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int Size { get; }

    /// <summary>Gets the file of the MPI library that was loaded.</summary>
    public string Library => _mpi.Name;

    /// <summary>Joins the processes that the launcher started; without a launcher the group is of this process alone.</summary>
    /// <param name="timeout">How long a call waits for the other ranks; ten minutes when null.</param>
    /// <param name="say">Takes the one line that is said before all ranks are ended; standard error when null.</param>
    /// <param name="describe">
    /// What is said of an exception that ends all ranks, and the exit code; its message and 1 when null. May be called by any thread.
    /// </param>
    /// <exception cref="ProcessGroupException">There is no MPI library, or it is not the launcher's.</exception>
    /// <exception cref="InvalidOperationException">This process has joined before; MPI allows it once.</exception>
    public static MpiProcessGroup Start(
        TimeSpan? timeout = null, Action<string>? say = null, Func<Exception, RankFailure>? describe = null)
    {
        if (timeout is { } limit)
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(limit, TimeSpan.Zero, nameof(timeout));
        }

        LaunchedRank? launched = LaunchedRank.Detect();
        MpiLibrary mpi = MpiLibrary.Load(launched?.IsOpenMpi == true);
        if (Interlocked.Exchange(ref s_started, 1) != 0)
        {
            throw new InvalidOperationException("This process has joined its MPI group before, which can be done once.");
        }

        int initialized = 0;
        mpi.Initialized(&initialized);
        if (initialized == 0)
        {
            // Backward passes on a device call from a thread of libtorch's, channels from threads of their own, but never two at once.
            int provided;
            mpi.InitThread(0, 0, Serialized, &provided);
        }

        MpiProcessGroup group = new(
            mpi, timeout ?? TimeSpan.FromMinutes(10), say ?? Console.Error.WriteLine, describe ?? RankFailure.Of);
        if (launched is not null && group.Size != launched.Size)
        {
            throw new ProcessGroupException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The launcher started {launched.Size} processes, and {mpi.Name} knows of {group.Size}: it is another MPI's."),
                "Start with the launcher of that MPI, or name the library of this one in SSMFAR_MPI_LIBRARY.")
            {
                IsStart = true,
            };
        }

        return group;
    }

    /// <inheritdoc/>
    public void AllGather(torch.Tensor tensor, torch.Tensor gathered)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        ArgumentNullException.ThrowIfNull(gathered);
        if (gathered.numel() != tensor.numel() * Size || gathered.dtype != tensor.dtype)
        {
            throw new ArgumentException(
                "What is gathered has the type of each rank's, and as many numbers as all of them.", nameof(gathered));
        }

        OnHost(tensor, writes: false, (from, bytes, _) => OnHost(gathered, writes: true, (to, _, _) =>
        {
            nint request;
            lock (_turn)
            {
                _mpi.AllGather(from, bytes, _mpi.Byte, to, bytes, _mpi.Byte, _ranks, &request);
            }

            Wait(request, "every rank's part");
        }));
    }

    /// <inheritdoc/>
    public void Broadcast(torch.Tensor tensor, int root)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)root, (uint)Size, nameof(root));
        OnHost(tensor, writes: Rank != root, (address, bytes, _) =>
        {
            nint request;
            lock (_turn)
            {
                _mpi.Broadcast(address, bytes, _mpi.Byte, root, _ranks, &request);
            }

            Wait(request, "a part of one rank");
        });
    }

    /// <inheritdoc/>
    public void Barrier()
    {
        nint request;
        lock (_turn)
        {
            _mpi.Barrier(_ranks, &request);
        }

        Wait(request, "all ranks");
    }

    /// <inheritdoc/>
    public IProcessGroup OpenChannel(Func<bool> isAwaited)
    {
        ArgumentNullException.ThrowIfNull(isAwaited);
        nint ranks = 0, request;
        lock (_turn)
        {
            _mpi.Duplicate(_ranks, &ranks, &request);
        }

        Wait(request, "all ranks");
        return new MpiProcessGroup(this, ranks, isAwaited);
    }

    /// <summary>Says on standard error which rank ends all and why, in one line, and ends them all; does not return.</summary>
    /// <inheritdoc/>
    public void Abort(Exception cause)
    {
        ArgumentNullException.ThrowIfNull(cause);
        RankFailure failure = RankFailure.Of(cause, _describe);

        // Where all ranks fail alike, rank 0 is the one that is heard.
        Thread.Sleep(Rank == 0 ? 0 : 3000);
        _say(string.Create(CultureInfo.InvariantCulture, $"Rank {Rank} of {Size} ended the run: {failure.Cause}"));

        // The launcher closes what it hears ranks by when it ends them, and may not have taken up the line.
        Thread.Sleep(500);
        lock (_turn)
        {
            _mpi.Abort(_mpi.World, failure.ExitCode);
        }
    }

    /// <summary>Leaves the group, when the other ranks do: MPI waits for them.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            lock (_turn)
            {
                _mpi.Leave();
            }
        }
    }

    private static void OnHost(torch.Tensor tensor, bool writes, Action<nint, int, torch.Tensor> act)
    {
        if (tensor.numel() == 0)
        {
            return;
        }

        if (!tensor.is_contiguous())
        {
            throw new ArgumentException("Tensors that are exchanged are contiguous.", nameof(tensor));
        }

        using var noGradient = torch.no_grad();
        bool isHere = tensor.device_type == DeviceType.CPU;
        torch.Tensor host = isHere ? tensor : tensor.cpu();
        try
        {
            // Native memory: it stays where it is.
            Span<byte> bytes = host.bytes;
            act((nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(bytes)), bytes.Length, host);
            if (!isHere && writes)
            {
                tensor.copy_(host);
            }
        }
        finally
        {
            if (!isHere)
            {
                host.Dispose();
            }
        }
    }

    private void Wait(nint request, string what)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            int done;
            lock (_turn)
            {
                _mpi.Test(&request, &done, _mpi.IgnoredStatus);
            }

            if (done != 0)
            {
                return;
            }

            TimeSpan waited = Stopwatch.GetElapsedTime(start);
            if (waited > _timeout)
            {
                ProcessGroupException silence = new(
                    string.Create(
                        CultureInfo.InvariantCulture, $"it waited {_timeout.TotalSeconds:0.#} s for {what}, which did not come."),
                    "See what holds the other ranks up, or wait longer.");
                Abort(silence);
                throw silence;
            }

            if (waited > Eager || _isAwaited?.Invoke() == false)
            {
                Thread.Sleep(1);
            }
            else
            {
                Thread.Yield();
            }
        }
    }
}
