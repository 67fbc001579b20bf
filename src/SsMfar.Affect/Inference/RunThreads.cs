namespace SsMfar.Inference;

/// <summary>
/// Threads that compute and do nothing else. A system gives a processor sooner to a thread that has used little of it: on the thread pool,
/// threads that have computed would be those that pass on requests and answers, and both would wait on a machine that is busy.
/// </summary>
/// <param name="count">The threads at most. They are there from when they are needed until nothing was to do for a while.</param>
/// <param name="idleTime">For how long nothing is to do before a thread ends.</param>
internal sealed class RunThreads(int count, TimeSpan idleTime)
{
    private readonly object _gate = new();
    private readonly Queue<Action> _work = [];
    private int _idle;
    private int _threads;

    /// <summary>Gets how many threads there are.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _threads;
            }
        }
    }

    /// <summary>Has work done on one of the threads.</summary>
    /// <param name="work">The work; throws nothing.</param>
    public void Start(Action work)
    {
        lock (_gate)
        {
            _work.Enqueue(work);

            // Each that waits takes one.
            if (_work.Count <= _idle)
            {
                Monitor.Pulse(_gate);
                return;
            }

            if (_threads == count)
            {
                return;
            }

            _threads++;
        }

        try
        {
            new Thread(WorkUntilIdle) { IsBackground = true, Name = "SsMfar prediction" }.UnsafeStart();
        }
        catch (OutOfMemoryException)
        {
            // The system gives no more threads.
            ThreadPool.UnsafeQueueUserWorkItem(_ => WorkUntilIdle(), null);
        }
    }

    private void WorkUntilIdle()
    {
        while (Next() is { } work)
        {
            work();
        }
    }

    private Action? Next()
    {
        lock (_gate)
        {
            while (_work.Count == 0)
            {
                _idle++;
                bool told = Monitor.Wait(_gate, idleTime);
                _idle--;
                if (!told && _work.Count == 0)
                {
                    _threads--;
                    return null;
                }
            }

            return _work.Dequeue();
        }
    }
}
