using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Training;

namespace SsMfar.ConsoleApp.Auditing;

/// <summary>The features that the folds of an audit with a frozen backbone share: computed once, when a fold first asks for them.</summary>
internal sealed class AuditFeatures(ConsoleSession session, TrainArguments training, IImageSource images, AnnotationSet truth) : IDisposable
{
    private FrozenFeatureSet? _features;
    private int?[] _places = [];

    /// <summary>Whether the arguments lead to a frozen backbone.</summary>
    public static bool AreAskedFor(TrainArguments training) => TrainerSetup.Options(training).FrozenFeatures.Enabled;

    /// <summary>The features of rows whose image could be read.</summary>
    /// <param name="rows">Rows of the annotations.</param>
    /// <param name="cancellationToken">Stops the computing.</param>
    public async Task<FrozenFeatureSet> OfAsync(IEnumerable<int> rows, CancellationToken cancellationToken)
    {
        if (_features is null)
        {
            _features = await Fitting.RunAsync(
                session, training, training.Tasks, null,
                (trainer, view) => trainer.ComputeFeaturesAsync(new(truth, images), new TrainingProgressReporter(view), cancellationToken))
                .ConfigureAwait(false);
            _places = Places(truth, _features.Annotations);
        }

        return _features.Select(rows.Select(row => _places[row]).OfType<int>());
    }

    public void Dispose() => _features?.Dispose();

    // What could be read has the order of the file.
    private static int?[] Places(AnnotationSet all, AnnotationSet read)
    {
        int next = 0;
        return [.. all.Select(row => next < read.Count && row.Image == read[next].Image ? next++ : (int?)null)];
    }
}
