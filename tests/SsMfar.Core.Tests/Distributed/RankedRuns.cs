using SsMfar.Data;
using SsMfar.Distributed;
using SsMfar.Kernels.Marks;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Tests.Training;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Distributed;

/// <summary>Runs of a few steps, in one process or on ranks that are threads, in float64 or float32.</summary>
internal static class RankedRuns
{
    public static AffectDataset Faces { get; } = TinyFaces.Dataset(96);

    /// <summary>A trainer whose network computes in float64 all through, on batches of 32: three steps an epoch.</summary>
    public static MultiTaskTrainerBuilder Wide(Action<TrainingOptions>? configure = null) => Small(configure)
        .UseBackbone(BackboneFactory.Of(key => new ShortBackbone(key, torch.ScalarType.Float64)))
        .UseHead(AffectTaskNames.Expression, context => context.CreateHead<WideHead>(8))
        .UseHead(AffectTaskNames.ValenceArousal, context => context.CreateHead<WideHead>(2))
        .UseHead(AffectTaskNames.ActionUnits, context => context.CreateHead<WideHead>(12));

    /// <summary>The same in float32.</summary>
    public static MultiTaskTrainerBuilder Small(Action<TrainingOptions>? configure = null) => MultiTaskTrainer.CreateBuilder()
        .UseBackbone(BackboneFactory.Of(key => new ShortBackbone(key, torch.ScalarType.Float32)))
        .UseDevice(ComputeDevice.Cpu)
        .Configure(options =>
        {
            (options.ImageSize, options.BatchSize, options.Epochs, options.ProgressEvery) = (32, 32, 1, 1);
            options.Optimizer.BackboneLearningRate = options.Optimizer.HeadLearningRate = 1e-3;
        })
        .Configure(configure ?? (_ => { }));

    /// <summary>Fits on as many ranks as there are builders, each on a thread.</summary>
    public static async Task<TrainingResult[]> FitAsync(
        int ranks,
        Func<MultiTaskTrainerBuilder> builder,
        AffectDataset? validation = null,
        AffectDataset? training = null,
        CancellationToken cancellationToken = default)
    {
        training ??= Faces;
        if (ranks == 1)
        {
            return [await builder().Build().FitAsync(training, validation, cancellationToken: cancellationToken)];
        }

        IProcessGroup[] groups = [.. InProcessGroup.Create(ranks, TimeSpan.FromMinutes(2))];
        return await Task.WhenAll(groups.Select(group => builder()
            .UseProcessGroup(group)
            .Configure(options => options.Distributed.SynchronizeBatchNorm = true)
            .Build().FitAsync(training, validation, cancellationToken: cancellationToken)));
    }

    /// <summary>The largest difference of two models' weights and buffers, relative to the larger of 1 and the weight.</summary>
    public static double Difference(MultiTaskModel one, MultiTaskModel other)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Dictionary<string, torch.Tensor> expected = other.state_dict();
        return one.state_dict().Max(entry =>
        {
            torch.Tensor right = expected[entry.Key].detach().to(torch.ScalarType.Float64);
            torch.Tensor error = (entry.Value.detach().to(torch.ScalarType.Float64) - right).abs() / right.abs().clamp_min(Scalars.Of(1));
            return error.numel() == 0 ? 0 : error.max().item<double>();
        });
    }

    /// <summary>Built-in parts with batch norms of every kind, few and narrow, in two stages after the stem.</summary>
    public sealed class ShortBackbone : torch.nn.Module<torch.Tensor, torch.Tensor>, IBackbone<ShortBackbone>, IStagedBackbone
    {
        private readonly NormalizedConvolution _stem;
        private readonly ResidualBlock _first;
        private readonly ResidualBlock _second;
        private readonly torch.ScalarType _type;

        public ShortBackbone(RandomKey key, torch.ScalarType type)
            : base(nameof(ShortBackbone))
        {
            using var initializer = new WeightInitializer(key);
            _stem = new(new ConvolutionLayer(initializer, 3, FeatureWidth, kernel: 3, stride: 4), Activation.PRelu);
            _first = new(initializer, bottleneck: false, FeatureWidth, FeatureWidth, stride: 1);
            _second = new(initializer, bottleneck: false, FeatureWidth, FeatureWidth, stride: 2);
            _type = type;
            register_module("stem", _stem);
            register_module("first", _first);
            register_module("second", _second);
            this.to(type);
        }

        public static string Kind => "short";

        public int FeatureWidth => 16;

        IReadOnlyList<torch.nn.Module> IStagedBackbone.Stages => [_first, _second];

        public PartDescription Description => new PartDescription(Kind).With("type", (int)_type);

        public static ShortBackbone Create(PartDescription description, RandomKey key) =>
            new(key, (torch.ScalarType)description.Number("type"));

        public override torch.Tensor forward(torch.Tensor input)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            torch.Tensor map = _first.call(GradientMark.Before(_stem.call(input.to(_type)), _first));
            return _second.call(GradientMark.Before(map, _second)).MoveToOuterDisposeScope();
        }

        protected override void RegisterComponents()
        {
        }
    }

    /// <summary>A linear head in float64.</summary>
    public sealed class WideHead : torch.nn.Module<torch.Tensor, torch.Tensor>, ITaskHead<WideHead>
    {
        private readonly LinearHead _inner;

        public WideHead(PartDescription description, RandomKey key)
            : base(nameof(WideHead))
        {
            _inner = new LinearHead(description.Number("inputs"), description.Number("outputs"), key);
            register_module("inner", _inner);
            _inner.to(torch.ScalarType.Float64);
            Description = description;
        }

        public static string Kind => "wide-head";

        public int OutputWidth => _inner.OutputWidth;

        public PartDescription Description { get; }

        public static WideHead Create(PartDescription description, RandomKey key) => new(description, key);

        public override torch.Tensor forward(torch.Tensor input) => _inner.call(input);

        protected override void RegisterComponents()
        {
        }
    }
}
