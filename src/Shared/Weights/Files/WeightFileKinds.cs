using System.Buffers.Binary;

namespace SsMfar.Weights;

/// <summary>Tells kinds of weight and model files.</summary>
internal static class WeightFileKinds
{
    /// <summary>How many bytes of a file's start suffice to tell its kind.</summary>
    public const int BytesNeeded = 512;

    private const int TarMarkAt = 257;
    private const int SafetensorsLengthBytes = 8;
    private const int MaximumSafetensorsHeader = 100_000_000;
    private const int HighestIrVersion = 31;

    // PROTO 2, LONG1 of ten bytes: PyTorch's magic number 0x1950a86a20f9469cfc6c.
    private static ReadOnlySpan<byte> LegacyMark => [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

    // The fields that follow ir_version in a ModelProto: producer, domain, version, doc_string, graph, opset_import, metadata_props.
    private static ReadOnlySpan<byte> OnnxFields => [0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42, 0x72];

    /// <summary>The kind of a file, whatever its name.</summary>
    /// <param name="start">Its first <see cref="BytesNeeded"/> bytes, or all of a shorter file's.</param>
    public static WeightFileKind Of(ReadOnlySpan<byte> start)
    {
        if (start.IsEmpty)
        {
            return WeightFileKind.Empty;
        }

        if (start.StartsWith("PK\x03\x04"u8) || start.StartsWith("PK\x05\x06"u8))
        {
            return WeightFileKind.PyTorchZip;
        }

        bool isPickle = start is [0x80, >= 2 and <= 5, ..];
        if (isPickle && start[2..].StartsWith(LegacyMark[2..]))
        {
            return WeightFileKind.PyTorchLegacy;
        }

        // Eight bytes of length, then a JSON object. A length that the file cannot have is for the reader to tell.
        if (start.Length > SafetensorsLengthBytes && start[SafetensorsLengthBytes] == (byte)'{' &&
            BinaryPrimitives.ReadUInt64LittleEndian(start) <= MaximumSafetensorsHeader)
        {
            return WeightFileKind.Safetensors;
        }

        if (start.Length > TarMarkAt + 5 && start[TarMarkAt..].StartsWith("ustar"u8))
        {
            return WeightFileKind.Tar;
        }

        return isPickle ? WeightFileKind.Pickle
            : start.StartsWith("version https://git-lfs"u8) ? WeightFileKind.GitLfsPointer
            : start.StartsWith("<"u8) ? WeightFileKind.WebPage
            : start is [0x89, (byte)'H', (byte)'D', (byte)'F', ..] ? WeightFileKind.Hdf5
            : start is [0x08, >= 1 and <= HighestIrVersion, var field, ..] && OnnxFields.Contains(field) ? WeightFileKind.Onnx
            : WeightFileKind.Unknown;
    }
}
