using System.Collections.Immutable;
using System.Diagnostics;
using SsMfar.Training;

namespace SsMfar.Benchmarks.Training;

/// <summary>Sums the time inside of what watches.</summary>
internal sealed class WatchingClock
{
    private long _ticks;

    public double Seconds => _ticks / (double)Stopwatch.Frequency;

    public void Restart() => _ticks = 0;

    public void Time(Action work)
    {
        long start = Stopwatch.GetTimestamp();
        work();
        _ticks += Stopwatch.GetTimestamp() - start;
    }
}

/// <summary>A watcher whose work is timed. What it does before the first step is not counted: that is no part of a step.</summary>
internal sealed class TimedWatcher(RunWatcher watcher, WatchingClock clock) : RunWatcher
{
    public override string Path => watcher.Path;

    public override void Begin(ImmutableArray<EpochResult> history) => watcher.Begin(history);

    public override void Report(TrainingProgress progress) => clock.Time(() => watcher.Report(progress));

    public override void Dispose() => watcher.Dispose();
}

/// <summary>Times an epoch from a step on to what is reported after it.</summary>
internal sealed class StepClock(int warmUpSteps) : IProgress<TrainingProgress>
{
    private long _start;
    private int _first;
    private int _last;
    private double _milliseconds;

    public double MillisecondsAStep => _milliseconds / (_last - _first);

    public void Report(TrainingProgress value)
    {
        switch (value)
        {
            case StepProgress { Step: var step } when step >= warmUpSteps && _start == 0:
                (_start, _first) = (Stopwatch.GetTimestamp(), step);
                break;
            case StepProgress { Step: var step }:
                _last = step;
                break;
            case EpochProgress:
                _milliseconds = Stopwatch.GetElapsedTime(_start).TotalMilliseconds;
                break;
        }
    }
}
