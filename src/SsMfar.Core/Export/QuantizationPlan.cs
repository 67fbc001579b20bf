using SsMfar.Weights;

namespace SsMfar.Export;

/// <summary>
/// What of a graph is computed in eight bits: the convolutions of the backbone, the sums of its blocks, and the layers of heads that read
/// the features, each with what goes in and comes out. Squeeze-and-excitation gates, whose convolutions see one pixel, and what follows
/// in heads stay in float32.
/// </summary>
internal sealed class QuantizationPlan
{
    // A smaller layer of a head gains nothing.
    private const int LeastHeadElements = 16_384;

    private readonly HashSet<GraphNode> _products = [];
    private readonly HashSet<string> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _sameAs = new(StringComparer.Ordinal);
    private readonly HashSet<GraphNode> _floatReaders = [];

    /// <param name="content">The graph; not changed.</param>
    /// <param name="images">The value that goes into the backbone.</param>
    /// <param name="features">The value that heads read.</param>
    public QuantizationPlan(GraphContent content, string images, string features)
    {
        ILookup<string, GraphNode> consumers = content.Consumers();
        Dictionary<string, GraphConstant> constants = content.Constants.ToDictionary(constant => constant.Name, StringComparer.Ordinal);
        HashSet<string> pooled = new(StringComparer.Ordinal);
        bool isBackbone = content.Nodes.TrueForAll(node => node.Output != images);
        foreach (GraphNode node in content.Nodes)
        {
            if (isBackbone)
            {
                string[] inputs = [.. node.Inputs.Where(input => !constants.ContainsKey(input))];
                if (node.Operator == "GlobalAveragePool" || Array.TrueForAll(inputs, pooled.Contains))
                {
                    pooled.Add(node.Output);
                }
                else
                {
                    Plan(node, inputs, ResultOf(node));
                }
            }

            isBackbone = (isBackbone || node.Output == images) && node.Output != features;
        }

        foreach (GraphNode reader in consumers[features])
        {
            if (IsLargeLayer(reader))
            {
                _products.Add(reader);
                _values.Add(features);
            }
            else
            {
                _floatReaders.Add(reader);
            }
        }

        // What a rectifier leaves: a negative sum or product is never quantised.
        string ResultOf(GraphNode node) => consumers[node.Output].ToArray() is [{ Operator: "Relu" } relu] ? relu.Output : node.Output;

        bool IsLargeLayer(GraphNode node) => node is { Operator: "Gemm", Inputs: [_, var weight, var bias] }
            && node.Attributes is [{ Name: "transB", Value: 1L }] && node.Inputs[0] == features
            && IsOnly(weight, 2) && IsOnly(bias, 1) && constants[weight].Count >= LeastHeadElements;

        // A constant of one node alone: its scales are that node's.
        bool IsOnly(string name, int rank) => consumers[name].Count() == 1
            && constants.TryGetValue(name, out GraphConstant? constant) && constant.ElementType == OnnxSchema.ElementType.Float32
            && constant.Shape.Length == rank;
    }

    /// <summary>Gets the convolutions and layers whose weights are quantised; their inputs are value, weights, bias.</summary>
    public IReadOnlySet<GraphNode> Products => _products;

    /// <summary>Gets the values that are quantised.</summary>
    public IReadOnlySet<string> Values => _values;

    /// <summary>Whether a node reads a value as it was before it was quantised.</summary>
    public bool ReadsFloat(GraphNode node) => _floatReaders.Contains(node);

    /// <summary>The value whose steps a value has: its own, or, of the largest of several, theirs.</summary>
    public string StepsOf(string value) => _sameAs.GetValueOrDefault(value, value);

    private void Plan(GraphNode node, string[] inputs, string result)
    {
        switch (node.Operator)
        {
            case "Conv":
                _products.Add(node);
                _values.UnionWith([node.Inputs[0], result]);
                break;
            case "Add" when inputs.Length == 2:
                _values.UnionWith([.. inputs, result]);
                break;
            case "MaxPool" when _values.Contains(node.Inputs[0]):
                _values.Add(node.Output);
                _sameAs[node.Output] = node.Inputs[0];
                break;
        }
    }
}
