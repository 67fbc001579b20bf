using System.Collections.Immutable;
using System.Globalization;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Distributed;

/// <summary>
/// Ranks that are threads of one process, each with a trainer of its own: to try what a run of several processes does, on one machine and
/// without any of their programs. Sums are taken in the order of the ranks. CPU tensors only.
/// </summary>
public sealed class InProcessGroup : IProcessGroup
{
    private readonly Meeting _meeting;

    private InProcessGroup(int rank, Meeting meeting) => (Rank, _meeting) = (rank, meeting);

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int Size => _meeting.Size;

    /// <summary>Makes a group.</summary>
    /// <param name="size">The number of ranks, at least 1.</param>
    /// <param name="timeout">How long a rank waits for the others before it gives the group up; ten minutes when null.</param>
    /// <returns>The group as each rank sees it, in their order.</returns>
    public static ImmutableArray<IProcessGroup> Create(int size, TimeSpan? timeout = null) => Create(size, timeout, beforeReading: null);

    /// <summary>Makes a group.</summary>
    /// <param name="size">The number of ranks, at least 1.</param>
    /// <param name="timeout">How long a rank waits for the others before it gives the group up; ten minutes when null.</param>
    /// <param name="beforeReading">Told the rank that is about to read what all show, on its thread.</param>
    internal static ImmutableArray<IProcessGroup> Create(int size, TimeSpan? timeout, Action<int>? beforeReading)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        if (timeout is { } limit)
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(limit, TimeSpan.Zero, nameof(timeout));
        }

        Meeting meeting = new(size, timeout ?? TimeSpan.FromMinutes(10), beforeReading);
        return [.. Enumerable.Range(0, size).Select(rank => new InProcessGroup(rank, meeting))];
    }

    /// <inheritdoc/>
    public void AllReduce(torch.Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        using var noGradient = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        bool isNarrow = tensor.dtype == torch.ScalarType.BFloat16;
        torch.Tensor sum = tensor;
        _meeting.Show(Rank, tensor, all =>
        {
            sum = Addend(all[0]).clone();
            foreach (torch.Tensor other in all[1..])
            {
                sum = sum.Plus(Addend(other));
            }
        });

        // Nobody's is overwritten before everybody has read it.
        tensor.copy_(sum);

        torch.Tensor Addend(torch.Tensor shown) => isNarrow ? shown.to(torch.ScalarType.Float32) : shown;
    }

    /// <inheritdoc/>
    public void AllGather(torch.Tensor tensor, torch.Tensor gathered)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        ArgumentNullException.ThrowIfNull(gathered);
        using var noGradient = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        _meeting.Show(Rank, tensor, all =>
        {
            for (int rank = 0; rank < all.Length; rank++)
            {
                gathered.select(0, rank).copy_(all[rank]);
            }
        });
    }

    /// <inheritdoc/>
    public void Broadcast(torch.Tensor tensor, int root)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)root, (uint)Size, nameof(root));
        using var noGradient = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        _meeting.Show(Rank, tensor, all =>
        {
            if (Rank != root)
            {
                tensor.copy_(all[root]);
            }
        });
    }

    /// <inheritdoc/>
    public void Barrier() => _meeting.Wait(Rank);

    /// <inheritdoc/>
    public void Abort(Exception cause)
    {
        ArgumentNullException.ThrowIfNull(cause);
        _meeting.Abort(Rank, cause);
    }

    /// <inheritdoc/>
    public IProcessGroup OpenChannel(Func<bool> isAwaited) => new InProcessGroup(Rank, _meeting.Channel(Rank));

    /// <summary>Frees nothing: threads that are waited for and gone are noticed by the time that they take.</summary>
    public void Dispose()
    {
    }

    /// <summary>Where the threads meet.</summary>
    private sealed class Meeting(int size, TimeSpan timeout, Action<int>? beforeReading)
    {
        private readonly object _gate = new();
        private readonly torch.Tensor?[] _shown = new torch.Tensor?[size];
        private readonly bool[] _here = new bool[size];
        private readonly bool[] _shows = new bool[size];
        private readonly bool[] _reads = new bool[size];
        private readonly int[] _opened = new int[size];
        private readonly List<Meeting> _channels = [];
        private int _arrived;
        private long _turn;
        private ProcessGroupException? _end;

        public int Size => size;

        /// <summary>
        /// Shows every rank's tensor to all. Nobody comes back, not even with an exception, before everybody has read: a tensor is its
        /// rank's to free then.
        /// </summary>
        public void Show(int rank, torch.Tensor tensor, Action<torch.Tensor[]> read)
        {
            _shown[rank] = tensor;
            Wait(rank, shows: true);
            try
            {
                beforeReading?.Invoke(rank);
                read([.. _shown.Select(shown => shown!)]);
            }
            finally
            {
                AwaitReaders(rank);
            }

            lock (_gate)
            {
                Refuse();
            }
        }

        public void Wait(int rank, bool shows = false)
        {
            lock (_gate)
            {
                Refuse();
                long turn = _turn;
                (_here[rank], _shows[rank]) = (true, shows);
                if (++_arrived == size)
                {
                    _arrived = 0;
                    Array.Clear(_here);
                    _shows.CopyTo(_reads, 0);
                    _turn++;
                    Monitor.PulseAll(_gate);
                    return;
                }

                // The turn comes before the end: where it has come, others read what this rank shows.
                DateTime end = DateTime.UtcNow + timeout;
                while (_turn == turn)
                {
                    Refuse();
                    WaitUntil(end, rank, other => !_here[other]);
                }
            }
        }

        public void Abort(int rank, Exception cause) => End(new(
            FormattableString.Invariant($"Rank {rank} of {size} ended the run: {cause.Message}"), "See what that rank says.", cause)
        {
            IsStart = cause is ProcessGroupException { IsStart: true },
        });

        /// <summary>Where the same threads' others meet: the k-th that a rank opens is the k-th of every rank.</summary>
        public Meeting Channel(int rank)
        {
            lock (_gate)
            {
                if (_opened[rank]++ == _channels.Count)
                {
                    _channels.Add(new(size, timeout, beforeReading) { _end = _end });
                }

                return _channels[_opened[rank] - 1];
            }
        }

        private void End(ProcessGroupException end)
        {
            lock (_gate)
            {
                _end ??= end;
                Monitor.PulseAll(_gate);
                _channels.ForEach(channel => channel.End(end));
            }
        }

        private void AwaitReaders(int rank)
        {
            lock (_gate)
            {
                _reads[rank] = false;
                Monitor.PulseAll(_gate);
                DateTime end = DateTime.UtcNow + timeout;
                while (_reads.Contains(true) && WaitUntil(end, rank, other => _reads[other]))
                {
                }
            }
        }

        /// <summary>Waits for a pulse; past the end gives the group up for those that are missing.</summary>
        private bool WaitUntil(DateTime end, int rank, Func<int, bool> isMissing)
        {
            TimeSpan left = end - DateTime.UtcNow;
            if (left > TimeSpan.Zero)
            {
                Monitor.Wait(_gate, left);
                return true;
            }

            string missing = string.Join(", ", Enumerable.Range(0, size).Where(isMissing).Select(
                other => other.ToString(CultureInfo.InvariantCulture)));
            _end ??= new(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Rank {rank} of {size} waited {timeout.TotalSeconds:0.#} s for rank {missing}, which did not come."),
                "See what holds it up, or wait longer.");
            Monitor.PulseAll(_gate);
            return false;
        }

        private void Refuse()
        {
            if (_end is { } end)
            {
                throw new ProcessGroupException(end.Message[..^(end.Remedy!.Length + 1)], end.Remedy, end) { IsStart = end.IsStart };
            }
        }
    }
}
