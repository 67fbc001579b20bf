namespace SsMfar.Weights;

/// <summary>
/// The fields of one Protocol Buffers message, one after the other. Messages inside of it are gone into only by who asks, so that a file
/// cannot lead deeper than the format that is known.
/// </summary>
/// <param name="input">The file.</param>
/// <param name="start">Where the message starts.</param>
/// <param name="length">Its bytes, which lie inside of the file.</param>
/// <param name="what">What it is, for messages, such as "a node".</param>
internal struct ProtobufFields(ProtobufInput input, long start, long length, string what)
{
    private const int HighestField = (1 << 29) - 1;

    private readonly long _end = start + length;
    private long _next = start;
    private int _wire;

    /// <summary>Gets the number of the field.</summary>
    public int Field { get; private set; }

    /// <summary>Gets where the field's value starts.</summary>
    public long Position { get; private set; }

    /// <summary>Gets how many bytes the field's value has.</summary>
    public long Length { get; private set; }

    /// <summary>Goes to the next field.</summary>
    /// <exception cref="ModelFileException">What follows is no field, or reaches out of the message.</exception>
    public bool Next()
    {
        if (_next >= _end)
        {
            return false;
        }

        long at = _next;
        ulong tag = input.ReadVarint(ref _next, _end, what);
        ulong field = tag >> ProtobufWire.TypeBits;
        _wire = (int)(tag & ((1 << ProtobufWire.TypeBits) - 1));
        if (field is 0 or > HighestField)
        {
            throw input.Fault(null, $"at byte {at}, {what} has a field of number {field}, which cannot be");
        }

        Field = (int)field;
        Position = _next;
        switch (_wire)
        {
            case ProtobufWire.Varint:
                input.ReadVarint(ref _next, _end, what);
                Length = _next - Position;
                return true;
            case ProtobufWire.Fixed32:
                return Skip(at, sizeof(float));
            case ProtobufWire.Fixed64:
                return Skip(at, sizeof(double));
            case ProtobufWire.LengthDelimited:
                ulong claimed = input.ReadVarint(ref _next, _end, what);
                Position = _next;
                return Skip(at, claimed);
            default:
                throw input.Fault(null, $"at byte {at}, field {field} of {what} has the wire type {_wire}, which is not used");
        }
    }

    /// <summary>The field's value as an integer.</summary>
    public readonly long Integer()
    {
        Require(ProtobufWire.Varint);
        long position = Position;
        return (long)input.ReadVarint(ref position, _end, what);
    }

    /// <summary>The field's value as text.</summary>
    public readonly string Text()
    {
        Require(ProtobufWire.LengthDelimited);
        return input.ReadText(Position, Length, what);
    }

    /// <summary>The fields of the message that is the field's value.</summary>
    public readonly ProtobufFields Message(string inner)
    {
        Require(ProtobufWire.LengthDelimited);
        return new(input, Position, Length, inner);
    }

    /// <summary>Where the field's numbers lie, all of them packed in one field or one of them by itself.</summary>
    /// <param name="single">The wire type of a number by itself.</param>
    public readonly ByteRange Numbers(int single)
    {
        if (_wire != single)
        {
            Require(ProtobufWire.LengthDelimited);
        }

        return new(Position, Length);
    }

    /// <summary>The field's integers, packed or one by itself.</summary>
    public readonly void AddIntegers(List<long> list)
    {
        ByteRange range = Numbers(ProtobufWire.Varint);
        for (long position = range.Start; position < range.Start + range.Length;)
        {
            input.Take(sizeof(long));
            list.Add((long)input.ReadVarint(ref position, range.Start + range.Length, what));
        }
    }

    /// <summary>Refuses a value of another wire type.</summary>
    public readonly void Require(int wire)
    {
        if (_wire != wire)
        {
            throw input.Fault(null, $"at byte {Position}, field {Field} of {what} has the wire type {_wire} instead of {wire}");
        }
    }

    private bool Skip(long at, ulong bytes)
    {
        if (bytes > (ulong)(_end - Position))
        {
            throw input.Fault(
                null, $"at byte {at}, field {Field} of {what} claims {bytes} bytes, but {_end - Position} are left of {what}");
        }

        Length = (long)bytes;
        _next = Position + Length;
        return true;
    }
}

/// <summary>A stretch of a file.</summary>
/// <param name="Start">Where its first byte is.</param>
/// <param name="Length">Its bytes.</param>
internal readonly record struct ByteRange(long Start, long Length);
