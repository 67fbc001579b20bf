using System.Collections.Immutable;

namespace SsMfar.Training;

/// <summary>Writes down what a run reports, as it goes. Called on the training thread alone.</summary>
internal abstract class RunWatcher : IDisposable
{
    /// <summary>Gets what it writes, for messages.</summary>
    public abstract string Path { get; }

    /// <summary>The run begins, or goes on.</summary>
    /// <param name="history">The epochs before; empty for a new run.</param>
    /// <exception cref="IOException">Nothing can be written.</exception>
    public abstract void Begin(ImmutableArray<EpochResult> history);

    /// <summary>Something happened.</summary>
    /// <param name="progress">What.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public abstract void Report(TrainingProgress progress);

    /// <inheritdoc/>
    public abstract void Dispose();
}
