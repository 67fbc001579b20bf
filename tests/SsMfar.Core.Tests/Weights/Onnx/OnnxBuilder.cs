using System.Buffers.Binary;
using System.Globalization;
using SsMfar.Export;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Tests.Weights.Onnx;

/// <summary>How a tensor's numbers are written.</summary>
internal enum OnnxEncoding
{
    Raw,
    Packed,
    Unpacked,
    Constant,
    External,
}

/// <summary>Writes ONNX files as any program could write them, right or wrong.</summary>
internal sealed class OnnxBuilder
{
    private readonly ProtobufMessage _graph = new();
    private readonly List<byte> _external = [];
    private int _values;

    /// <summary>Gets or sets how tensors are written.</summary>
    public OnnxEncoding Encoding { get; set; }

    /// <summary>Gets or sets the type of tensors of floating point.</summary>
    public torch.ScalarType Type { get; set; } = torch.ScalarType.Float32;

    /// <summary>Gets or sets what the model says of where external tensors are.</summary>
    public string Location { get; set; } = "weights.bin";

    public string Input(string name)
    {
        _graph.Add(OnnxSchema.Graph.Inputs, new ProtobufMessage().Add(OnnxSchema.ValueInfo.Name, name));
        return name;
    }

    public OnnxBuilder Output(string name)
    {
        _graph.Add(OnnxSchema.Graph.Outputs, new ProtobufMessage().Add(OnnxSchema.ValueInfo.Name, name));
        return this;
    }

    /// <summary>Adds a node; its output gets a name that says nothing.</summary>
    public string Node(string kind, string[] inputs, params (string Name, object Value)[] attributes)
    {
        string output = string.Create(CultureInfo.InvariantCulture, $"value{_values++}");
        AddNode(kind, inputs, [output], attributes);
        return output;
    }

    public OnnxBuilder AddNode(string kind, string[] inputs, string[] outputs, params (string Name, object Value)[] attributes)
    {
        var node = new ProtobufMessage();
        foreach (string input in inputs)
        {
            node.Add(OnnxSchema.Node.Inputs, input);
        }

        foreach (string output in outputs)
        {
            node.Add(OnnxSchema.Node.Outputs, output);
        }

        // An operator of another domain is written behind it and a dot.
        int dot = kind.LastIndexOf('.');
        node.Add(OnnxSchema.Node.OperatorType, kind[(dot + 1)..]).Add(OnnxSchema.Node.Domain, dot < 0 ? "" : kind[..dot]);
        foreach ((string name, object value) in attributes)
        {
            node.Add(OnnxSchema.Node.Attributes, Attribute(name, value));
        }

        _graph.Add(OnnxSchema.Graph.Nodes, node);
        return this;
    }

    /// <summary>Adds a tensor, as an initializer or as a constant.</summary>
    public string Tensor(torch.Tensor tensor, string? name = null)
    {
        name ??= string.Create(CultureInfo.InvariantCulture, $"tensor{_values++}");
        torch.Tensor values = torch.is_floating_point(tensor) ? tensor.detach().to(Type) : tensor.detach();
        ProtobufMessage message = Message(values.contiguous(), Encoding);
        if (Encoding == OnnxEncoding.Constant)
        {
            return AddNode("Constant", [], [name], ("value", message)) is not null ? name : "";
        }

        return AddTensor(message.Add(OnnxSchema.Tensor.Name, name)) is not null ? name : "";
    }

    public string Numbers(params long[] numbers) => Tensor(torch.tensor(numbers));

    public OnnxBuilder AddTensor(ProtobufMessage tensor)
    {
        _graph.Add(OnnxSchema.Graph.Initializers, tensor);
        return this;
    }

    public byte[] ToBytes()
    {
        using MemoryStream stream = new();
        new ProtobufMessage().Add(OnnxSchema.Model.IrVersion, 8).Add(OnnxSchema.Model.ProducerName, "a test")
            .Add(OnnxSchema.Model.Graph, _graph).WriteTo(stream);
        return stream.ToArray();
    }

    public void Save(string path)
    {
        File.WriteAllBytes(path, ToBytes());
        if (_external.Count > 0)
        {
            File.WriteAllBytes(Path.Combine(Path.GetDirectoryName(path)!, Location), _external.ToArray());
        }
    }

    /// <summary>A tensor whose numbers are in another file.</summary>
    public static ProtobufMessage External(int type, long[] shape, params (string Key, string Value)[] says)
    {
        var tensor = new ProtobufMessage();
        foreach (long dimension in shape)
        {
            tensor.Add(OnnxSchema.Tensor.Dimensions, dimension);
        }

        tensor.Add(OnnxSchema.Tensor.ElementType, type);
        foreach ((string key, string value) in says)
        {
            tensor.Add(OnnxSchema.Tensor.ExternalData, new ProtobufMessage().Add(OnnxSchema.MetadataProperty.Key, key)
                .Add(OnnxSchema.MetadataProperty.Value, value));
        }

        return tensor.Add(OnnxSchema.Tensor.DataLocation, OnnxSchema.Tensor.ExternalLocation);
    }

    private static int ElementType(torch.ScalarType type) => type switch
    {
        torch.ScalarType.Float32 => OnnxSchema.ElementType.Float32,
        torch.ScalarType.Float64 => OnnxSchema.ElementType.Float64,
        torch.ScalarType.Float16 => OnnxSchema.ElementType.Float16,
        torch.ScalarType.BFloat16 => OnnxSchema.ElementType.BFloat16,
        torch.ScalarType.Int64 => OnnxSchema.ElementType.Int64,
        torch.ScalarType.Int32 => OnnxSchema.ElementType.Int32,
        torch.ScalarType.Int8 => OnnxSchema.ElementType.Int8,
        torch.ScalarType.Byte => OnnxSchema.ElementType.UInt8,
        torch.ScalarType.Bool => OnnxSchema.ElementType.Bool,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };

    private static ProtobufMessage Attribute(string name, object value)
    {
        ProtobufMessage message = new ProtobufMessage().Add(OnnxSchema.Attribute.Name, name);
        switch (value)
        {
            case long or int:
                return message.Add(OnnxSchema.Attribute.Integer, Convert.ToInt64(value, CultureInfo.InvariantCulture));
            case float number:
                return message.Add(OnnxSchema.Attribute.Float, number);
            case string text:
                return message.Add(OnnxSchema.Attribute.Text, text);
            case ProtobufMessage tensor:
                return message.Add(OnnxSchema.Attribute.Tensor, tensor);
            default:
                foreach (long number in (long[])value)
                {
                    message.Add(OnnxSchema.Attribute.Integers, number);
                }

                return message;
        }
    }

    // Fields that hold many numbers, by type; packed, or a field for each.
    private ProtobufMessage Message(torch.Tensor values, OnnxEncoding encoding)
    {
        byte[] bytes = values.bytes.ToArray();
        int type = ElementType(values.dtype);
        if (encoding == OnnxEncoding.External)
        {
            long offset = _external.Count;
            _external.AddRange(bytes);
            return External(
                type, values.shape, ("location", Location), ("offset", offset.ToString(CultureInfo.InvariantCulture)),
                ("length", bytes.Length.ToString(CultureInfo.InvariantCulture)));
        }

        var message = new ProtobufMessage();
        foreach (long dimension in values.shape)
        {
            message.Add(OnnxSchema.Tensor.Dimensions, dimension);
        }

        message.Add(OnnxSchema.Tensor.ElementType, type);
        switch (encoding, values.dtype)
        {
            case (OnnxEncoding.Packed, torch.ScalarType.Float32):
                return message.Add(OnnxSchema.Tensor.FloatData, bytes);
            case (OnnxEncoding.Packed, torch.ScalarType.Float64):
                return message.Add(OnnxSchema.Tensor.DoubleData, bytes);
            case (OnnxEncoding.Unpacked, torch.ScalarType.Float32):
                for (int i = 0; i < bytes.Length; i += sizeof(float))
                {
                    message.Add(OnnxSchema.Tensor.FloatData, BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(i)));
                }

                return message;
            case (OnnxEncoding.Packed or OnnxEncoding.Unpacked, _):
                int field = values.dtype == torch.ScalarType.Int64 ? OnnxSchema.Tensor.Int64Data : OnnxSchema.Tensor.Int32Data;
                long[] numbers = [.. Integers(values)];
                if (encoding == OnnxEncoding.Packed)
                {
                    return message.Add(field, Varints(numbers));
                }

                foreach (long number in numbers)
                {
                    message.Add(field, number);
                }

                return message;
            default:
                return message.Add(OnnxSchema.Tensor.RawData, bytes);
        }
    }

    // Half-precision numbers are written as their bits.
    private static IEnumerable<long> Integers(torch.Tensor values)
    {
        byte[] bytes = values.bytes.ToArray();
        return values.dtype is torch.ScalarType.Float16 or torch.ScalarType.BFloat16
            ? Enumerable.Range(0, bytes.Length / 2).Select(i => (long)BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(2 * i)))
            : values.to(torch.ScalarType.Int64).data<long>().ToArray();
    }

    private static byte[] Varints(long[] numbers)
    {
        List<byte> bytes = [];
        foreach (long number in numbers)
        {
            ulong rest = (ulong)number;
            for (; rest >= 0x80; rest >>= 7)
            {
                bytes.Add((byte)(rest | 0x80));
            }

            bytes.Add((byte)rest);
        }

        return [.. bytes];
    }
}
