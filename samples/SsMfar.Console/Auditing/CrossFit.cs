using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Postprocessing;
using SsMfar.Predictions;

namespace SsMfar.ConsoleApp.Auditing;

/// <summary>Predicts each row by models that learned from others: the rows are parted, and with repeats parted anew.</summary>
internal sealed class CrossFit(ConsoleSession session, AuditArguments arguments, IImageSource images, AnnotationSet truth)
{
    /// <summary>The folder of the folds of an audit in a folder.</summary>
    public static string FoldsIn(string folder) => Path.Combine(folder, "folds");

    /// <summary>The rows that could be read, and of each repeat their predictions, in order.</summary>
    public async Task<(AnnotationSet Judged, AffectPrediction[][] Repeats)> RunAsync(CancellationToken cancellationToken)
    {
        Dictionary<string, AffectPrediction>[] read = new Dictionary<string, AffectPrediction>[arguments.Repeats];
        using AuditFeatures? features = AuditFeatures.AreAskedFor(arguments.Training!)
            ? new(session, arguments.Training!, images, truth)
            : null;
        for (int repeat = 0; repeat < read.Length; repeat++)
        {
            read[repeat] = await OnceAsync(repeat, features, cancellationToken).ConfigureAwait(false);
        }

        AnnotationSet judged = truth.Where(row => read.All(predicted => predicted.ContainsKey(row.Image)));
        if (judged.Count < truth.Count)
        {
            session.Say($"{truth.Count - judged.Count} images could not be read; their labels are not judged, and stay.");
        }

        return (judged, [.. read.Select(predicted => judged.Select(row => predicted[row.Image]).ToArray())]);
    }

    private async Task<Dictionary<string, AffectPrediction>> OnceAsync(
        int repeat, AuditFeatures? features, CancellationToken cancellationToken)
    {
        // Another seed parts the rows otherwise, and begins and draws otherwise too.
        TrainArguments training = arguments.Training! with { Seed = (arguments.Training.Seed + repeat) & long.MaxValue };
        int[] foldOf = truth.Folds(arguments.Folds, training.Seed, arguments.Grouping.GroupBy());
        int folds = foldOf.Max() + 1;
        Dictionary<string, AffectPrediction> read = new(StringComparer.Ordinal);
        for (int fold = 0; fold < folds; fold++)
        {
            // The first repeat's folders have the names that an audit without repeats gives them: more may be asked for later.
            string folder = repeat == 0 ? $"{fold + 1}" : $"{repeat + 1}-{fold + 1}";
            string name = arguments.Repeats == 1
                ? $"Fold {fold + 1} of {folds}"
                : $"Repeat {repeat + 1} of {arguments.Repeats}, fold {fold + 1} of {folds}";
            int[] learned = [.. Enumerable.Range(0, truth.Count).Where(row => foldOf[row] != fold)];
            int[] judged = [.. Enumerable.Range(0, truth.Count).Where(row => foldOf[row] == fold)];
            AuditFold run = new(session, training, Path.Combine(FoldsIn(arguments.Out), folder), name);
            PredictionTable table = run.Before() ?? (features is null
                ? await run.RunAsync(images, truth.Select(learned), truth.Select(judged), cancellationToken).ConfigureAwait(false)
                : await run.RunAsync(
                    await features.OfAsync(learned, cancellationToken).ConfigureAwait(false),
                    await features.OfAsync(judged, cancellationToken).ConfigureAwait(false),
                    cancellationToken).ConfigureAwait(false));
            for (int row = 0; row < table.Count; row++)
            {
                read[table.Images[row]] = table[row];
            }
        }

        return read;
    }
}
