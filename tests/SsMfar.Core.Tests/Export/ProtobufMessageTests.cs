using SsMfar.Export;

namespace SsMfar.Tests.Export;

/// <summary>Against the examples of the wire format's own description (protobuf.dev, "Encoding").</summary>
public sealed class ProtobufMessageTests
{
    [Theory]
    [InlineData(1, 150, "089601")]
    [InlineData(1, 0, "0800")]
    [InlineData(1, 127, "087F")]
    [InlineData(1, 128, "088001")]
    [InlineData(1, -2, "08FEFFFFFFFFFFFFFFFF01")]
    [InlineData(20, 1, "A00101")]
    public void Integers_are_varints(int field, long value, string expected) =>
        Hex(new ProtobufMessage().Add(field, value)).Should().Be(expected);

    [Fact]
    public void Text_messages_and_bytes_have_their_length_first()
    {
        Hex(new ProtobufMessage().Add(2, "testing")).Should().Be("120774657374696E67");
        Hex(new ProtobufMessage().Add(3, new ProtobufMessage().Add(1, 150))).Should().Be("1A03089601");
        Hex(new ProtobufMessage().Add(9, new byte[200])).Should().StartWith("4AC801").And.HaveLength(2 * 203);
    }

    [Fact]
    public void Numbers_are_four_bytes_little_endian() => Hex(new ProtobufMessage().Add(2, 1f)).Should().Be("150000803F");

    [Fact]
    public void The_length_is_that_of_what_is_written()
    {
        ProtobufMessage inner = new ProtobufMessage().Add(1, "é").Add(2, new byte[300]);
        ProtobufMessage outer = new ProtobufMessage().Add(7, inner).Merge(inner);

        inner.Length.Should().Be(Hex(inner).Length / 2);
        outer.Length.Should().Be(Hex(outer).Length / 2);
    }

    private static string Hex(ProtobufMessage message)
    {
        using var stream = new MemoryStream();
        message.WriteTo(stream);
        return Convert.ToHexString(stream.ToArray());
    }
}
