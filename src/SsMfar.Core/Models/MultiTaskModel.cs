using System.Collections.Immutable;
using SsMfar.Kernels.Marks;
using SsMfar.Kernels.Normalization;
using SsMfar.Metadata;
using SsMfar.Randomness;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Models;

/// <summary>
/// One backbone, one head a task: backbone → global average pool → dropout → L2 normalisation (both optional) → heads. From the pool on
/// everything is float32 (or float64 where the backbone computes in it). State names: <c>backbone.*</c>, <c>heads.TASK.*</c>.
/// Owns backbone and heads. Dropout draws from a key of the step.
/// </summary>
public sealed partial class MultiTaskModel : torch.nn.Module<torch.Tensor, TaskOutputs>
{
    private const double NormFloor = 1e-12;
    private const long StrongPass = 1;

    private readonly ImmutableArray<ITaskHead> _taskHeads;
    private readonly BatchCounters _counters;
    private Pass _pass;
    private bool _disposed;

    /// <summary>Composes a model.</summary>
    /// <param name="backbone">The backbone; owned by the model from here on.</param>
    /// <param name="features">What happens to the pooled features.</param>
    /// <param name="heads">Each task's name and head, in order; owned by the model from here on.</param>
    /// <exception cref="ArgumentException">There is no head, or a task's name is empty, has a dot or occurs twice.</exception>
    public MultiTaskModel(IBackbone backbone, FeatureProcessing features, IEnumerable<KeyValuePair<string, ITaskHead>> heads)
        : base(nameof(MultiTaskModel))
    {
        ArgumentNullException.ThrowIfNull(backbone);
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(heads);
        var pairs = heads.ToImmutableArray();
        CheckNames(pairs.Select(pair => pair.Key).ToList(), nameof(heads));
        Backbone = backbone;
        Features = features;
        TaskNames = [.. pairs.Select(pair => pair.Key)];
        _taskHeads = [.. pairs.Select(pair => pair.Value)];
        _counters = new([.. pairs.Select(pair => pair.Value.Module).Prepend<torch.nn.Module>(backbone.Module).Where(IsCustom)]);
        register_module("backbone", backbone.Module);
        HeadsModule = new HeadModules(pairs);
        register_module("heads", HeadsModule);
    }

    /// <summary>Gets the backbone; the model owns it.</summary>
    public IBackbone Backbone { get; }

    /// <summary>Gets what happens to the pooled features.</summary>
    public FeatureProcessing Features { get; }

    /// <summary>Gets the tasks, in order.</summary>
    public ImmutableArray<string> TaskNames { get; }

    /// <summary>Gets all heads; every parameter that is not the backbone's is one of theirs.</summary>
    internal torch.nn.Module HeadsModule { get; }

    /// <summary>Gets what the model is built of.</summary>
    public ModelArchitecture Architecture => new(
        Backbone.Description, Features, [.. TaskNames.Zip(_taskHeads, (task, head) => new TaskHeadDescription(task, head.Description))]);

    /// <summary>A task's head; the model owns it.</summary>
    /// <param name="task">The task's name.</param>
    /// <exception cref="KeyNotFoundException">The model has no such task; the message lists those it has.</exception>
    public ITaskHead Head(string task)
    {
        int index = TaskNames.IndexOf(task);
        return index >= 0
            ? _taskHeads[index]
            : throw new KeyNotFoundException($"The model has no task '{task}'; it has {string.Join(", ", TaskNames)}.");
    }

    /// <summary>
    /// Gets or sets where the next training pass draws its dropout from, so that it depends on nothing else in the process; the global
    /// generator of torch when null.
    /// </summary>
    internal RandomKey? DropoutKey { get; set; }

    /// <summary>
    /// Gets or sets which rows of a batch that several ranks go through the next training pass is of: dropout is drawn for all of them, and
    /// this rank's taken; null where the pass is of all rows.
    /// </summary>
    internal RowShare? Share { get; set; }

    /// <summary>
    /// Gets or sets whether a training pass leaves the backbone as it is: it then computes without gradient and in evaluation mode, so that
    /// its batch norms use their running statistics and do not change them. Takes effect with the next <see cref="train(bool)"/>.
    /// </summary>
    internal bool BackboneIsFrozen { get; set; }

    /// <summary>
    /// Gets or sets whether the input is pooled features, [N, <see cref="IBackbone.FeatureWidth"/>], which the backbone then is not asked
    /// for.
    /// </summary>
    internal bool TakesFeatures { get; set; }

    /// <summary>Chooses between training and evaluation; a frozen backbone stays in evaluation mode.</summary>
    /// <param name="train">Whether to train.</param>
    public override void train(bool train = true)
    {
        base.train(train);
        if (BackboneIsFrozen)
        {
            Backbone.Module.eval();
        }
    }

    /// <summary>Every task's outputs.</summary>
    /// <param name="input">Normalised images, floating point [N, 3, H, W].</param>
    /// <returns>[N, output width] for each task; the caller disposes it.</returns>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    /// <exception cref="InvalidOperationException">A part gives another width than it says.</exception>
    public override TaskOutputs forward(torch.Tensor input)
    {
        ThrowIfDisposed();
        using var scope = torch.NewDisposeScope();
        using IDisposable? aside = training ? _counters.SetAside() : null;
        var features = TakesFeatures ? input
            : training && BackboneIsFrozen ? PooledFeatures(input)
            : Pool(Backbone.Module.call(input));
        features = GradientMark.Before(features, HeadsModule);
        if (training && Features.Dropout > 0)
        {
            features = DropOut(features);
        }

        torch.Tensor[] outputs = Heads(features);
        foreach (var output in outputs)
        {
            output.MoveToOuterDisposeScope();
        }

        return new TaskOutputs(TaskNames, outputs);
    }

    /// <summary>
    /// Every task's outputs for weak views and strong views, which share the weights and nothing else: each has a forward pass, so
    /// that strong views neither enter the batch statistics of weak ones nor move the running ones.
    /// </summary>
    /// <param name="images">Normalised images, floating point [N + S, 3, H, W], the weak views first.</param>
    /// <param name="weakRows">N.</param>
    /// <param name="byRunning">
    /// Whether strong views are normalised by the running statistics, which the weak ones have moved by then, and not by their own.
    /// </param>
    /// <returns>[N + S, output width] for each task; the caller disposes it.</returns>
    internal TaskOutputs CallApart(torch.Tensor images, long weakRows, bool byRunning = false)
    {
        if (images.size(0) == weakRows)
        {
            return call(images);
        }

        using var scope = torch.NewDisposeScope();
        _pass = Pass.Weak;
        using TaskOutputs weak = call(images.narrow(0, 0, weakRows));
        RandomKey? key = DropoutKey;
        DropoutKey = key?.Fold(StrongPass);
        _pass = Pass.Strong;
        try
        {
            using IDisposable held = byRunning ? new RunningStatistics(this) : new HeldStatistics(this);
            long rows = images.size(0) - weakRows;
            torch.Tensor views = images.narrow(0, weakRows, rows);

            // A single view goes twice: the same outputs and gradients, but of two values a channel has an unbiased variance. Where ranks
            // share statistics, one of several views is not single.
            bool twice = rows == 1 && !byRunning && (SharedStatistics.Group is null || Share is null or { Strong: 1 });
            using TaskOutputs strong = call(twice ? torch.cat([views, views]) : views);
            return new TaskOutputs(
                TaskNames, [.. TaskNames.Select(
                    task => torch.cat([weak[task], strong[task].narrow(0, 0, rows)]).MoveToOuterDisposeScope())]);
        }
        finally
        {
            DropoutKey = key;
            _pass = Pass.Joint;
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _disposed = true;
        base.Dispose(disposing);
    }

    // Our own modules call batch norms by other means.
    private static bool IsCustom(torch.nn.Module module) => module.GetType().Assembly != typeof(MultiTaskModel).Assembly;

    /// <summary>Registers nothing: TorchSharp would look through the fields and find the parts a second time, under other names.</summary>
    protected override void RegisterComponents()
    {
    }

    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    internal void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_disposed, this);

    /// <summary>The backbone's pooled features, without gradient.</summary>
    /// <param name="input">Normalised images, floating point [N, 3, H, W].</param>
    /// <returns>[N, <see cref="IBackbone.FeatureWidth"/>]; the caller, or its dispose scope, disposes it.</returns>
    internal torch.Tensor PooledFeatures(torch.Tensor input)
    {
        using var noGradient = torch.no_grad();
        return Pool(Backbone.Module.call(input));
    }

    // Inverted dropout (Srivastava et al., 2014). Where the step gives a key, its draws are made on the host, so that every device drops
    // the same.
    private torch.Tensor DropOut(torch.Tensor features)
    {
        return DropoutKey is { } key
            ? Share is { } share ? DropOut(features, Features.Dropout, key, share, _pass) : DropOut(features, Features.Dropout, key)
            : torch.nn.functional.dropout(features, Features.Dropout, training: true);
    }

    /// <summary>Inverted dropout whose draws follow from a key, the same on every device.</summary>
    internal static torch.Tensor DropOut(torch.Tensor features, double probability, RandomKey key)
    {
        double keep = 1 - probability;
#pragma warning disable RS0030 // On the host.
        using var generator = new torch.Generator(key.Value >> 1);
#pragma warning restore RS0030
        torch.Tensor kept = torch.empty(features.shape, features.dtype, torch.CPU).bernoulli_(keep, generator).div_(Scalars.Of(keep));
        return features * Transfers.ToDevice(kept, features.device);
    }

    // What one process with all rows draws, and of that this rank's rows.
    private static torch.Tensor DropOut(torch.Tensor features, double probability, RandomKey key, RowShare share, Pass pass)
    {
        long rows = features.size(0), width = features.size(1);
        long strong = pass == Pass.Strong && share.Strong == 1 ? 2 : share.Strong;
        long all = pass switch { Pass.Weak => share.Rows, Pass.Strong => strong, _ => share.Rows + share.Strong };
        torch.Tensor ones = torch.ones([all, width], features.dtype, features.device);
        torch.Tensor kept = DropOut(ones, probability, key);
        torch.Tensor own = pass switch
        {
            Pass.Weak => kept.narrow(0, share.Start, share.Count),
            Pass.Strong => kept.narrow(0, share.StrongStart, share.StrongCount),
            _ => torch.cat([
                kept.narrow(0, share.Start, share.Count), kept.narrow(0, share.Rows + share.StrongStart, share.StrongCount)]),
        };

        // A view that goes twice.
        return features * (rows > own.size(0) ? torch.cat([own, own]) : own);
    }

    private static torch.Tensor Pool(torch.Tensor map)
    {
        var wide = map.dtype is torch.ScalarType.Float32 or torch.ScalarType.Float64 ? map : map.to(torch.ScalarType.Float32);
        return wide.dim() == 4 ? wide.mean([2, 3]) : wide;
    }

    /// <summary>Refuses what cannot name a task, since names of tensors begin with it.</summary>
    /// <exception cref="ArgumentException">The name is empty, or has a dot.</exception>
    internal static void CheckName(string name, string parameter)
    {
        if (string.IsNullOrWhiteSpace(name) || name.Contains('.', StringComparison.Ordinal))
        {
            throw new ArgumentException($"'{name}' cannot name a task: a name is not empty and has no dot.", parameter);
        }
    }

    private static void CheckNames(List<string> names, string parameter)
    {
        if (names.Count == 0)
        {
            throw new ArgumentException("A model needs at least one task.", parameter);
        }

        names.ForEach(name => CheckName(name, parameter));

        if (names.Distinct(StringComparer.Ordinal).Count() != names.Count)
        {
            throw new ArgumentException($"A task's name occurs twice in {string.Join(", ", names)}.", parameter);
        }
    }

    private enum Pass
    {
        Joint,
        Weak,
        Strong,
    }

    private sealed class HeadModules : torch.nn.Module
    {
        internal HeadModules(ImmutableArray<KeyValuePair<string, ITaskHead>> heads)
            : base(nameof(HeadModules))
        {
            foreach (var (name, head) in heads)
            {
                register_module(name, head.Module);
            }
        }
    }
}
