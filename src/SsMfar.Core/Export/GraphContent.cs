using System.Globalization;
using SsMfar.Weights;

namespace SsMfar.Export;

/// <summary>A node of a graph.</summary>
/// <param name="Operator">The operator's name in the default domain.</param>
/// <param name="Inputs">The names of its inputs, in the operator's order.</param>
/// <param name="Attributes">Its attributes.</param>
/// <param name="Output">The name of its one output, and of the node.</param>
internal sealed record GraphNode(string Operator, string[] Inputs, OnnxAttribute[] Attributes, string Output)
{
    /// <summary>The value of an attribute; null where it is not given.</summary>
    public object? Attribute(string name) => Array.Find(Attributes, attribute => attribute.Name == name)?.Value;
}

/// <summary>A constant tensor of a graph.</summary>
/// <param name="Name">Its name.</param>
/// <param name="ElementType">One of <see cref="OnnxSchema.ElementType"/>.</param>
/// <param name="Shape">Its shape; empty for a scalar.</param>
/// <param name="Data">The values, row-major, little-endian.</param>
internal sealed record GraphConstant(string Name, int ElementType, long[] Shape, ReadOnlyMemory<byte> Data)
{
    /// <summary>Gets the number of elements.</summary>
    public long Count => Shape.Aggregate(1L, (product, dimension) => product * dimension);
}

/// <summary>
/// What a graph consists of, before it is written: nodes in an order in which they can be computed, constants, inputs and outputs. Steps
/// after the graph is complete change it here: constants are stored otherwise, values are quantised.
/// </summary>
internal sealed class GraphContent
{
    private readonly List<ProtobufMessage> _inputs = [];
    private readonly List<ProtobufMessage> _outputs = [];

    public List<GraphNode> Nodes { get; } = [];

    public List<GraphConstant> Constants { get; } = [];

    public void AddInput(string name, int elementType, string documentation, ReadOnlySpan<object> dimensions) =>
        _inputs.Add(Describe(name, elementType, documentation, dimensions));

    public void AddOutput(string name, int elementType, string documentation, ReadOnlySpan<object> dimensions) =>
        _outputs.Add(Describe(name, elementType, documentation, dimensions));

    /// <summary>The nodes that take a value in.</summary>
    public ILookup<string, GraphNode> Consumers() =>
        Nodes.SelectMany(node => node.Inputs.Select(input => (input, node))).ToLookup(pair => pair.input, pair => pair.node);

    /// <summary>The graph as the file has it.</summary>
    public ProtobufMessage ToMessage(string name)
    {
        ProtobufMessage message = new ProtobufMessage().Add(OnnxSchema.Graph.Name, name);
        foreach (GraphNode node in Nodes)
        {
            message.Add(OnnxSchema.Graph.Nodes, ToMessage(node));
        }

        foreach (GraphConstant constant in Constants)
        {
            message.Add(OnnxSchema.Graph.Initializers, ToMessage(constant));
        }

        _inputs.ForEach(input => message.Add(OnnxSchema.Graph.Inputs, input));
        _outputs.ForEach(output => message.Add(OnnxSchema.Graph.Outputs, output));
        return message;
    }

    private static ProtobufMessage ToMessage(GraphNode node)
    {
        var message = new ProtobufMessage();
        foreach (string input in node.Inputs)
        {
            message.Add(OnnxSchema.Node.Inputs, input);
        }

        message.Add(OnnxSchema.Node.Outputs, node.Output).Add(OnnxSchema.Node.Name, node.Output)
            .Add(OnnxSchema.Node.OperatorType, node.Operator);
        foreach (OnnxAttribute attribute in node.Attributes)
        {
            message.Add(OnnxSchema.Node.Attributes, attribute.Message);
        }

        return message;
    }

    private static ProtobufMessage ToMessage(GraphConstant constant)
    {
        var message = new ProtobufMessage();
        foreach (long dimension in constant.Shape)
        {
            message.Add(OnnxSchema.Tensor.Dimensions, dimension);
        }

        return message.Add(OnnxSchema.Tensor.ElementType, constant.ElementType).Add(OnnxSchema.Tensor.Name, constant.Name)
            .Add(OnnxSchema.Tensor.RawData, constant.Data);
    }

    // A dimension is a number, or a name for one that only a run knows.
    private static ProtobufMessage Describe(string name, int elementType, string documentation, ReadOnlySpan<object> dimensions)
    {
        var shape = new ProtobufMessage();
        foreach (object dimension in dimensions)
        {
            ProtobufMessage described = dimension is string unknown
                ? new ProtobufMessage().Add(OnnxSchema.Type.DimensionName, unknown)
                : new ProtobufMessage().Add(OnnxSchema.Type.DimensionValue, Convert.ToInt64(dimension, CultureInfo.InvariantCulture));
            shape.Add(OnnxSchema.Type.Dimension, described);
        }

        ProtobufMessage tensor = new ProtobufMessage().Add(OnnxSchema.Type.ElementType, elementType).Add(OnnxSchema.Type.Shape, shape);
        return new ProtobufMessage().Add(OnnxSchema.ValueInfo.Name, name)
            .Add(OnnxSchema.ValueInfo.Type, new ProtobufMessage().Add(OnnxSchema.Type.TensorType, tensor))
            .Add(OnnxSchema.ValueInfo.DocString, documentation);
    }
}
