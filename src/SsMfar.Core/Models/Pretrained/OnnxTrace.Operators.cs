using System.Collections.Immutable;
using SsMfar.Weights;

namespace SsMfar.Models;

/// <content>What each operator does to a map.</content>
internal sealed partial class OnnxTrace
{
    private const double DefaultEpsilon = 1e-5;
    private const int MostPads = 8;

    // Any bound that no float32 of a network reaches.
    private const double Unbounded = 1e30;

    private static Value? Turned(OnnxNode node, Value input) => node.Integers("perm") switch
    {
        [0, 3, 1, 2] when input.ChannelsLast => input with { ChannelsLast = false },
        [0, 2, 3, 1] when !input.ChannelsLast => input with { ChannelsLast = true },
        [0, 1, 2, 3] => input,
        _ => null,
    };

    private static (long Down, long Across)? Pair(ImmutableArray<long>? numbers, long otherwise) => numbers switch
    {
        null => (otherwise, otherwise),
        [var down, var across] => (down, across),
        _ => null,
    };

    private Value Cast(OnnxNode node, Value input) => node.Integer("to", 0) is OnnxSchema.ElementType.Float32
        or OnnxSchema.ElementType.Float16 or OnnxSchema.ElementType.Float64 or OnnxSchema.ElementType.BFloat16
        ? input : Strange(node, "it makes no floating-point numbers of the map");

    private Value Transpose(OnnxNode node, Value input) =>
        Turned(node, input) ?? Strange(node, "it exchanges other dimensions than a change of layout does");

    private Value Convolution(OnnxNode node, Value input)
    {
        OnnxTensor? weight = Constant(node, 1);
        OnnxTensor? bias = Constant(node, 2);
        if (weight is not { Shape: [> 0 and <= ushort.MaxValue and var outputs, _, var down, var across] }
            || (node.Input(2) is not null && bias?.Elements != outputs))
        {
            return Strange(node, "its weights are no tensors of the file, or not those of a convolution over images");
        }

        OnnxWindow? window = Window(node, input, (down, across));
        return input.ChannelsLast || window is null
            ? Strange(node, "its strides, pads or layout are not those of a convolution over images")
            : Add(
                new OnnxConvolution(Place(node))
                {
                    Input = input.Map,
                    Weight = weight.Name,
                    Bias = bias?.Name,
                    Window = window with { Groups = node.Integer("group", 1) },
                    Outputs = (int)outputs,
                },
                false);
    }

    private Value Pool(OnnxNode node, Value input)
    {
        OnnxWindow? window = input.ChannelsLast ? null : Window(node, input, null);

        // The zeros of a padding are no greater than what ReLU leaves; before it, they could be.
        return window is null || (input.Pads != default && input.Map is not OnnxRectified)
            ? Strange(node, "its kernel, strides, pads or layout are not those of a pool after ReLU")
            : Add(new OnnxPooled(Place(node), input.Map, window with { RoundsUp = node.Integer("ceil_mode", 0) != 0 }), false);
    }

    private static OnnxWindow? Window(OnnxNode node, Value input, (long Down, long Across)? weight)
    {
        (long Down, long Across)? kernel = node.Integers("kernel_shape") is { } shape ? Pair(shape, 1) : weight;
        (long Down, long Across)? stride = Pair(node.Integers("strides"), 1);
        (long Down, long Across)? dilation = Pair(node.Integers("dilations"), 1);
        if (kernel is not { } size || stride is not { } step || dilation is null || (weight is not null && kernel != weight))
        {
            return null;
        }

        ((long Down, long Across) before, (long Down, long Across) after)? pads = node.Text("auto_pad", "NOTSET") switch
        {
            "VALID" => ((0, 0), (0, 0)),
            "SAME_UPPER" => Same(size, step, upper: true),
            "SAME_LOWER" => Same(size, step, upper: false),
            _ => node.Integers("pads") switch
            {
                null => ((0, 0), (0, 0)),
                [var top, var left, var bottom, var right] => ((top, left), (bottom, right)),
                _ => null,
            },
        };
        return pads is not var (before, after) ? null : new OnnxWindow
        {
            Kernel = size,
            Stride = step,
            Dilation = dilation.Value,
            PadsBefore = (before.Down + input.Pads.Top, before.Across + input.Pads.Left),
            PadsAfter = (after.Down + input.Pads.Bottom, after.Across + input.Pads.Right),
        };
    }

    // What SAME comes to on a map whose sides are multiples of the stride.
    private static ((long Down, long Across) Before, (long Down, long Across) After) Same(
        (long Down, long Across) kernel, (long Down, long Across) stride, bool upper)
    {
        (long down, long across) = (Math.Max(0, kernel.Down - stride.Down), Math.Max(0, kernel.Across - stride.Across));
        (long Down, long Across) less = (down / 2, across / 2);
        (long Down, long Across) more = (down - less.Down, across - less.Across);
        return upper ? (less, more) : (more, less);
    }

    private Value Pad(OnnxNode node, Value input)
    {
        if (node.Text("mode", "constant") != "constant" || node.Input(3) is not null
            || (Number(node, "value", 2) ?? (node.Input(2) is null ? 0 : 1)) != 0
            || Pads(node) is not { Length: MostPads } pads || Array.Exists(pads, pad => pad is < 0 or > ushort.MaxValue))
        {
            return Strange(node, "it is no padding with zeros");
        }

        (int down, int across, int planes) = input.ChannelsLast ? (1, 2, 3) : (2, 3, 1);
        return pads[0] + pads[4] + pads[planes] + pads[planes + 4] != 0
            ? Strange(node, "it pads images or planes, not pixels")
            : input with
            {
                Pads = (input.Pads.Top + pads[down], input.Pads.Left + pads[across], input.Pads.Bottom + pads[down + 4],
                    input.Pads.Right + pads[across + 4]),
            };
    }

    private long[]? Pads(OnnxNode node) =>
        node.Integers("pads") is { } attribute ? [.. attribute]
        : Constant(node, 1) is { Elements: <= MostPads } tensor ? Array.ConvertAll(_file.ReadNumbers(tensor, MostPads), pad => (long)pad)
        : null;

    private Value Rectify(OnnxNode node, Value input)
    {
        if (input.Map is OnnxImages)
        {
            return Strange(node, "it is applied to the images");
        }

        if (node.Operator == "Clip")
        {
            double least = Number(node, "min", 1) ?? double.NegativeInfinity;
            double greatest = Number(node, "max", 2) ?? double.PositiveInfinity;
            if (least != 0 || greatest < Unbounded || (node.Input(2) is not null && Constant(node, 2) is null))
            {
                return Strange(node, FormattableString.Invariant($"it limits numbers to {least} and {greatest}, which is no ReLU"));
            }
        }

        return input.Map is OnnxRectified ? input : Add(new OnnxRectified(Place(node), input.Map), input.ChannelsLast);
    }

    private Value Sum(OnnxNode node, Value first, Value second) =>
        first.ChannelsLast != second.ChannelsLast || first.Map is OnnxImages || second.Map is OnnxImages || second.Pads != default
            ? Strange(node, "it adds what lies differently in memory, or images")
            : Add(new OnnxSum(Place(node), first.Map, second.Map), first.ChannelsLast);

    private Value Norm(OnnxNode node, Value input)
    {
        OnnxTensor[] parts = [.. Enumerable.Range(1, 4).Select(i => Constant(node, i)).OfType<OnnxTensor>()];
        int planes = Planes(input.Map);
        double epsilon = node.Tensor("epsilon") switch
        {
            null => DefaultEpsilon,
            { Elements: 1, Element: not null } given => _file.ReadNumbers(given, 1)[0],
            _ => double.NaN,
        };
        if (planes == 0 || input.ChannelsLast || parts.Length != 4 || Array.Exists(parts, part => part.Shape is not [var n] || n != planes)
            || node.Integer("training_mode", 0) != 0 || node.Integer("spatial", 1) != 1 || !(epsilon >= 0))
        {
            return Strange(node, "it does not normalise the outputs of a convolution, each by itself, by numbers of the file");
        }

        if (input.Map is OnnxImages images)
        {
            double[][] numbers = Array.ConvertAll(parts, part => _file.ReadNumbers(part, planes));
            double[] factors = [.. Enumerable.Range(0, planes).Select(c => numbers[0][c] / Math.Sqrt(numbers[3][c] + epsilon))];
            return Replace(input, new OnnxImages(
                images.Place,
                [.. images.Scale.Select((scale, c) => scale * factors[c])],
                [.. images.Shift.Select((shift, c) => ((shift - numbers[2][c]) * factors[c]) + numbers[1][c])],
                true,
                images.IsTurned));
        }

        return AddStep(node, input, new OnnxNorm(parts[0].Name, parts[1].Name, parts[2].Name, parts[3].Name, epsilon));
    }

    private Value Arithmetic(OnnxNode node, Value input)
    {
        int at = Constant(node, 0) is null ? 1 : 0;
        bool isReversed = at == 0 && node.Operator is "Sub" or "Div";
        int planes = Planes(input.Map);
        if (Constant(node, at) is not { } constant || planes == 0 || (isReversed && node.Operator == "Div"))
        {
            return Strange(node, "it is no arithmetic of each plane of a convolution or of the images with numbers of the file");
        }

        int axis = constant.Shape.Length - (input.ChannelsLast ? 1 : 3);
        if (constant.Elements != 1 && (axis < 0 || constant.Shape[axis] != planes || constant.Elements != planes))
        {
            return Strange(node, $"its numbers, {constant.ShapeText}, are not one for each of {planes} planes");
        }

        char kind = node.Operator switch { "Add" => '+', "Sub" => '-', "Mul" => '*', _ => '/' };
        if (input.Map is not OnnxImages images)
        {
            return AddStep(node, input, new OnnxArithmetic(kind, constant.Name, isReversed));
        }

        double[] numbers = _file.ReadNumbers(constant, OnnxImages.Planes);
        (double Scale, double Shift)[] changed = [.. Enumerable.Range(0, planes).Select(c => OnnxAffine.Apply(
            (images.Scale[c], images.Shift[c]), kind, numbers[numbers.Length == 1 ? 0 : c], isReversed))];
        return Replace(input, new OnnxImages(
            images.Place, [.. changed.Select(pair => pair.Scale)], [.. changed.Select(pair => pair.Shift)],
            images.IsScaled || kind is '*' or '/', images.IsTurned));
    }

    // From RGB to BGR, or back.
    private Value Gather(OnnxNode node, Value input)
    {
        long axis = node.Integer("axis", 0);
        bool isPlanes = input.ChannelsLast ? axis is 3 or -1 : axis is 1 or -3;
        return input.Map is OnnxImages images && isPlanes && Constant(node, 1) is { Shape: [OnnxImages.Planes] } order
            && _file.ReadNumbers(order, OnnxImages.Planes) is [2, 1, 0]
            ? Replace(input, new OnnxImages(
                images.Place, [.. images.Scale.Reverse()], [.. images.Shift.Reverse()], images.IsScaled, !images.IsTurned))
            : Strange(node, "it does not put the images' three planes in the opposite order");
    }

    private Value AddStep(OnnxNode node, Value input, OnnxStep step) =>
        input.Map is OnnxConvolution convolution && convolution.Steps.Length < MostSteps
            ? Replace(input, convolution.With(step))
            : Strange(node, "it follows no convolution, as a ResNet's norms do");

    private static int Planes(OnnxMap map) => map switch
    {
        OnnxImages => OnnxImages.Planes,
        OnnxConvolution convolution => convolution.Outputs,
        _ => 0,
    };
}
