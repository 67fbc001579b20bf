using System.Diagnostics;
using System.Globalization;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Metadata;
using SsMfar.Tasks;
using SsMfar.Training;

namespace SsMfar.ConsoleApp.Commands;

/// <summary>Shows a fit's progress: bars or lines within an epoch, a line that stays after each.</summary>
/// <param name="view">Where to.</param>
/// <param name="beginning">A line before all steps; nothing where input turns out to be bad before them. Null for none.</param>
internal sealed class TrainingProgressReporter(ProgressView view, string? beginning = null) : IProgress<TrainingProgress>
{
    private readonly Dictionary<string, IProgress<int>> _counters = [];
    private string? _beginning = beginning;

    public void Report(TrainingProgress value)
    {
        switch (value)
        {
            case DecodingProgress decoding:
                Counter($"decoding the {decoding.Set} set", decoding.Total).Report(decoding.Done);
                break;
            case FeatureProgress features:
                Counter($"computing features of the {features.Set} set", features.Total).Report(features.Done);
                break;
            case TasksProgress:
                // The library warns of what is left out.
                break;
            case StepProgress step:
                Show(step);
                break;
            case EpochProgress epoch:
                foreach (string line in Lines(epoch))
                {
                    view.Say(line);
                }

                break;
            default:
                throw new UnreachableException($"Unknown progress {value}.");
        }
    }

    /// <summary>What is said of an epoch: its scores, and the end of a run that stops with it.</summary>
    public static IEnumerable<string> Lines(EpochProgress epoch)
    {
        yield return Describe(epoch);
        if (epoch.StopReason == TrainingStopReason.NoImprovement)
        {
            yield return FormattableString.Invariant(
                $"stopped after epoch {epoch.Result.Epoch} of {epoch.Epochs}: the score no longer improves");
        }
    }

    private IProgress<int> Counter(string work, int total)
    {
        if (!_counters.TryGetValue(work, out IProgress<int>? counter))
        {
            counter = view.Count(work, total, "images");
            _counters.Add(work, counter);
        }

        return counter;
    }

    private void Show(StepProgress step)
    {
        if (_beginning is { } beginning)
        {
            view.Say(beginning);
            _beginning = null;
        }

        double share = (step.Epoch - 1 + (double)step.Step / step.Steps) / step.Epochs;
        view.Show(
            "training",
            share,
            string.Create(CultureInfo.InvariantCulture,
                $"epoch {step.Epoch}/{step.Epochs}, step {step.Step}/{step.Steps}, loss {step.Losses["total"]:F3}, " +
                    $"{step.ImagesPerSecond:F0} images/s"),
            step.Remaining);
    }

    private static string Describe(EpochProgress epoch)
    {
        EpochResult result = epoch.Result;
        string scores = result.Evaluation is { } evaluation
            ? $", {Primary("expression F1", AffectTaskNames.Expression)}, {Primary("AU F1", AffectTaskNames.ActionUnits)}, " +
              $"{Primary("VA CCC", AffectTaskNames.ValenceArousal)}, " +
              (evaluation.Tasks.ContainsKey(AffectTaskNames.ActionUnitIntensity)
                  ? $"{Primary("intensity ICC", AffectTaskNames.ActionUnitIntensity)}, sum "
                  : evaluation.Affect.PMtl is null ? "sum " : "P_MTL ") +
              $"{TextTable.Number(evaluation.Score, 3)}{(epoch.IsBest ? " *" : "")}"
            : "";
        return string.Create(CultureInfo.InvariantCulture,
            $"epoch {result.Epoch}/{epoch.Epochs}: loss {result.Losses["total"]:F3}{scores} ({result.Seconds:F0} s, " +
                $"{result.ImagesPerSecond:F0} images/s)");

        string Primary(string label, string task) =>
            $"{label} {TextTable.Number(result.Evaluation?.Tasks.GetValueOrDefault(task)?.Primary, 3)}";
    }
}
