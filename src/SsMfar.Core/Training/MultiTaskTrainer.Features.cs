using Microsoft.Extensions.Logging;
using SsMfar.Data;
using SsMfar.Runtime;
using SsMfar.Weights;

namespace SsMfar.Training;

/// <content>Fits on features that were computed before.</content>
public sealed partial class MultiTaskTrainer
{
    /// <summary>
    /// Computes the features of a data set's images once, for any number of fits: as <see cref="FitAsync(AffectDataset,
    /// AffectDataset?, IProgress{TrainingProgress}?, CancellationToken)"/> does before its first step, with this trainer's backbone, image
    /// size, views and seed.
    /// </summary>
    /// <param name="dataset">The rows, with labels of every task and class that is to be learned; at least two.</param>
    /// <param name="progress">Called on a thread of its own with <see cref="DecodingProgress"/> and <see cref="FeatureProgress"/>.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <returns>The features; the caller disposes them, and they outlive the trainer.</returns>
    /// <exception cref="InvalidOperationException">A fit of this trainer is under way.</exception>
    /// <exception cref="TrainingConfigurationException">
    /// <see cref="FrozenFeatureOptions.Enabled"/> is false, or the options ask for what this backbone does not allow.
    /// </exception>
    /// <exception cref="InsufficientDataException">Fewer than two images can be used, or no row has a label of any task.</exception>
    /// <exception cref="InsufficientLabelsException">A class or unit has no sample and no cap was given.</exception>
    /// <exception cref="ImageCacheException">Images cannot be decoded and the options do not say to skip them.</exception>
    /// <exception cref="ModelFileException">The pretrained weights do not fit.</exception>
    /// <exception cref="InsufficientDeviceMemoryException">More memory is needed than the device, or the host, has.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Task<FrozenFeatureSet> ComputeFeaturesAsync(
        AffectDataset dataset, IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        RequireFrozen();
        return OnOwnThread(() => Compute(dataset, progress, cancellationToken), cancellationToken);
    }

    /// <summary>
    /// Trains heads on features that were computed before: nothing is decoded, and the backbone is not run. All else is as on images.
    /// </summary>
    /// <param name="training">What to learn from, such as some rows of a set; at least two.</param>
    /// <param name="validation">What the best epoch is chosen on, or null to keep the last.</param>
    /// <param name="progress">Called on the training thread, in order, with immutable values.</param>
    /// <param name="cancellationToken">Stops after the step under way; the checkpoint, where one was asked for, is written first.</param>
    /// <returns>The best model, with the set's backbone; the caller disposes it.</returns>
    /// <exception cref="TrainingConfigurationException">
    /// <see cref="FrozenFeatureOptions.Enabled"/> is false, the features are of another backbone or input than the trainer's or of other
    /// weights than those of its model to start from, or those to learn from have not the views that it draws from.
    /// </exception>
    /// <inheritdoc cref="FitAsync(AffectDataset, AffectDataset?, IProgress{TrainingProgress}?, CancellationToken)" path="/exception"/>
    public Task<TrainingResult> FitHeadsAsync(
        FrozenFeatureSet training,
        FrozenFeatureSet? validation = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(training);
        RequireFrozen();
        return FitAsync(new FitRows(training), validation is null ? null : new FitRows(validation), progress, cancellationToken);
    }

    private FrozenFeatureSet Compute(AffectDataset dataset, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        TorchRuntime.Initialize();
        ILogger logger = _configuration.LoggerFactory.CreateLogger<MultiTaskTrainer>();

        // Nothing is evaluated, so that there is nothing to stop early.
        TrainingOptions options = TrainingJson.Copy(_configuration.Options);
        options.EarlyStopping = new();
        TrainerConfiguration configuration = _configuration with { Options = options, Checkpoints = null, Watchers = [] };
        using TrainingRun run = new TrainingRunFactory(configuration, logger, progress).Create(dataset, null, cancellationToken);
        run.Prepare(cancellationToken);
        return FrozenFeatureSet.Of(run);
    }

    private void RequireFrozen()
    {
        if (!_configuration.Options.FrozenFeatures.Enabled)
        {
            throw new TrainingConfigurationException(
                $"{nameof(TrainingOptions.FrozenFeatures)}.{nameof(FrozenFeatureOptions.Enabled)} is false, so that the backbone is " +
                    $"trained, and features are of use to heads alone: set it.");
        }
    }
}
