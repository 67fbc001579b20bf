using System.Diagnostics;
using Microsoft.Extensions.Logging;
using SsMfar.Augmentation;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Training;

/// <summary>
/// What heads are trained on where the backbone is frozen for the whole run: the features of every view, computed before the first step, of
/// which each step draws. In the training set view 0 is the image, view 1 its mirror image, then come the weak and the strong ones; the
/// validation set has the image alone, as evaluation has it.
/// </summary>
internal sealed class FrozenFeatures : IDisposable
{
    internal const int Plain = 0;
    internal const int Mirrored = 1;
    private const int FirstWeak = 2;

    private FeatureTable? _training;
    private FeatureTable? _validation;

    public required FrozenFeatureOptions Options { get; init; }

    public required SemiSupervisionMode Mode { get; init; }

    /// <summary>Gets what makes the views.</summary>
    public required BatchImages Images { get; init; }

    public required PixelNormalization Normalization { get; init; }

    /// <summary>Gets what the augmented views are drawn from.</summary>
    public required RandomKey Key { get; init; }

    public required torch.Device Device { get; init; }

    public required DeviceImageBudget Budget { get; init; }

    public required ILogger Logger { get; init; }

    public required IProgress<TrainingProgress>? Progress { get; init; }

    private int StrongViews => Mode == SemiSupervisionMode.None ? 0 : Options.StrongViews;

    /// <summary>Gets how the views of a training image lie.</summary>
    public FeatureLayout Layout => new(Options.WeakViews, StrongViews);

    /// <summary>The features of a run, not yet computed.</summary>
    public static FrozenFeatures Of(TrainingParts parts, BatchImages images, PixelNormalization normalization)
    {
        TrainerConfiguration configuration = parts.Configuration;
        if (configuration is { Pretrained: null, Start: null } && parts.Training.Features is null
            && ModelParts.BuiltIn.BackboneType(configuration.Backbone.Name) is not null)
        {
            TrainingLog.RandomFeatures(parts.Logger, configuration.Backbone.Name);
        }

        return new()
        {
            Options = parts.Options.FrozenFeatures,
            Mode = parts.Options.SemiSupervision.Mode,
            Images = images,
            Normalization = normalization,
            Key = parts.Root.Fold(RandomStreams.FrozenViews),
            Device = parts.Device,
            Budget = parts.DeviceBudget,
            Logger = parts.Logger,
            Progress = parts.Progress,
        };
    }

    /// <summary>Computes the features of both sets by the model's backbone as it is now.</summary>
    /// <param name="model">A frozen backbone in float32.</param>
    /// <param name="training">The training set.</param>
    /// <param name="validation">The validation set, or null.</param>
    /// <param name="cancellationToken">Stops between batches; nothing is kept then.</param>
    public void Extract(MultiTaskModel model, TrainingData training, TrainingData? validation, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        model.eval();
        using TensorFloat32.Change format = TensorFloat32.Set(allowed: false);
        int views = Options.ViewsWith(Mode);
        _training = training.Features?.TableFor(model, Layout) ?? Extract(model, training, views, "training", Augmented, cancellationToken);
        _validation = validation is null
            ? null
            : validation.Features?.TableFor(model, wanted: null) ??
                Extract(model, validation, 1, "validation", (_, _, _) => [], cancellationToken);
        if (training.Features is not null)
        {
            return;
        }

        TrainingLog.FeaturesComputed(
            Logger, training.Count + (validation?.Count ?? 0), views, _training.Width, (_training.Bytes + (_validation?.Bytes ?? 0)) >> 20,
            Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    /// <summary>A step's input: weak views of all rows, then strong views of some.</summary>
    /// <param name="rows">Rows of the training set.</param>
    /// <param name="strong">Places in <paramref name="rows"/> that get a strong view.</param>
    /// <param name="key">The micro-batch's.</param>
    /// <returns>float32 [rows + strong, width], without gradient; the caller, or its dispose scope, disposes it.</returns>
    public torch.Tensor Build(ReadOnlySpan<int> rows, ReadOnlySpan<long> strong, RandomKey key)
    {
        using var noGradient = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        FeatureTable table = _training ?? throw new InvalidOperationException("The features are computed before the first step.");
        int[] weakViews = Draw(rows.Length, FirstWeak + Options.WeakViews, 0, key.Fold(RandomStreams.WeakView));
        torch.Tensor features = table.Gather(rows, weakViews, Device);
        if (strong.IsEmpty)
        {
            return features.MoveToOuterDisposeScope();
        }

        int[] strongRows = new int[strong.Length];
        RandomKey strongKey = key.Fold(RandomStreams.StrongView);
        int[] strongViews = Draw(strong.Length, Math.Max(1, StrongViews), FirstWeak + Options.WeakViews, strongKey);
        for (int i = 0; i < strongRows.Length; i++)
        {
            strongRows[i] = rows[(int)strong[i]];
            if (StrongViews == 0)
            {
                // Mirrored unless the weak view is the mirror image itself.
                strongViews[i] = weakViews[(int)strong[i]] == Mirrored ? Plain : Mirrored;
            }
        }

        torch.Tensor others = table.Gather(strongRows, strongViews, Device);
        if (Options.StrongDropout > 0)
        {
            others = MultiTaskModel.DropOut(others, Options.StrongDropout, key.Fold(RandomStreams.StrongFeatures));
        }

        return torch.cat([features, others]).MoveToOuterDisposeScope();
    }

    /// <summary>The training set's features, which from now on are the caller's.</summary>
    public FeatureTable Take()
    {
        FeatureTable table = _training ?? throw new InvalidOperationException("The features are computed before they are taken.");
        _training = null;
        return table;
    }

    /// <summary>The validation set's features, of the images as they are.</summary>
    /// <param name="rows">Rows of the validation set.</param>
    public torch.Tensor OfValidation(ReadOnlySpan<int> rows)
    {
        FeatureTable table = _validation ?? throw new InvalidOperationException("The features are computed before the first step.");
        return table.Gather(rows, new int[rows.Length], Device);
    }

    public void Dispose()
    {
        _training?.Dispose();
        _validation?.Dispose();
        _training = _validation = null;
    }

    private static int[] Draw(int rows, int views, int first, RandomKey key)
    {
        int[] drawn = new int[rows];
        for (int i = 0; i < rows; i++)
        {
            RandomSource random = key.Fold(i).ToSource();
            drawn[i] = first + random.NextInt32(views);
        }

        return drawn;
    }

    private FeatureTable Extract(
        MultiTaskModel model,
        TrainingData data,
        int views,
        string set,
        Func<int[], RandomKey, int, IEnumerable<torch.Tensor>> augmented,
        CancellationToken cancellationToken)
    {
        using var noGradient = torch.no_grad();
        int done = 0;
        torch.Tensor? features = null;
        try
        {
            foreach (int[] rows in Enumerable.Range(0, data.Count).Chunk(EvaluationBatch.Of(data)))
            {
                cancellationToken.ThrowIfCancellationRequested();
                using DisposeScope scope = torch.NewDisposeScope();
                torch.Tensor pixels = data.Pixels(rows, Device);
                torch.Tensor[] inputs = views == 1
                    ? [Normalization.Apply(pixels)]
                    : [Normalization.Apply(pixels), Normalization.Apply(pixels.flip(3)), .. augmented(rows, Key, done)];
                for (int view = 0; view < inputs.Length; view++)
                {
                    torch.Tensor pooled = Transfers.ToHost(model.PooledFeatures(inputs[view]));
                    features ??= torch.empty([data.Count, views, pooled.size(1)]).DetachFromDisposeScope();
                    features.narrow(0, done, rows.Length).select(1, view).copy_(pooled);
                }

                done += rows.Length;
                Progress?.Report(new FeatureProgress(set, done, data.Count));
            }

            var table = new FeatureTable(features!.view(-1, features.size(2)).DetachFromDisposeScope(), views);
            try
            {
                table.Place(Device, Budget);
                return table;
            }
            catch
            {
                table.Dispose();
                throw;
            }
        }
        finally
        {
            features?.Dispose();
        }
    }

    private IEnumerable<torch.Tensor> Augmented(int[] rows, RandomKey key, int start)
    {
        for (int view = 0; view < Options.WeakViews + StrongViews; view++)
        {
            yield return Images.Build(
                view < Options.WeakViews ? Images.Views.Weak : Images.Views.Strong, rows, key.Fold(view).Fold(start));
        }
    }
}
