using System.Collections.Immutable;

namespace SsMfar.Models;

/// <summary>
/// What a value of an ONNX graph is, as far as residual networks go; two values are the same map only as the same object.
/// </summary>
/// <param name="place">Where in the graph it is made, for messages.</param>
internal abstract class OnnxMap(string place)
{
    /// <summary>Gets where in the graph it is made.</summary>
    public string Place { get; } = place;
}

/// <summary>The images, after what the graph itself does to each colour: value * scale + shift.</summary>
/// <param name="place">Where in the graph it is made.</param>
/// <param name="scale">A factor for each of the three planes.</param>
/// <param name="shift">A summand for each of the three planes.</param>
/// <param name="isScaled">Whether the graph multiplies or divides.</param>
/// <param name="isTurned">Whether the first plane is what was the last one where the images entered.</param>
internal sealed class OnnxImages(string place, double[] scale, double[] shift, bool isScaled, bool isTurned) : OnnxMap(place)
{
    public const int Planes = 3;

    public IReadOnlyList<double> Scale { get; } = scale;

    public IReadOnlyList<double> Shift { get; } = shift;

    public bool IsScaled { get; } = isScaled;

    public bool IsTurned { get; } = isTurned;

    /// <summary>Gets whether the graph changes the numbers of the images at all.</summary>
    public bool IsNormalized => IsScaled || Shift.Any(summand => summand != 0);
}

/// <summary>A convolution, and what is done to each of its outputs after it.</summary>
internal sealed class OnnxConvolution(string place) : OnnxMap(place)
{
    public required OnnxMap Input { get; init; }

    /// <summary>Gets the name of its weights, [outputs, inputs, height, width].</summary>
    public required string Weight { get; init; }

    /// <summary>Gets the name of its bias, or null.</summary>
    public required string? Bias { get; init; }

    public required OnnxWindow Window { get; init; }

    public required int Outputs { get; init; }

    /// <summary>Gets what follows it, output by output.</summary>
    public ImmutableArray<OnnxStep> Steps { get; init; } = [];

    /// <summary>The same with a further step.</summary>
    public OnnxConvolution With(OnnxStep step) => new(Place)
    {
        Input = Input,
        Weight = Weight,
        Bias = Bias,
        Window = Window,
        Outputs = Outputs,
        Steps = Steps.Add(step),
    };
}

/// <summary>The sum of two maps.</summary>
internal sealed class OnnxSum(string place, OnnxMap first, OnnxMap second) : OnnxMap(place)
{
    public OnnxMap First { get; } = first;

    public OnnxMap Second { get; } = second;
}

/// <summary>A map after ReLU.</summary>
internal sealed class OnnxRectified(string place, OnnxMap of) : OnnxMap(place)
{
    public OnnxMap Of { get; } = of;
}

/// <summary>A map after max pooling.</summary>
internal sealed class OnnxPooled(string place, OnnxMap of, OnnxWindow window) : OnnxMap(place)
{
    public OnnxMap Of { get; } = of;

    public OnnxWindow Window { get; } = window;
}

/// <summary>What is computed of a map once its pixels were pooled or lined up: a classifier, as a rule.</summary>
internal sealed class OnnxHead(string place, OnnxMap of) : OnnxMap(place)
{
    public OnnxMap Of { get; } = of;
}

/// <summary>Numbers that do not depend on the images' colours: sizes, and what is computed of constants.</summary>
internal sealed class OnnxNumbers(string place) : OnnxMap(place);

/// <summary>A map that no ResNet has.</summary>
internal sealed class OnnxStranger(string place, string? reason) : OnnxMap(place)
{
    /// <summary>Gets what is strange about it, or null where the operation says it.</summary>
    public string? Reason { get; } = reason;
}

/// <summary>What a convolution or a pool sees of a map; each pair is down, across.</summary>
internal sealed record OnnxWindow
{
    public required (long Down, long Across) Kernel { get; init; }

    public required (long Down, long Across) Stride { get; init; }

    public required (long Down, long Across) Dilation { get; init; }

    /// <summary>Gets the zeros above and left of the map.</summary>
    public required (long Down, long Across) PadsBefore { get; init; }

    /// <summary>Gets the zeros below and right of the map.</summary>
    public required (long Down, long Across) PadsAfter { get; init; }

    public long Groups { get; init; } = 1;

    /// <summary>Gets whether a last window that reaches beyond the pads counts.</summary>
    public bool RoundsUp { get; init; }
}

/// <summary>What is done to each output of a convolution.</summary>
internal abstract record OnnxStep;

/// <summary>Batch normalisation: (x - mean) / √(variance + epsilon) * scale + shift; tensors by name.</summary>
internal sealed record OnnxNorm(string Scale, string Shift, string Mean, string Variance, double Epsilon) : OnnxStep;

/// <summary>x op c for a constant c, or c - x.</summary>
internal sealed record OnnxArithmetic(char Operator, string Constant, bool IsReversed) : OnnxStep;
