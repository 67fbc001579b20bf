namespace SsMfar.Weights;

/// <summary>
/// What an ONNX file says (onnx.proto): its graph's nodes, in order, and its tensors, whose numbers stay in the file. Nothing in it is
/// executed. Every length is checked against the file, and what is kept in memory is counted.
/// </summary>
internal sealed class OnnxModel
{
    private const int EntryBytes = 128;

    private readonly ProtobufInput _input;
    private readonly OnnxTensorParser _tensorParser;
    private readonly OnnxNodeParser _nodeParser;
    private readonly Dictionary<string, OnnxTensor> _tensors = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> _texts = new(StringComparer.Ordinal);
    private readonly List<OnnxNode> _nodes = [];
    private readonly List<string> _inputs = [];
    private readonly List<string> _outputs = [];

    private OnnxModel(FileBytes file)
    {
        _input = new(file);
        _tensorParser = new(_input, new ExternalData(file.Path));
        _nodeParser = new(_input, _tensorParser);
    }

    /// <summary>Gets the nodes; each reads only what is given before it.</summary>
    public IReadOnlyList<OnnxNode> Nodes => _nodes;

    /// <summary>Gets the tensors that the file holds, by the names of the graph's values: initializers and constants.</summary>
    public IReadOnlyDictionary<string, OnnxTensor> Tensors => _tensors;

    /// <summary>Gets what the graph is fed: its inputs without those that the file holds values of.</summary>
    public IEnumerable<string> Inputs => _inputs.Where(name => !_tensors.ContainsKey(name));

    /// <summary>Gets what the graph gives.</summary>
    public IReadOnlyList<string> Outputs => _outputs;

    /// <summary>Gets what the file says of itself: who wrote it, and its own properties.</summary>
    public IReadOnlyDictionary<string, string> Texts => _texts;

    /// <summary>Reads a file's description.</summary>
    /// <exception cref="ModelFileException">It is damaged, or no ONNX model.</exception>
    public static OnnxModel Read(FileBytes file)
    {
        var model = new OnnxModel(file);
        model.ReadModel(new(model._input, 0, file.Length, "the model"));
        model.CheckValues();
        return model;
    }

    /// <summary>A pair of texts.</summary>
    internal static (string Key, string Value) Pair(ProtobufFields fields)
    {
        (string key, string value) = ("", "");
        while (fields.Next())
        {
            if (fields.Field == OnnxSchema.MetadataProperty.Key)
            {
                key = fields.Text();
            }
            else if (fields.Field == OnnxSchema.MetadataProperty.Value)
            {
                value = fields.Text();
            }
        }

        return (key, value);
    }

    private void ReadModel(ProtobufFields fields)
    {
        bool hasGraph = false;
        while (fields.Next())
        {
            switch (fields.Field)
            {
                case OnnxSchema.Model.ProducerName:
                    _texts["producer"] = fields.Text();
                    break;
                case OnnxSchema.Model.ProducerVersion:
                    _texts["producer_version"] = fields.Text();
                    break;
                case OnnxSchema.Model.MetadataProperties:
                    _input.Take(EntryBytes);
                    (string key, string value) = Pair(fields.Message("a property"));
                    _texts[key] = value;
                    break;
                case OnnxSchema.Model.Graph when hasGraph:
                    throw _input.Fault(null, "it has more than one graph");
                case OnnxSchema.Model.Graph:
                    hasGraph = true;
                    ReadGraph(fields.Message("the graph"));
                    break;
                default:
                    break;
            }
        }

        if (!hasGraph)
        {
            throw _input.Fault(null, "it has no graph, so it is no ONNX model");
        }
    }

    private void ReadGraph(ProtobufFields fields)
    {
        while (fields.Next())
        {
            switch (fields.Field)
            {
                case OnnxSchema.Graph.Nodes:
                    AddNode(_nodeParser.Parse(fields.Message("a node")));
                    break;
                case OnnxSchema.Graph.Initializers:
                    AddTensor(_tensorParser.Parse(fields.Message("a tensor")));
                    break;
                case OnnxSchema.Graph.Inputs:
                    _inputs.Add(ValueName(fields.Message("an input")));
                    break;
                case OnnxSchema.Graph.Outputs:
                    _outputs.Add(ValueName(fields.Message("an output")));
                    break;
                default:
                    break;
            }
        }
    }

    private void AddNode(OnnxNode node)
    {
        if (node is { Operator: "Constant", Outputs: [{ Length: > 0 } output] } && Constant(node) is { } constant)
        {
            AddTensor(constant with { Name = output });
            return;
        }

        _nodes.Add(node);
    }

    private static OnnxTensor? Constant(OnnxNode node) =>
        node.Tensor("value") ?? node.Tensor("value_float") ?? node.Tensor("value_floats") ?? node.Tensor("value_int")
            ?? node.Tensor("value_ints");

    private void AddTensor(OnnxTensor tensor)
    {
        _input.Take(EntryBytes);
        if (!_tensors.TryAdd(tensor.Name, tensor))
        {
            throw _input.Fault(tensor.Name, "the file has two tensors of this name");
        }
    }

    private string ValueName(ProtobufFields fields)
    {
        _input.Take(EntryBytes);
        string name = "";
        while (fields.Next())
        {
            if (fields.Field == OnnxSchema.ValueInfo.Name)
            {
                name = fields.Text();
            }
        }

        return name;
    }

    // Every value is given once, before it is read: so there are no circles.
    private void CheckValues()
    {
        HashSet<string> given = new(_tensors.Keys.Concat(_inputs), StringComparer.Ordinal);
        foreach (OnnxNode node in _nodes)
        {
            if (node.Inputs.FirstOrDefault(input => input.Length > 0 && !given.Contains(input)) is { } missing)
            {
                bool isLater = _nodes.Any(other => other.Outputs.Contains(missing));
                throw _input.Fault(missing, isLater
                    ? $"the node '{node.Label}' ({node.Operator}) reads it before it is there: the graph is out of order, or a circle"
                    : $"the node '{node.Label}' ({node.Operator}) reads it, but nothing in the file gives it");
            }

            foreach (string output in node.Outputs.Where(output => output.Length > 0))
            {
                _input.Take(EntryBytes);
                if (!given.Add(output))
                {
                    throw _input.Fault(output, $"the node '{node.Label}' ({node.Operator}) gives a value that is there before");
                }
            }
        }

        if (_outputs.FirstOrDefault(output => !given.Contains(output)) is { } lost)
        {
            throw _input.Fault(lost, "it is an output of the graph, but nothing in the file gives it");
        }
    }
}
