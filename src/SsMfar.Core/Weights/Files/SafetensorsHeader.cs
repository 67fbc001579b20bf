using System.Collections.Immutable;
using System.Text.Json;
using SsMfar.Models;
using TorchSharp;

namespace SsMfar.Weights;

/// <summary>
/// The JSON header of a safetensors file, read from bytes that nobody vouches for. Whatever the format does not allow is a
/// <see cref="ModelFileException"/>: duplicate keys, shapes that do not fit their bytes, holes, overlaps, sizes that overflow.
/// </summary>
internal sealed class SafetensorsHeader
{
    public const int LengthBytes = 8;
    public const int MaximumBytes = 100_000_000;
    public const string MetadataKey = "__metadata__";
    private const int MaximumRank = 64;
    private const string Remedy = "The file is damaged or no safetensors file; write or download it again";

    private static readonly ImmutableArray<(string Name, torch.ScalarType Type, int Size)> DataTypes =
    [
        ("F64", torch.ScalarType.Float64, 8), ("F32", torch.ScalarType.Float32, 4), ("F16", torch.ScalarType.Float16, 2),
        ("BF16", torch.ScalarType.BFloat16, 2), ("I64", torch.ScalarType.Int64, 8), ("I32", torch.ScalarType.Int32, 4),
        ("I16", torch.ScalarType.Int16, 2), ("I8", torch.ScalarType.Int8, 1), ("U8", torch.ScalarType.Byte, 1),
        ("BOOL", torch.ScalarType.Bool, 1),
    ];

    // Of the format, but not of the tensor library. Types of other names may have any size.
    private static readonly ImmutableArray<(string Name, int Size)> UnsupportedTypes =
    [
        ("U64", 8), ("U32", 4), ("U16", 2), ("C64", 8), ("F8_E5M2", 1), ("F8_E4M3", 1), ("F8_E8M0", 1),
    ];

    private readonly string _path;
    private readonly Dictionary<string, WeightEntry> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (long Begin, long End)> _ranges = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _unsupported = new(StringComparer.Ordinal);
    private ImmutableSortedDictionary<string, string> _metadata = ImmutableSortedDictionary<string, string>.Empty;

    private SafetensorsHeader(string path) => _path = path;

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, WeightEntry> Entries => _entries;

    /// <summary>The format's types of the tensors that cannot be read, by name.</summary>
    public IReadOnlyDictionary<string, string> Unsupported => _unsupported;

    /// <summary>What to do with a tensor that cannot be read.</summary>
    public static string Conversion => $"Convert it to one of {string.Join(", ", DataTypes.Select(type => type.Name))}";

    /// <summary>Where a tensor's bytes start, from the start of the data section.</summary>
    public long Offset(string name) => _ranges[name].Begin;

    /// <summary>The text entries.</summary>
    public ImmutableSortedDictionary<string, string> Metadata => _metadata;

    /// <summary>The format's name and the element size of a type, or null where the format lacks it.</summary>
    public static (string Name, int Size)? Describe(torch.ScalarType type)
    {
        foreach (var known in DataTypes)
        {
            if (known.Type == type)
            {
                return (known.Name, known.Size);
            }
        }

        return null;
    }

    /// <summary>Reads a header.</summary>
    /// <param name="json">The header's bytes, padding included.</param>
    /// <param name="dataBytes">The size of the data section.</param>
    /// <param name="path">The file, for messages.</param>
    public static SafetensorsHeader Parse(ReadOnlySpan<byte> json, long dataBytes, string path)
    {
        var header = new SafetensorsHeader(path);
        try
        {
            header.ReadObject(json);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Utf8JsonReader reports text that is no UTF-8 as an InvalidOperationException.
            throw header.Fault(null, $"its header is not valid JSON: {e.Message.TrimEnd('.')}", e);
        }

        header.CheckLayout(dataBytes);
        return header;
    }

    private void ReadObject(ReadOnlySpan<byte> json)
    {
        if (json is not [(byte)'{', ..])
        {
            throw Fault(null, "its header does not start with '{'");
        }

        bool hasMetadata = false;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 4 });
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            if (name == MetadataKey)
            {
                if (hasMetadata)
                {
                    throw Fault(MetadataKey, "it occurs twice");
                }

                hasMetadata = true;
                ReadMetadata(ref reader);
            }
            else
            {
                ReadEntry(ref reader, name);
            }
        }

        // The reader throws here if anything but white space follows.
        while (reader.Read())
        {
        }
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        Expect(ref reader, JsonTokenType.StartObject, MetadataKey, "its value is not an object");
        var metadata = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            reader.Read();
            Expect(ref reader, JsonTokenType.String, MetadataKey, $"'{key}' is not text");
            if (!metadata.TryAdd(key, reader.GetString()!))
            {
                throw Fault(MetadataKey, $"'{key}' occurs twice");
            }
        }

        _metadata = metadata.ToImmutable();
    }

    private void ReadEntry(ref Utf8JsonReader reader, string name)
    {
        Expect(ref reader, JsonTokenType.StartObject, name, "its description is not an object");
        string? type = null;
        ImmutableArray<long>? shape = null;
        ImmutableArray<long>? offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string field = reader.GetString()!;
            reader.Read();
            switch (field)
            {
                case "dtype" when type is null:
                    Expect(ref reader, JsonTokenType.String, name, "its dtype is not text");
                    type = reader.GetString();
                    break;
                case "shape" when shape is null:
                    shape = ReadNumbers(ref reader, name, field);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ReadNumbers(ref reader, name, field);
                    break;
                default:
                    throw Fault(name, $"its field '{field}' is unknown or occurs twice");
            }
        }

        if (type is null || shape is null || offsets is not [var begin, var end])
        {
            throw Fault(name, "it needs a dtype, a shape and two data_offsets");
        }

        Add(name, type, shape.Value, begin, end);
    }

    private void Add(string name, string type, ImmutableArray<long> shape, long begin, long end)
    {
        var known = DataTypes.FirstOrDefault(t => t.Name == type);
        int size = known.Name is null ? UnsupportedTypes.FirstOrDefault(t => t.Name == type).Size : known.Size;
        long bytes = Bytes(name, shape, size);
        if (end < begin || (size > 0 && end - begin != bytes))
        {
            throw Fault(name, $"shape [{string.Join(", ", shape)}] of {type} is {bytes} bytes, but its data_offsets are [{begin}, {end}]");
        }

        if (!_ranges.TryAdd(name, (begin, end)))
        {
            throw Fault(name, "it occurs twice");
        }

        // A tensor that nobody asks for does not make the others unreadable.
        if (known.Name is null)
        {
            _unsupported.Add(name, type);
        }
        else
        {
            _entries.Add(name, new WeightEntry(name, known.Type, shape));
        }
    }

    private long Bytes(string name, ImmutableArray<long> shape, int size)
    {
        if (shape.Length > MaximumRank)
        {
            throw Fault(name, $"it has {shape.Length} dimensions, more than {MaximumRank}");
        }

        // Strides count a dimension of 0 as 1, so they must not overflow either.
        UInt128 elements = 1;
        UInt128 strides = (UInt128)size;
        foreach (long dimension in shape)
        {
            elements *= (UInt128)dimension;
            strides *= (UInt128)Math.Max(dimension, 1);
            if (strides > long.MaxValue)
            {
                throw Fault(name, $"its shape [{string.Join(", ", shape)}] overflows");
            }
        }

        return (long)(elements * (UInt128)size);
    }

    private ImmutableArray<long> ReadNumbers(ref Utf8JsonReader reader, string name, string field)
    {
        Expect(ref reader, JsonTokenType.StartArray, name, $"its {field} is not an array");
        var numbers = ImmutableArray.CreateBuilder<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long number) || number < 0)
            {
                throw Fault(name, $"its {field} holds something else than whole numbers from 0 to 2^63 - 1");
            }

            numbers.Add(number);
        }

        return numbers.ToImmutable();
    }

    private void CheckLayout(long dataBytes)
    {
        long next = 0;
        foreach (var (name, (begin, end)) in _ranges.OrderBy(range => range.Value))
        {
            if (begin != next)
            {
                throw Fault(name, $"its bytes start at {begin} where {next} was expected, which leaves a hole or overlaps another entry");
            }

            if (end > dataBytes)
            {
                throw Fault(name, $"its bytes end at {end}, but the file has only {dataBytes} bytes of data");
            }

            next = end;
        }

        if (next != dataBytes)
        {
            throw Fault(null, $"its entries cover {next} of {dataBytes} bytes of data");
        }
    }

    private void Expect(ref Utf8JsonReader reader, JsonTokenType type, string key, string problem)
    {
        if (reader.TokenType != type)
        {
            throw Fault(key, problem);
        }
    }

    private ModelFileException Fault(string? key, string problem, Exception? inner = null) => new(_path, key, problem, Remedy, inner);
}
