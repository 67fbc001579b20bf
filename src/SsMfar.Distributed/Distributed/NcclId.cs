using System.Runtime.InteropServices;

namespace SsMfar.Distributed;

/// <summary>What the ranks of a communicator know each other by; NCCL takes its 128 bytes by value.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NcclId
{
    public const int Size = 128;

    private fixed byte _bytes[Size];

    /// <summary>Reads an id.</summary>
    /// <param name="bytes">128 of them.</param>
    public static NcclId Of(ReadOnlySpan<byte> bytes) => MemoryMarshal.Read<NcclId>(bytes);

    public readonly byte[] ToArray() => MemoryMarshal.AsBytes(new ReadOnlySpan<NcclId>(in this)).ToArray();
}
