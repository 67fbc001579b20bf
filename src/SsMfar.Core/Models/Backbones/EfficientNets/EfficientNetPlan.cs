using System.Collections.Immutable;

namespace SsMfar.Models;

/// <summary>
/// The layers of an EfficientNet (Tan and Le, 2019, tables 1 and 2): those of B0, wider and deeper by the scale's factors.
/// </summary>
internal sealed class EfficientNetPlan
{
    private const int StemWidth = 32;
    private const int HeadFactor = 4;
    private const int WidthUnit = 8;
    private const double LeastShare = 0.9;

    // Expansion, kernel, stride of the first block, width, blocks.
    private static readonly (int Expansion, int Kernel, int Stride, int Width, int Blocks)[] Base =
    [
        (1, 3, 1, 16, 1), (6, 3, 2, 24, 2), (6, 5, 2, 40, 2), (6, 3, 2, 80, 3), (6, 5, 1, 112, 3), (6, 5, 2, 192, 4), (6, 3, 1, 320, 1),
    ];

    // Factors of width and depth, from B0 to B7.
    private static readonly (double Width, double Depth)[] Factors =
        [(1.0, 1.0), (1.0, 1.1), (1.1, 1.2), (1.2, 1.4), (1.4, 1.8), (1.6, 2.2), (1.8, 2.6), (2.0, 3.1)];

    private EfficientNetPlan(int scale)
    {
        Scale = scale;
        (double width, double depth) = Factors[scale];
        Stem = Widen(StemWidth, width);
        var stages = ImmutableArray.CreateBuilder<Stage>();
        int inputs = Stem;
        foreach (var stage in Base)
        {
            int outputs = Widen(stage.Width, width);
            stages.Add(new(stage.Expansion, stage.Kernel, stage.Stride, inputs, outputs, (int)Math.Ceiling(stage.Blocks * depth)));
            inputs = outputs;
        }

        Stages = stages.ToImmutable();
        FeatureWidth = HeadFactor * inputs;
    }

    /// <summary>Gets the plans from B0 to B7.</summary>
    public static ImmutableArray<EfficientNetPlan> All { get; } =
        [.. Enumerable.Range(0, Factors.Length).Select(scale => new EfficientNetPlan(scale))];

    /// <summary>Gets the scale, 0 to 7.</summary>
    public int Scale { get; }

    /// <summary>Gets the first convolution's width.</summary>
    public int Stem { get; }

    public ImmutableArray<Stage> Stages { get; }

    /// <summary>Gets the last convolution's width.</summary>
    public int FeatureWidth { get; }

    // Rounded to a multiple of 8, but never down by more than a tenth.
    private static int Widen(int width, double factor)
    {
        double wanted = width * factor;
        int rounded = Math.Max(WidthUnit, (int)(wanted + (WidthUnit / 2)) / WidthUnit * WidthUnit);
        return rounded < LeastShare * wanted ? rounded + WidthUnit : rounded;
    }

    /// <summary>Blocks of one width.</summary>
    /// <param name="Expansion">How many times wider a block is inside.</param>
    /// <param name="Kernel">The side of its kernels.</param>
    /// <param name="Stride">The first block's stride.</param>
    /// <param name="Inputs">The first block's inputs.</param>
    /// <param name="Outputs">Every block's outputs.</param>
    /// <param name="Blocks">The number of blocks.</param>
    internal sealed record Stage(int Expansion, int Kernel, int Stride, int Inputs, int Outputs, int Blocks);
}
