using System.Collections.Immutable;

namespace SsMfar.Weights;

/// <summary>Reads what an ONNX file says of a node. Graphs inside of nodes (of loops, of conditions) are not gone into.</summary>
internal sealed class OnnxNodeParser(ProtobufInput input, OnnxTensorParser tensors)
{
    private const int NodeBytes = 512;
    private const int SettingBytes = 256;
    private const int LongestText = 256;

    /// <summary>The node of a message.</summary>
    /// <exception cref="ModelFileException">The message is damaged.</exception>
    public OnnxNode Parse(ProtobufFields fields)
    {
        input.Take(NodeBytes);
        ImmutableArray<string>.Builder inputs = ImmutableArray.CreateBuilder<string>(1);
        ImmutableArray<string>.Builder outputs = ImmutableArray.CreateBuilder<string>(1);
        Dictionary<string, OnnxSetting> settings = new(StringComparer.Ordinal);
        string name = "";
        string kind = "";
        string domain = "";
        while (fields.Next())
        {
            switch (fields.Field)
            {
                case OnnxSchema.Node.Inputs:
                    inputs.Add(fields.Text());
                    break;
                case OnnxSchema.Node.Outputs:
                    outputs.Add(fields.Text());
                    break;
                case OnnxSchema.Node.Name:
                    name = fields.Text();
                    break;
                case OnnxSchema.Node.OperatorType:
                    kind = fields.Text();
                    break;
                case OnnxSchema.Node.Domain:
                    domain = fields.Text();
                    break;
                case OnnxSchema.Node.Attributes:
                    (string key, OnnxSetting setting) = Setting(fields.Message("an attribute"));
                    if (!settings.TryAdd(key, setting))
                    {
                        throw input.Fault(name, $"the node has two attributes '{key}'");
                    }

                    break;
                default:
                    break;
            }
        }

        return new(
            name, domain is "" or "ai.onnx" ? kind : $"{domain}.{kind}", inputs.DrainToImmutable(), outputs.DrainToImmutable(), settings);
    }

    private (string Name, OnnxSetting Setting) Setting(ProtobufFields fields)
    {
        input.Take(SettingBytes);
        string name = "";
        string? text = null;
        List<long>? integers = null;
        List<ByteRange>? numbers = null;
        bool isScalar = false;
        OnnxTensor? tensor = null;
        while (fields.Next())
        {
            switch (fields.Field)
            {
                case OnnxSchema.Attribute.Name:
                    name = fields.Text();
                    break;
                case OnnxSchema.Attribute.Text:
                    text = fields.Length <= LongestText ? fields.Text() : null;
                    break;
                case OnnxSchema.Attribute.Tensor:
                    tensor = tensors.Parse(fields.Message("a tensor"), "");
                    break;
                case OnnxSchema.Attribute.Integer or OnnxSchema.Attribute.Integers:
                    isScalar = fields.Field == OnnxSchema.Attribute.Integer;
                    fields.AddIntegers(integers ??= []);
                    AddNumbers(ProtobufWire.Varint);
                    break;
                case OnnxSchema.Attribute.Float or OnnxSchema.Attribute.Floats:
                    isScalar = fields.Field == OnnxSchema.Attribute.Float;
                    AddNumbers(ProtobufWire.Fixed32);
                    break;
                default:
                    break;
            }
        }

        if (tensor is null && numbers is not null)
        {
            tensor = Numbers(name, integers, numbers, isScalar);
        }

        return (name, new(text, integers is null ? null : [.. integers], tensor));

        void AddNumbers(int single)
        {
            input.Take(2 * sizeof(long));
            (numbers ??= []).Add(fields.Numbers(single));
        }
    }

    // Numbers of an attribute as a tensor of one dimension, or of none.
    private OnnxTensor Numbers(string name, List<long>? integers, List<ByteRange> numbers, bool isScalar)
    {
        long bytes = numbers.Sum(range => range.Length);
        long count = integers?.Count ?? (bytes / sizeof(float));
        return integers is null && bytes % sizeof(float) != 0
            ? throw input.Fault(null, $"the numbers of attribute '{name}' have {bytes} bytes, which is no multiple of {sizeof(float)}")
            : new(
                "", integers is null ? OnnxSchema.ElementType.Float32 : OnnxSchema.ElementType.Int64,
                isScalar && count == 1 ? [] : [count], [.. numbers], integers is not null, null);
    }
}
