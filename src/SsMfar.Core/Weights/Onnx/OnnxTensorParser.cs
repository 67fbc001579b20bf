namespace SsMfar.Weights;

/// <summary>Reads what an ONNX file says of a tensor, and checks it against the bytes that are there.</summary>
internal sealed class OnnxTensorParser(ProtobufInput input, ExternalData external)
{
    private const int MaximumRank = 64;
    private const int TensorBytes = 256;

    /// <summary>The tensor of a message.</summary>
    /// <param name="fields">The message.</param>
    /// <param name="name">Its name, where the message's own does not count.</param>
    /// <exception cref="ModelFileException">What it says cannot be, or its bytes are not there.</exception>
    public OnnxTensor Parse(ProtobufFields fields, string? name = null)
    {
        input.Take(TensorBytes);
        List<long> shape = [];
        List<ByteRange> data = [];
        Dictionary<string, string>? outside = null;
        int type = 0;
        int kind = 0;
        bool isExternal = false;
        string own = "";
        while (fields.Next())
        {
            switch (fields.Field)
            {
                case OnnxSchema.Tensor.Dimensions:
                    fields.AddIntegers(shape);
                    break;
                case OnnxSchema.Tensor.ElementType:
                    type = (int)Math.Clamp(fields.Integer(), 0, int.MaxValue);
                    break;
                case OnnxSchema.Tensor.Name:
                    own = fields.Text();
                    break;
                case OnnxSchema.Tensor.RawData:
                    fields.Require(ProtobufWire.LengthDelimited);
                    Add(ProtobufWire.LengthDelimited);
                    break;
                case OnnxSchema.Tensor.FloatData:
                    Add(ProtobufWire.Fixed32);
                    break;
                case OnnxSchema.Tensor.DoubleData:
                    Add(ProtobufWire.Fixed64);
                    break;
                case OnnxSchema.Tensor.Int32Data or OnnxSchema.Tensor.Int64Data or OnnxSchema.Tensor.UInt64Data:
                    Add(ProtobufWire.Varint);
                    break;
                case OnnxSchema.Tensor.ExternalData:
                    (string key, string value) = OnnxModel.Pair(fields.Message("a tensor's external data"));
                    (outside ??= new(StringComparer.Ordinal))[key] = value;
                    break;
                case OnnxSchema.Tensor.DataLocation:
                    isExternal = fields.Integer() == OnnxSchema.Tensor.ExternalLocation;
                    break;
                case OnnxSchema.Tensor.Segment:
                    throw input.Fault(own, "it is stored in segments, which no known program writes");
                default:
                    break;
            }
        }

        name ??= own;
        long elements = Count(name, shape);
        var tensor = new OnnxTensor(
            name, type, [.. shape], [.. data],
            kind is OnnxSchema.Tensor.Int32Data or OnnxSchema.Tensor.Int64Data or OnnxSchema.Tensor.UInt64Data, null);
        if (tensor.Element is not (_, var size))
        {
            return tensor;
        }

        if (isExternal)
        {
            return external.Place(tensor, outside ?? [], elements * size);
        }

        Check(tensor, kind, elements, size);
        return tensor;

        // Numbers may come in several fields, but all in fields of one kind.
        void Add(int single)
        {
            if (kind != 0 && kind != fields.Field)
            {
                throw input.Fault(own, "it holds its numbers twice, in different ways");
            }

            input.Take(2 * sizeof(long));
            kind = fields.Field;
            data.Add(fields.Numbers(single));
        }
    }

    private long Count(string name, List<long> shape)
    {
        // Strides count a dimension of 0 as 1.
        Int128 elements = 1, strides = 1;
        foreach (long dimension in shape)
        {
            elements *= dimension;
            strides *= Math.Max(dimension, 1);
            if (dimension < 0 || strides > long.MaxValue / sizeof(double))
            {
                throw input.Fault(name, $"its shape {WeightEntry.Text([.. shape.Take(MaximumRank)])} cannot be");
            }
        }

        return shape.Count <= MaximumRank
            ? (long)elements
            : throw input.Fault(name, $"it has {shape.Count} dimensions, and {MaximumRank} are allowed");
    }

    private void Check(OnnxTensor tensor, int kind, long elements, int size)
    {
        bool fits = kind switch
        {
            0 => elements == 0,
            OnnxSchema.Tensor.RawData => true,
            OnnxSchema.Tensor.FloatData => tensor.ElementType == OnnxSchema.ElementType.Float32,
            OnnxSchema.Tensor.DoubleData => tensor.ElementType == OnnxSchema.ElementType.Float64,
            OnnxSchema.Tensor.Int64Data => tensor.ElementType == OnnxSchema.ElementType.Int64,
            OnnxSchema.Tensor.Int32Data => tensor.ElementType is not (OnnxSchema.ElementType.Float32 or OnnxSchema.ElementType.Float64
                or OnnxSchema.ElementType.Int64),
            _ => false,
        };
        if (!fits)
        {
            throw input.Fault(tensor.Name, kind == 0
                ? $"its shape {tensor.ShapeText} has {elements} elements, but it holds none"
                : $"it holds its numbers in field {kind}, which is not for its element type {tensor.ElementType}");
        }

        long bytes = tensor.Data.Sum(range => range.Length);
        if (tensor.IsVarints ? bytes < elements || bytes > elements * ProtobufWire.LongestVarint : bytes != elements * size)
        {
            throw input.Fault(tensor.Name, $"its shape {tensor.ShapeText} has {elements} elements, but it holds {bytes} bytes");
        }
    }
}
