using SsMfar.Weights;

namespace SsMfar.Models;

/// <summary>
/// Follows the images through an ONNX graph and says what each value is, whatever it is called. Exports differ in what stands between the
/// layers: layouts, paddings of their own, casts, norms that were folded or taken apart. What is left are <see cref="OnnxMap"/>s.
/// </summary>
internal sealed partial class OnnxTrace
{
    private const int MostSteps = 8;

    private readonly OnnxReader _file;
    private readonly Dictionary<string, Value> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, OnnxTensor> _constants = new(StringComparer.Ordinal);
    private readonly List<OnnxMap> _maps = [];
    private readonly HashSet<OnnxMap> _replaced = [];

    private OnnxTrace(OnnxReader file, bool channelsLast)
    {
        _file = file;
        foreach ((string name, OnnxTensor tensor) in file.Model.Tensors)
        {
            _constants.Add(name, tensor);
        }

        foreach (string input in file.Model.Inputs)
        {
            _values[input] = new(new OnnxImages($"the input '{input}'", [1, 1, 1], [0, 0, 0], false, false), channelsLast);
        }

        foreach (OnnxNode node in file.Model.Nodes)
        {
            Follow(node);
        }
    }

    /// <summary>Gets the maps that the graph makes of its images, in its order.</summary>
    public IEnumerable<OnnxMap> Maps => _maps.Where(map => !_replaced.Contains(map));

    /// <summary>Gets the first map that no ResNet has, or null.</summary>
    public OnnxStranger? Stranger => _maps.OfType<OnnxStranger>().FirstOrDefault();

    /// <summary>Follows a graph.</summary>
    /// <exception cref="ModelFileException">A number that the graph's form depends on cannot be read.</exception>
    public static OnnxTrace Of(OnnxReader file) => new(file, TurnsImages(file.Model));

    /// <summary>A value: what it is, and how it lies there.</summary>
    /// <param name="Map">What it is.</param>
    /// <param name="ChannelsLast">Whether the planes are its last dimension.</param>
    /// <param name="Pads">Zeros around it: above, left, below, right.</param>
    private sealed record Value(OnnxMap Map, bool ChannelsLast, (long Top, long Left, long Bottom, long Right) Pads = default);

    // Images whose planes are brought to the front have them at the end to begin with.
    private static bool TurnsImages(OnnxModel model)
    {
        HashSet<string> images = new(model.Inputs, StringComparer.Ordinal);
        foreach (OnnxNode node in model.Nodes.Where(node => node.Inputs.Any(images.Contains)))
        {
            if (node.Operator == "Transpose" && node.Integers("perm") is [0, 3, 1, 2])
            {
                return true;
            }

            if (node.Operator is "Identity" or "Cast" or "Add" or "Sub" or "Mul" or "Div" or "Pad" or "Gather")
            {
                images.UnionWith(node.Outputs);
            }
        }

        return false;
    }

    private void Follow(OnnxNode node)
    {
        if (node.Operator is "Identity" or "Cast" && node.Input(0) is { } source
            && _constants.TryGetValue(source, out OnnxTensor? constant))
        {
            foreach (string output in node.Outputs.Take(1))
            {
                _constants[output] = constant;
            }

            return;
        }

        for (int i = 0; i < node.Outputs.Length; i++)
        {
            if (node.Outputs[i].Length > 0)
            {
                // Further outputs are masks, indices and statistics.
                _values[node.Outputs[i]] = i == 0 ? Evaluate(node) : new(new OnnxNumbers(Place(node)), false);
            }
        }
    }

    private Value Evaluate(OnnxNode node)
    {
        List<Value> read = [.. node.Inputs.Where(_values.ContainsKey).Select(input => _values[input])
            .Where(value => value.Map is not OnnxNumbers)];
        if (read.Count == 0 || node.Operator is "Shape" or "Size")
        {
            return new(new OnnxNumbers(Place(node)), false);
        }

        if (read.Find(value => value.Map is OnnxStranger) is { } strange)
        {
            return strange;
        }

        if (read.Find(value => value.Map is OnnxHead) is { Map: OnnxHead head })
        {
            return read.TrueForAll(value => value.Map is OnnxHead other && other.Of == head.Of)
                ? Add(new OnnxHead(Place(node), head.Of), false)
                : Strange(node, "it joins pooled features with a map");
        }

        Value input = read[0];
        return input.Pads != default && node.Operator is not ("Conv" or "MaxPool" or "Pad" or "Identity" or "Transpose" or "Cast")
            ? Strange(node, "it comes after a padding that no convolution or pool takes up")
            : Evaluate(node, input, read);
    }

    private Value Evaluate(OnnxNode node, Value input, List<Value> read) => node.Operator switch
    {
        "Identity" or "Dropout" => input,
        "Cast" => Cast(node, input),
        "Transpose" => Transpose(node, input),
        "Conv" => Convolution(node, input),
        "BatchNormalization" => Norm(node, input),
        "Add" or "Sum" when read.Count == 2 && node.Inputs.Length == 2 => Sum(node, input, read[1]),
        "Add" or "Sub" or "Mul" or "Div" when read.Count == 1 && node.Inputs.Length == 2 => Arithmetic(node, input),
        "Relu" or "Clip" => Rectify(node, input),
        "MaxPool" => Pool(node, input),
        "Pad" => Pad(node, input),
        "Gather" => Gather(node, input),
        "GlobalAveragePool" or "GlobalMaxPool" or "AveragePool" or "ReduceMean" or "ReduceMax" or "Flatten" or "Reshape"
            when input.Map is not OnnxImages => Add(new OnnxHead(Place(node), input.Map), false),
        _ => Strange(node, null),
    };

    private static string Place(OnnxNode node) => $"the node '{node.Label}' ({node.Operator})";

    private Value Add(OnnxMap map, bool channelsLast)
    {
        _maps.Add(map);
        return new(map, channelsLast);
    }

    private Value Strange(OnnxNode node, string? reason) => Add(new OnnxStranger(Place(node), reason), false);

    // A map that takes the place of the one that it was made of.
    private Value Replace(Value value, OnnxMap map)
    {
        _replaced.Add(value.Map);
        _maps.Add(map);
        return value with { Map = map };
    }

    private OnnxTensor? Constant(OnnxNode node, int index) =>
        node.Input(index) is { } name && _constants.GetValueOrDefault(name) is { Element: not null } tensor ? tensor : null;

    // The single number of an attribute, as older operator sets have it, or of an input.
    private double? Number(OnnxNode node, string attribute, int index) =>
        (node.Tensor(attribute) ?? Constant(node, index)) is { Elements: 1, Element: not null } tensor
            ? _file.ReadNumbers(tensor, 1)[0]
            : null;
}
