using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace SsMfar.Importing.Layouts;

/// <summary>Reads a NumPy file (<c>.npy</c>) that holds one value, as text, whatever its type.</summary>
internal static partial class NumPyScalar
{
    private const int LongestFile = 1 << 16;

    /// <summary>Reads the value.</summary>
    /// <exception cref="Data.AnnotationFormatException">The file is no such file, or holds more than one value.</exception>
    public static string Read(string path)
    {
        byte[] bytes = new FileInfo(path).Length <= LongestFile ? File.ReadAllBytes(path) : [];
        if (bytes.Length < 12 || !bytes.AsSpan(1, 5).SequenceEqual("NUMPY"u8) || bytes[0] != 0x93)
        {
            throw DatasetFolder.Fault(path, 0, "", "it is no NumPy file of one value.");
        }

        int start = bytes[6] == 1 ? 10 : 12;
        int length = start == 10
            ? BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8))
            : (int)Math.Min(int.MaxValue, BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(8)));
        if (length > bytes.Length - start)
        {
            throw DatasetFolder.Fault(path, 0, "", "the NumPy file is cut.");
        }

        string header = Encoding.Latin1.GetString(bytes, start, length);
        Match type = Type().Match(header), shape = Shape().Match(header);
        ReadOnlySpan<byte> data = bytes.AsSpan(start + length);
        if (!type.Success || !shape.Success || shape.Groups[1].Value.Split(',').Any(size => size.Trim() is not ("" or "1")))
        {
            throw DatasetFolder.Fault(path, 0, header, "the NumPy file holds no single value.");
        }

        int size = int.Parse(type.Groups[2].Value, CultureInfo.InvariantCulture);
        return (type.Groups[1].Value, size) switch
        {
            ("U", _) when data.Length == 4 * size => Encoding.UTF32.GetString(data).TrimEnd('\0'),
            ("S", _) when data.Length == size => Encoding.Latin1.GetString(data).TrimEnd('\0'),
            ("f", 8) when data.Length == 8 => Show(BinaryPrimitives.ReadDoubleLittleEndian(data)),
            ("f", 4) when data.Length == 4 => Show(BinaryPrimitives.ReadSingleLittleEndian(data)),
            ("i", 8) when data.Length == 8 => Show(BinaryPrimitives.ReadInt64LittleEndian(data)),
            ("i", 4) when data.Length == 4 => Show(BinaryPrimitives.ReadInt32LittleEndian(data)),
            ("i" or "u", 1) when data.Length == 1 => Show((int)data[0]),
            _ => throw DatasetFolder.Fault(path, 0, header, $"a NumPy file of type {type.Value} cannot be read here."),
        };
    }

    private static string Show(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"'descr':\s*'[<|=]([USfiu])(\d{1,5})'")]
    private static partial Regex Type();

    [GeneratedRegex(@"'shape':\s*\(([^)]*)\)")]
    private static partial Regex Shape();
}
