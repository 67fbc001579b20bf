using System.Collections.Immutable;
using SsMfar.Metrics;

namespace SsMfar.Training;

/// <summary>What a run reports as TensorBoard's scalars.</summary>
internal sealed class TensorBoardWatcher(string folder) : RunWatcher
{
    private EventFile? _file;

    public override string Path => folder;

    public override void Begin(ImmutableArray<EpochResult> history) => _file = new(folder);

    public override void Report(TrainingProgress progress)
    {
        switch (progress)
        {
            case StepProgress step:
                _file?.Write(
                    ((long)(step.Epoch - 1) * step.Steps) + step.Step,
                    [
                        .. step.Losses.Select(loss => ($"loss/{loss.Key}", loss.Value)),
                        ("learning_rate", step.LearningRate),
                        ("images_per_second", step.ImagesPerSecond),
                    ]);
                _file?.Flush();
                break;
            case EpochProgress epoch:
                _file?.Write(epoch.Result.Epoch, Scalars(epoch.Result));
                _file?.Flush();
                break;
        }
    }

    public override void Dispose() => _file?.Dispose();

    private static IEnumerable<(string Tag, double Value)> Scalars(EpochResult epoch)
    {
        IEnumerable<(string Tag, double? Value)> all =
        [
            .. epoch.Losses.Select(loss => ($"epoch/loss/{loss.Key}", (double?)loss.Value)),
            ("epoch/seconds", epoch.Seconds),
            ("epoch/images_per_second", epoch.ImagesPerSecond),
            ("validation/score", epoch.Evaluation?.Score),
            .. from task in epoch.Evaluation?.Tasks ?? ImmutableSortedDictionary<string, TaskScore>.Empty
               from value in task.Value.Values
               select ($"validation/{task.Key}/{value.Key}", value.Value),
            .. from policy in epoch.Policy
               from value in policy.Value.Select((value, place) => (Value: value, Place: place))
               select (policy.Value.Length == 1 ? $"policy/{policy.Key}" : $"policy/{policy.Key}/{value.Place}", (double?)value.Value),
        ];
        return all.Where(scalar => scalar.Value is not null).Select(scalar => (scalar.Tag, scalar.Value!.Value));
    }
}
