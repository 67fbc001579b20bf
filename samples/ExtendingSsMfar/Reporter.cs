using SsMfar.Training;

namespace ExtendingSsMfar;

/// <summary>Prints each epoch. Unlike <see cref="Progress{T}"/> it is called in order, on the training thread.</summary>
internal sealed class Reporter(Action<int>? epochEnded = null) : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value)
    {
        if (value is EpochProgress { Result: { } epoch })
        {
            IEnumerable<string> scores = epoch.Evaluation!.Tasks.Select(task => $"{task.Key} {task.Value.Primary:F3}");
            Console.WriteLine($"epoch {epoch.Epoch}: loss {epoch.Losses["total"]:F3}; {string.Join(", ", scores)}");
            epochEnded?.Invoke(epoch.Epoch);
        }
    }
}
