using System.Runtime.InteropServices;
using SsMfar.Weights;

namespace SsMfar.Export;

/// <summary>
/// Rewrites a graph so that what a plan names is computed in eight bits: each such value is followed by QuantizeLinear and
/// DequantizeLinear, weights are int8 and biases int32 with a DequantizeLinear each. ONNX Runtime and others make integer kernels of it.
/// </summary>
internal sealed class Int8Graph
{
    private readonly GraphContent _content;
    private readonly QuantizationPlan _plan;
    private readonly CalibrationResult _calibration;
    private readonly List<GraphNode> _nodes = [];

    private Int8Graph(GraphContent content, QuantizationPlan plan, CalibrationResult calibration) =>
        (_content, _plan, _calibration) = (content, plan, calibration);

    /// <param name="content">The graph; changed.</param>
    /// <param name="plan">What of it is quantised.</param>
    /// <param name="calibration">What the images gave.</param>
    public static void Apply(GraphContent content, QuantizationPlan plan, CalibrationResult calibration) =>
        new Int8Graph(content, plan, calibration).Apply();

    private void Apply()
    {
        HashSet<string> layers = [.. _plan.Products.Where(node => node.Operator == "Gemm").Select(node => node.Output)];
        HashSet<string> made = [.. _content.Nodes.Select(node => node.Output)];
        foreach (string given in _plan.Values.Where(value => !made.Contains(value)))
        {
            Quantize(given);
        }

        foreach (GraphNode node in _content.Nodes)
        {
            GraphNode reading = _plan.ReadsFloat(node) ? node : node with { Inputs = [.. node.Inputs.Select(Restored)] };
            if (_plan.Products.Contains(node))
            {
                QuantizeWeights(node);
            }

            _nodes.Add(node.Operator == "Relu" && layers.Contains(node.Inputs[0]) ? Rectified(reading) : reading);
            if (_plan.Values.Contains(node.Output))
            {
                Quantize(node.Output);
            }
        }

        _content.Nodes.Clear();
        _content.Nodes.AddRange(_nodes);
    }

    private string Restored(string value) => _plan.Values.Contains(value) ? $"{value}.restored" : value;

    private void Quantize(string value)
    {
        Quantizer quantizer = _calibration.Quantizers[_plan.StepsOf(value)];
        string scale = Add($"{value}.scale", OnnxSchema.ElementType.Float32, [], [quantizer.Scale]);
        string zero = Add($"{value}.zero", OnnxSchema.ElementType.UInt8, [], [quantizer.Zero]);
        _nodes.Add(new("QuantizeLinear", [value, scale, zero], [], $"{value}.quantized"));
        _nodes.Add(new("DequantizeLinear", [$"{value}.quantized", scale, zero], [], Restored(value)));
    }

    private void QuantizeWeights(GraphNode node)
    {
        GraphConstant weight = Take(node.Inputs[1]), bias = Take(node.Inputs[2]);
        QuantizedWeights quantized = QuantizedWeights.Of(
            MemoryMarshal.Cast<byte, float>(weight.Data.Span),
            MemoryMarshal.Cast<byte, float>(bias.Data.Span),
            (int)weight.Shape[1],
            _calibration.Quantizers[_plan.StepsOf(node.Inputs[0])].Scale,
            _calibration.Means[node.Inputs[0]]);
        Dequantize(weight, OnnxSchema.ElementType.Int8, quantized.Values, quantized.Scales);
        Dequantize(bias, OnnxSchema.ElementType.Int32, quantized.Bias, quantized.BiasScales);
    }

    // A layer whose float32 result goes into a Relu is one of which ONNX Runtime makes no integer kernel; before the greater of it and 0
    // it does.
    private GraphNode Rectified(GraphNode relu)
    {
        string zero = Add($"{relu.Output}.floor", OnnxSchema.ElementType.Float32, [], [0f]);
        return relu with { Operator = "Max", Inputs = [.. relu.Inputs, zero] };
    }

    private void Dequantize<T>(GraphConstant constant, int elementType, T[] values, float[] scales)
        where T : unmanaged
    {
        string stored = Add($"{constant.Name}.quantized", elementType, constant.Shape, values);
        string scale = Add($"{constant.Name}.scale", OnnxSchema.ElementType.Float32, [scales.Length], scales);

        // Written out: without one, a transformation of ONNX Runtime's puts in one of a shape that it refuses afterwards.
        string zero = Add($"{constant.Name}.zero", elementType, [scales.Length], new T[scales.Length]);
        _nodes.Add(new("DequantizeLinear", [stored, scale, zero], [OnnxAttribute.Of("axis", 0)], constant.Name));
    }

    private GraphConstant Take(string name)
    {
        int index = _content.Constants.FindIndex(constant => constant.Name == name);
        GraphConstant constant = _content.Constants[index];
        _content.Constants.RemoveAt(index);
        return constant;
    }

    private string Add<T>(string name, int elementType, long[] shape, T[] values)
        where T : unmanaged
    {
        _content.Constants.Add(new(name, elementType, shape, MemoryMarshal.AsBytes<T>(values).ToArray()));
        return name;
    }
}
