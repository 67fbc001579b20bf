using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using TorchSharp;
using TorchSharp.Modules;

namespace SsMfar.Tests.Training;

/// <summary>Two convolutions with batch norm: a custom backbone that trains in milliseconds.</summary>
public sealed class TinyBackbone : torch.nn.Module<torch.Tensor, torch.Tensor>, IBackbone<TinyBackbone>
{
    private const int Hidden = 8;

#pragma warning disable IDE0044, CA1823 // TorchSharp registers parameters by their fields.
    private readonly Parameter _first;
    private readonly BatchNorm2d _firstNorm;
    private readonly Parameter _second;
    private readonly BatchNorm2d _secondNorm;
#pragma warning restore IDE0044, CA1823

    public TinyBackbone(RandomKey key, int width = 24)
        : base(nameof(TinyBackbone))
    {
        using var initializer = new WeightInitializer(key);
        _first = initializer.KaimingNormal(Hidden, 3, 3);
        _firstNorm = torch.nn.BatchNorm2d(Hidden);
        _second = initializer.KaimingNormal(width, Hidden, 3);
        _secondNorm = torch.nn.BatchNorm2d(width);
        FeatureWidth = width;
        RegisterComponents();
    }

    public static string Kind => "tiny";

    public static BackboneFactory Factory { get; } = BackboneFactory.Of(key => new TinyBackbone(key));

    /// <summary>The built-in parts and this one.</summary>
    public static ModelParts Parts { get; } = ModelParts.BuiltIn.WithBackbone<TinyBackbone>();

    public int FeatureWidth { get; }

    public PartDescription Description => new PartDescription(Kind).With("width", FeatureWidth);

    public static TinyBackbone Create(PartDescription description, RandomKey key) => new(key, description.Number("width"));

    public override torch.Tensor forward(torch.Tensor input)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor first = _firstNorm.call(torch.nn.functional.conv2d(input, _first, strides: [2, 2], padding: [1, 1])).relu();
        torch.Tensor second = _secondNorm.call(torch.nn.functional.conv2d(first, _second, strides: [2, 2], padding: [1, 1])).relu();
        return second.MoveToOuterDisposeScope();
    }
}
