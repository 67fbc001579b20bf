using SsMfar.Weights;

namespace SsMfar.Export;

/// <summary>A setting of a node, fixed when the graph is made: an axis, a stride, ...</summary>
public sealed class OnnxAttribute
{
    private OnnxAttribute(string name, object value, ProtobufMessage message)
    {
        Name = name;
        Value = value;
        Message = message;
    }

    /// <summary>Gets the attribute's name, as the operator's definition has it.</summary>
    public string Name { get; }

    /// <summary>
    /// Gets the value: a <see cref="long"/>, a <see cref="float"/>, a <see cref="string"/> or an array of <see cref="long"/>.
    /// </summary>
    internal object Value { get; }

    internal ProtobufMessage Message { get; }

    /// <summary>An integer.</summary>
    /// <param name="name">The attribute's name.</param>
    /// <param name="value">The value.</param>
    public static OnnxAttribute Of(string name, long value) =>
        new(name, value, Start(name, OnnxSchema.Attribute.IntegerType).Add(OnnxSchema.Attribute.Integer, value));

    /// <summary>A float32 number.</summary>
    /// <param name="name">The attribute's name.</param>
    /// <param name="value">The value.</param>
    public static OnnxAttribute Of(string name, float value) =>
        new(name, value, Start(name, OnnxSchema.Attribute.FloatType).Add(OnnxSchema.Attribute.Float, value));

    /// <summary>Text.</summary>
    /// <param name="name">The attribute's name.</param>
    /// <param name="value">The value.</param>
    public static OnnxAttribute Of(string name, string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return new(name, value, Start(name, OnnxSchema.Attribute.TextType).Add(OnnxSchema.Attribute.Text, value));
    }

    /// <summary>A list of integers.</summary>
    /// <param name="name">The attribute's name.</param>
    /// <param name="values">The values, in order.</param>
    public static OnnxAttribute Of(string name, ReadOnlySpan<long> values)
    {
        ProtobufMessage message = Start(name, OnnxSchema.Attribute.IntegersType);
        foreach (long value in values)
        {
            message.Add(OnnxSchema.Attribute.Integers, value);
        }

        return new(name, values.ToArray(), message);
    }

    private static ProtobufMessage Start(string name, int type)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new ProtobufMessage().Add(OnnxSchema.Attribute.Name, name).Add(OnnxSchema.Attribute.Type, type);
    }
}
