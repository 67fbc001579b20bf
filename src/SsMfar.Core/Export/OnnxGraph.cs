using System.Globalization;
using SsMfar.Runtime;
using SsMfar.Weights;
using TorchSharp;
using TorchSharp.Modules;

namespace SsMfar.Export;

/// <summary>
/// A graph of ONNX operators (opset 17) being put together. A custom part adds nodes and initializers to it in
/// <see cref="IOnnxExportable.AddTo"/>; what the operators do is said by the ONNX operator reference.
/// </summary>
public sealed class OnnxGraph
{
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private string _scope = "";

    internal OnnxGraph()
    {
    }

    internal GraphContent Content { get; } = new();

    /// <summary>Adds a node with one output.</summary>
    /// <param name="operatorType">The operator's name in the default domain, such as <c>Relu</c>.</param>
    /// <param name="inputs">Its inputs, in the operator's order.</param>
    /// <param name="attributes">Its attributes; those not given have the operator's default.</param>
    /// <returns>The node's first output.</returns>
    /// <exception cref="ArgumentException">An input belongs to another graph.</exception>
    public OnnxValue Node(string operatorType, ReadOnlySpan<OnnxValue> inputs, params ReadOnlySpan<OnnxAttribute> attributes)
    {
        ArgumentException.ThrowIfNullOrEmpty(operatorType);
        string name = string.Create(CultureInfo.InvariantCulture, $"{_scope}{operatorType}_{Content.Nodes.Count}");
        return AddNode(operatorType, inputs, attributes, name);
    }

    /// <summary>Adds a node with one input, one output and no attribute.</summary>
    /// <param name="operatorType">The operator's name in the default domain, such as <c>Relu</c>.</param>
    /// <param name="input">Its input.</param>
    /// <returns>The node's output.</returns>
    /// <exception cref="ArgumentException">The input belongs to another graph.</exception>
    public OnnxValue Node(string operatorType, OnnxValue input) => Node(operatorType, [input], []);

    /// <summary>Adds a constant tensor: floating point as float32, integers as int64. The values are copied.</summary>
    /// <param name="name">A name that no other initializer of this part has, such as <c>output.weight</c>.</param>
    /// <param name="tensor">The values, on any device, with any strides; it stays the caller's.</param>
    /// <exception cref="ArgumentException">The name is taken, or the tensor is neither of floating point nor of integers.</exception>
    public OnnxValue Initializer(string name, torch.Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        bool isInteger = tensor.dtype is torch.ScalarType.Int64 or torch.ScalarType.Int32 or torch.ScalarType.Int16
            or torch.ScalarType.Int8 or torch.ScalarType.Byte;
        if (!isInteger && !torch.is_floating_point(tensor))
        {
            throw new ArgumentException($"Initializer '{name}' is {tensor.dtype}; floating point or integers are needed.", nameof(tensor));
        }

        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor values = Transfers.ToHost(tensor).to(isInteger ? torch.ScalarType.Int64 : torch.ScalarType.Float32).contiguous();
        return AddInitializer(
            name, isInteger ? OnnxSchema.ElementType.Int64 : OnnxSchema.ElementType.Float32, tensor.shape, values.bytes.ToArray());
    }

    /// <summary>Adds a constant float32 tensor.</summary>
    /// <param name="name">A name that no other initializer of this part has.</param>
    /// <param name="values">The values, row-major.</param>
    /// <param name="shape">The tensor's shape; none for a scalar.</param>
    /// <exception cref="ArgumentException">The name is taken, or the shape has another number of elements.</exception>
    public OnnxValue Initializer(string name, ReadOnlySpan<float> values, params ReadOnlySpan<long> shape)
    {
        CheckCount(name, values.Length, shape);
        return AddInitializer(
            name, OnnxSchema.ElementType.Float32, shape, System.Runtime.InteropServices.MemoryMarshal.AsBytes(values).ToArray());
    }

    /// <summary>Adds a constant int64 tensor, such as a shape or axes.</summary>
    /// <param name="name">A name that no other initializer of this part has.</param>
    /// <param name="values">The values, row-major.</param>
    /// <param name="shape">The tensor's shape; none for a scalar.</param>
    /// <exception cref="ArgumentException">The name is taken, or the shape has another number of elements.</exception>
    public OnnxValue Initializer(string name, ReadOnlySpan<long> values, params ReadOnlySpan<long> shape)
    {
        CheckCount(name, values.Length, shape);
        return AddInitializer(
            name, OnnxSchema.ElementType.Int64, shape, System.Runtime.InteropServices.MemoryMarshal.AsBytes(values).ToArray());
    }

    /// <summary>Adds a fully connected layer, x·Wᵀ + b.</summary>
    /// <param name="name">What its initializers' names start with: <c>NAME.weight</c> and <c>NAME.bias</c>.</param>
    /// <param name="input">[N, inputs].</param>
    /// <param name="layer">The layer; it stays the caller's.</param>
    /// <returns>[N, outputs].</returns>
    /// <exception cref="ArgumentException">A name is taken, or the input belongs to another graph.</exception>
    public OnnxValue Linear(string name, OnnxValue input, Linear layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        return Linear(name, input, layer.weight!, layer.bias);
    }

    internal OnnxValue Linear(string name, OnnxValue input, torch.Tensor weight, torch.Tensor? bias)
    {
        OnnxValue matrix = Initializer($"{name}.weight", weight);
        ReadOnlySpan<OnnxValue> inputs = bias is null ? [input, matrix] : [input, matrix, Initializer($"{name}.bias", bias)];
        return Node("Gemm", inputs, OnnxAttribute.Of("transB", 1));
    }

    /// <summary>From here on, names start with this, such as <c>heads.expression.</c>.</summary>
    internal void EnterScope(string scope) => _scope = scope;

    internal OnnxValue AddInput(string name, int elementType, string documentation, params ReadOnlySpan<object> dimensions)
    {
        Content.AddInput(name, elementType, documentation, dimensions);
        return NewValue(name);
    }

    /// <summary>Adds a node of one input whose output is an output of the graph, float32.</summary>
    internal void AddOutput(
        string name, string documentation, string operatorType, ReadOnlySpan<OnnxValue> inputs, ReadOnlySpan<OnnxAttribute> attributes,
        params ReadOnlySpan<object> dimensions)
    {
        AddNode(operatorType, inputs, attributes, name);
        Content.AddOutput(name, OnnxSchema.ElementType.Float32, documentation, dimensions);
    }

    /// <summary>The graph as the file has it.</summary>
    internal ProtobufMessage ToMessage(string name) => Content.ToMessage(name);

    private OnnxValue AddNode(string operatorType, ReadOnlySpan<OnnxValue> inputs, ReadOnlySpan<OnnxAttribute> attributes, string output)
    {
        foreach (OnnxValue input in inputs)
        {
            ArgumentNullException.ThrowIfNull(input, nameof(inputs));
            if (input.Graph != this)
            {
                throw new ArgumentException($"The input '{input.Name}' of a node {operatorType} belongs to another graph.", nameof(inputs));
            }
        }

        OnnxValue value = NewValue(output);
        string[] names = new string[inputs.Length];
        for (int i = 0; i < names.Length; i++)
        {
            names[i] = inputs[i].Name;
        }

        Content.Nodes.Add(new(operatorType, names, attributes.ToArray(), output));
        return value;
    }

    private OnnxValue AddInitializer(string name, int elementType, ReadOnlySpan<long> shape, byte[] data)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        OnnxValue value = NewValue(_scope + name);
        Content.Constants.Add(new(value.Name, elementType, shape.ToArray(), data));
        return value;
    }

    private OnnxValue NewValue(string name) => _names.Add(name)
        ? new(this, name)
        : throw new ArgumentException($"The name '{name}' is taken: every initializer of a part needs a name of its own.", nameof(name));

    private static void CheckCount(string name, int count, ReadOnlySpan<long> shape)
    {
        long elements = 1;
        foreach (long dimension in shape)
        {
            elements = checked(elements * dimension);
        }

        if (elements != count)
        {
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture, $"Initializer '{name}' has {count} values, but its shape takes {elements}."), nameof(shape));
        }
    }
}
