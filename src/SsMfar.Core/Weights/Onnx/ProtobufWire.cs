namespace SsMfar.Weights;

/// <summary>The wire types of Protocol Buffers (protobuf.dev): how a field's value lies in the bytes.</summary>
internal static class ProtobufWire
{
    public const int Varint = 0;
    public const int Fixed64 = 1;
    public const int LengthDelimited = 2;
    public const int Fixed32 = 5;

    /// <summary>The bytes of the longest varint, of 64 bits.</summary>
    public const int LongestVarint = 10;

    /// <summary>The bits of a tag that hold the wire type; the field's number lies above them.</summary>
    public const int TypeBits = 3;
}
