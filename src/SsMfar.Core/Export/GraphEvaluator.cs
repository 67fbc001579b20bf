using System.Runtime.InteropServices;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Export;

/// <summary>
/// Computes a graph's values from one value on, in float32 on the CPU, as far as it consists of what the built-in backbones are written
/// with. Convolutions have square kernels, are padded by half of them or as much as is needed, and are not dilated.
/// </summary>
internal sealed class GraphEvaluator : IDisposable
{
    private readonly string _start;
    private readonly GraphNode[] _nodes;
    private readonly Dictionary<string, int> _lastUses = new(StringComparer.Ordinal);
    private readonly Dictionary<string, torch.Tensor> _constants;

    /// <param name="content">The graph; not changed.</param>
    /// <param name="start">The value that is given.</param>
    /// <param name="end">The value up to which is computed.</param>
    public GraphEvaluator(GraphContent content, string start, string end)
    {
        _start = start;
        int first = content.Nodes.FindIndex(node => node.Output == start);
        int last = content.Nodes.FindIndex(node => node.Output == end);
        _nodes = [.. content.Nodes.Take(last + 1).Skip(first + 1)];
        for (int i = 0; i < _nodes.Length; i++)
        {
            foreach (string input in _nodes[i].Inputs)
            {
                _lastUses[input] = i;
            }
        }

        _constants = content.Constants.Where(constant => constant.ElementType == OnnxSchema.ElementType.Float32)
            .Where(constant => _lastUses.ContainsKey(constant.Name))
            .ToDictionary(constant => constant.Name, Tensor, StringComparer.Ordinal);
    }

    /// <summary>Computes every value.</summary>
    /// <param name="given">The first value; it stays the caller's.</param>
    /// <param name="observe">Sees each value once, the given one first; a tensor is valid during the call alone.</param>
    public void Run(torch.Tensor given, Action<string, torch.Tensor> observe)
    {
        using var noGradient = torch.no_grad();
        Dictionary<string, torch.Tensor> values = new(StringComparer.Ordinal) { [_start] = given };
        try
        {
            observe(_start, given);
            for (int i = 0; i < _nodes.Length; i++)
            {
                GraphNode node = _nodes[i];
                using (DisposeScope scope = torch.NewDisposeScope())
                {
                    torch.Tensor made = Compute(node, name => values.TryGetValue(name, out torch.Tensor? value) ? value : _constants[name]);
                    values[node.Output] = made.DetachFromDisposeScope();
                }

                observe(node.Output, values[node.Output]);
                foreach (string input in node.Inputs.Where(input => input != _start && _lastUses[input] == i).Distinct())
                {
                    if (values.Remove(input, out torch.Tensor? done))
                    {
                        done.Dispose();
                    }
                }
            }
        }
        finally
        {
            values.Remove(_start);
            foreach (torch.Tensor value in values.Values)
            {
                value.Dispose();
            }
        }
    }

    public void Dispose()
    {
        foreach (torch.Tensor constant in _constants.Values)
        {
            constant.Dispose();
        }
    }

    private static torch.Tensor Tensor(GraphConstant constant)
    {
        float[] values = MemoryMarshal.Cast<byte, float>(constant.Data.Span).ToArray();
        return Transfers.ToDevice(values, constant.Shape, torch.CPU).DetachFromDisposeScope();
    }

    private static torch.Tensor Compute(GraphNode node, Func<string, torch.Tensor> valueOf)
    {
        torch.Tensor input = valueOf(node.Inputs[0]);
        return node.Operator switch
        {
            "Conv" => Convolution(node, input, valueOf(node.Inputs[1]), valueOf(node.Inputs[2])),
            "Relu" => input.relu(),
            "MaxPool" => torch.nn.functional.max_pool2d(
                input, (long[])node.Attribute("kernel_shape")!, (long[])node.Attribute("strides")!, [.. Pads(node).Take(2)]),
            "Add" => input.Plus(valueOf(node.Inputs[1])),
            "Mul" => input.mul(valueOf(node.Inputs[1])),
            "Div" => input.div(valueOf(node.Inputs[1])),
            "Sigmoid" => input.sigmoid(),
            "PRelu" => input.prelu(valueOf(node.Inputs[1]).flatten()),
            "GlobalAveragePool" => input.mean([2, 3], keepdim: true),
            "Flatten" => input.flatten(1),
            "ReduceL2" => input.norm(1, keepdim: true, p: 2),
            "Clip" => input.maximum(valueOf(node.Inputs[1])),
            _ => throw new InvalidOperationException($"{node.Operator} is not known here."),
        };
    }

    private static torch.Tensor Convolution(GraphNode node, torch.Tensor input, torch.Tensor weight, torch.Tensor bias)
    {
        long kernel = weight.size(2);
        long stride = node.Attribute("strides") is long[] strides ? strides[0] : 1;
        var edges = new ConvolutionEdges(
            kernel, stride, node.Attribute("auto_pad") is null ? EdgePadding.Centered : EdgePadding.AsNeeded);
        return edges.Convolve(input, weight, bias, node.Attribute("group") is long groups ? groups : 1);
    }

    private static long[] Pads(GraphNode node) => (long[])node.Attribute("pads")!;
}
