using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Postprocessing;
using SsMfar.Predictions;
using SsMfar.Submissions;

namespace SsMfar.ConsoleApp.Commands;

/// <summary>What commands and the demonstration do with a predictor.</summary>
internal static class Predicting
{
    /// <summary>How many images a message names.</summary>
    public const int FailuresNamed = 10;

    /// <summary>Predicts images with progress shown. An image that cannot be read is a failed item.</summary>
    public static Task<IReadOnlyList<PredictionItem>> RunAsync(
        ConsoleSession session,
        IAffectPredictor predictor,
        IImageSource images,
        IReadOnlyCollection<(string Name, FaceBox? Box)> faces,
        CancellationToken cancellationToken) =>
        ProgressView.RunAsync<IReadOnlyList<PredictionItem>>(session, async view =>
        {
            IProgress<int> progress = view.Count("predicting", faces.Count, "images");
            var items = new List<PredictionItem>(faces.Count);
            await foreach (PredictionItem item in predictor.PredictAsync(images, faces, cancellationToken).ConfigureAwait(false))
            {
                items.Add(item);
                progress.Report(items.Count);
            }

            return items;
        });

    /// <summary>Judges a model on annotated images with progress shown.</summary>
    public static Task<AffectEvaluation> EvaluateAsync(
        ConsoleSession session, IAffectPredictor predictor, AffectDataset dataset, CancellationToken cancellationToken) =>
        ProgressView.RunAsync(session, view =>
            predictor.EvaluateAsync(dataset, view.Count("predicting", dataset.Count, "images"), cancellationToken));

    /// <summary>Refuses a model that gives no numbers for some image, whatever becomes of images that cannot be read.</summary>
    /// <exception cref="BadInputException">It does; the message names model and task.</exception>
    public static void RequireNumbers(IReadOnlyList<PredictionItem> items)
    {
        if (items.Select(item => item.Error).OfType<NonFiniteOutputException>().FirstOrDefault() is { } broken)
        {
            throw new BadInputException(broken.Message);
        }
    }

    /// <summary>The predictions of images that must all be readable.</summary>
    /// <param name="items">What became of the images.</param>
    /// <param name="keep">Keeps the predictions of the others and says where, as a sentence after a blank; null: they are given up.</param>
    /// <exception cref="BadInputException">Some are not, or the model gives no numbers; the message names them, in one line.</exception>
    public static IReadOnlyList<AffectPrediction> Require(
        IReadOnlyList<PredictionItem> items,
        Func<IReadOnlyList<PredictionItem>, string>? keep = null)
    {
        RequireNumbers(items);
        PredictionItem[] failed = [.. items.Where(item => !item.Succeeded)];
        if (failed.Length == 0)
        {
            return [.. items.Select(item => item.Prediction!)];
        }

        string kept = keep?.Invoke([.. items.Where(item => item.Succeeded)]) ?? "";
        throw failed.Length switch
        {
            1 => new BadInputException(ConsoleWords.Of(failed[0].Error!.Message) + kept),
            _ => new BadInputException(
                $"{failed.Length} of {items.Count} images cannot be read: {string.Join("; ", failed.Take(FailuresNamed).Select(Reason))}" +
                $"{(failed.Length > FailuresNamed ? $"; and {failed.Length - FailuresNamed} more" : "")}. Replace them, or remove them " +
                $"from what is to be read.{kept}"),
        };
    }

    private static string Reason(PredictionItem item) =>
        item.Error is ImageDecodeException image ? $"'{image.ImageName}' ({image.Reason})" : $"'{item.Name}' ({item.Error!.Message})";

    /// <summary>Predictions in the submission format; a task that the model does not have is marked as not predicted.</summary>
    /// <exception cref="BadInputException">The model has none of the three tasks.</exception>
    public static Submission Submission(
        string model,
        IReadOnlyList<string> names,
        IReadOnlyList<AffectPrediction> predictions,
        ExpressionClassSet classes) =>
        Table(model, names, predictions, classes).ToSubmission();

    /// <summary>Predictions with their probabilities.</summary>
    /// <exception cref="BadInputException">The model has none of the built-in tasks.</exception>
    public static PredictionTable Table(
        string model,
        IReadOnlyList<string> names,
        IReadOnlyList<AffectPrediction> predictions,
        ExpressionClassSet classes) =>
        predictions.Count > 0 && predictions.All(prediction => prediction is
            { Expression: null, ValenceArousal: null, ActionUnits: null, ActionUnitIntensities: null })
            ? throw new BadInputException(
                $"{model}: the model predicts none of expression, valence and arousal, action units, and their intensities, which such " +
                    "files are for. Use --json instead.")
            : new(names.Zip(predictions), classes);

    /// <summary>A table in the submission format; units that have no place in it are said.</summary>
    /// <exception cref="BadInputException">
    /// The table has units alone, and not the twelve of the format, or intensities alone.
    /// </exception>
    public static Submission Submission(ConsoleSession session, PredictionTable table, string source)
    {
        AffectPrediction? first = table.Count > 0 ? table[0] : null;
        if (first is { Expression: null, ValenceArousal: null, ActionUnits: null })
        {
            throw new BadInputException(
                $"{source}: intensities of units alone are predicted, which the submission format has no place for. Use --probabilities " +
                    "FILE instead.");
        }

        if (first?.ActionUnits is null || table.Units.Equals(ActionUnitSet.AffWild2))
        {
            TellIntensities(session, table);
            return table.ToSubmission();
        }

        bool hasTwelve = ActionUnitSet.AffWild2.Units.All(table.Units.Contains);
        if (!hasTwelve && first is { Expression: null, ValenceArousal: null })
        {
            throw new BadInputException(
                $"{source}: the units predicted are {table.Units}, and the submission format is of {ActionUnitSet.AffWild2}. Use " +
                    "--probabilities FILE instead.");
        }

        string left = hasTwelve
            ? $"the units {string.Join(", ", table.Units.Names.Except(ActionUnitSet.AffWild2.Names))} are"
            : $"the units predicted, {table.Units}, lack some of its twelve and are";
        session.Say($"The submission format: {left} left out. --probabilities FILE has them.");
        TellIntensities(session, table);
        return table.ToSubmission();
    }

    private static void TellIntensities(ConsoleSession session, PredictionTable table)
    {
        if (table.IntensityUnits is not null)
        {
            session.Say("The submission format: intensities of units are left out. --probabilities FILE has them.");
        }
    }

    /// <summary>The first of many names, in one line.</summary>
    public static string Some(IReadOnlyCollection<string> names) =>
        string.Join(", ", names.Take(FailuresNamed).Select(Failure.OneLine)) + (names.Count > FailuresNamed ? ", ..." : "");
}
