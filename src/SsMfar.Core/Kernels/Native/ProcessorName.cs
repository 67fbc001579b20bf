using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace SsMfar.Kernels.Native;

/// <summary>What the processor calls itself.</summary>
internal static class ProcessorName
{
    // Intel's manual, volume 2A, CPUID: leaves 0x80000002 to 0x80000004 are 48 bytes of text.
    private const int FirstLeaf = unchecked((int)0x80000002);
    private const int Leaves = 3;

    /// <summary>Gets its name, such as <c>AMD EPYC 9554 64-Core Processor</c>; that of the architecture where it does not say.</summary>
    public static string Value { get; } = Read();

    private static string Read()
    {
        string architecture = RuntimeInformation.ProcessArchitecture.ToString();
        if (!X86Base.IsSupported || (uint)X86Base.CpuId(unchecked((int)0x80000000), 0).Eax < unchecked((uint)FirstLeaf + Leaves - 1))
        {
            return architecture;
        }

        Span<int> words = stackalloc int[4 * Leaves];
        for (int leaf = 0; leaf < Leaves; leaf++)
        {
            (words[4 * leaf], words[(4 * leaf) + 1], words[(4 * leaf) + 2], words[(4 * leaf) + 3]) = X86Base.CpuId(FirstLeaf + leaf, 0);
        }

        string name = Encoding.ASCII.GetString(MemoryMarshal.AsBytes(words)).Split('\0')[0].Trim();
        return name.Length > 0 ? name : architecture;
    }
}
