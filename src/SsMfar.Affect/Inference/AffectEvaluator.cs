using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Predictions;

namespace SsMfar.Inference;

/// <summary>Judges a model on annotated faces.</summary>
public static class AffectEvaluator
{
    private const int FailuresNamed = 10;

    /// <summary>Predicts every face of a data set and scores the predictions against its labels as the multi-task challenge does.</summary>
    /// <param name="predictor">The model; it stays the caller's.</param>
    /// <param name="dataset">Labels and images, read with the model's expression classes.</param>
    /// <param name="progress">Told the number of images done, in order.</param>
    /// <param name="cancellationToken">Stops between two batches.</param>
    /// <exception cref="ArgumentException">The classes of the labels are not the model's.</exception>
    /// <exception cref="ImageDecodeException">Images cannot be read; the message counts them and names the first ten.</exception>
    /// <exception cref="NonFiniteOutputException">The model's outputs for an image are NaN or infinite.</exception>
    /// <exception cref="OperationCanceledException">The evaluation was cancelled.</exception>
    public static async Task<AffectEvaluation> EvaluateAsync(
        this IAffectPredictor predictor,
        AffectDataset dataset,
        IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(predictor);
        ArgumentNullException.ThrowIfNull(dataset);
        AnnotationSet annotations = dataset.Annotations;
        CheckClasses(predictor, annotations, nameof(dataset));
        using IImageSource images = dataset.OpenImages();
        var predictions = ImmutableArray.CreateBuilder<AffectPrediction>(annotations.Count);
        List<ImageDecodeException> failed = [];
        int done = 0;
        IEnumerable<string> names = annotations.Select(row => row.Image);
        await foreach (PredictionItem item in predictor.PredictAsync(images, names, cancellationToken).ConfigureAwait(false))
        {
            // Images that cannot be read are collected; for any other fault GetPrediction throws.
            if (item.Error is ImageDecodeException fault)
            {
                failed.Add(fault);
            }
            else
            {
                predictions.Add(item.GetPrediction());
            }

            progress?.Report(++done);
        }

        return failed.Count == 0 ? new(annotations, predictions.ToImmutable()) : throw Unreadable(failed, annotations.Count);
    }

    private static void CheckClasses(IAffectPredictor predictor, AnnotationSet annotations, string parameter)
    {
        ImmutableArray<string> known = predictor.Metadata.ExpressionClasses;
        if (!known.IsDefaultOrEmpty && !known.SequenceEqual(annotations.ExpressionClasses.Names, StringComparer.Ordinal))
        {
            throw new ArgumentException(
                $"The labels have the classes {annotations.ExpressionClasses}, the model {string.Join(", ", known)}. Load the annotation " +
                    $"file with {nameof(AnnotationFileOptions)}.{nameof(AnnotationFileOptions.ExpressionClasses)} set to the " +
                    "model's classes.",
                parameter);
        }
    }

    // All of them in one message: whoever mends a data set wants to start once.
    private static ImageDecodeException Unreadable(List<ImageDecodeException> faults, int rows)
    {
        if (faults is [var only])
        {
            return new(only.ImageName, only.Reason, only.Remedy, only);
        }

        string named = string.Join("; ", faults.Take(FailuresNamed).Select(fault => $"'{fault.ImageName}' ({fault.Reason})"));
        string more = faults.Count > FailuresNamed ? $"; and {faults.Count - FailuresNamed} more" : "";
        return new(
            $"{faults.Count} of {rows} images cannot be read: {named}{more}. Replace them, or remove them from what is to be read.",
            faults[0]);
    }
}
