using System.Runtime.Intrinsics.X86;

namespace SsMfar.Runtime;

/// <summary>What an x86 processor says of its caches and cores. Some virtual machines hide it.</summary>
internal static class ProcessorTopology
{
    private const int IntelCaches = 4, Cores = 0xb, HighestOfExtended = unchecked((int)0x80000000), AmdCaches = unchecked((int)0x8000001d);

    /// <summary>Gets whether the processor says nothing of its caches, or nothing of its cores.</summary>
    public static bool IsHidden { get; } = X86Base.IsSupported && Hides(X86Base.CpuId);

    /// <summary>Whether a processor says nothing of its caches, or nothing of its cores.</summary>
    /// <param name="identify">The registers of the instruction <c>cpuid</c> for a leaf and a part of it.</param>
    public static bool Hides(Func<int, int, (int Eax, int Ebx, int Ecx, int Edx)> identify)
    {
        int highest = identify(0, 0).Eax;
        bool hasCaches = (highest >= IntelCaches && HasCache(identify(IntelCaches, 0)))
            || ((uint)identify(HighestOfExtended, 0).Eax >= unchecked((uint)AmdCaches) && HasCache(identify(AmdCaches, 0)));
        bool hasCores = highest >= Cores && (identify(Cores, 0).Ebx & 0xffff) > 0;
        return !hasCaches || !hasCores;
    }

    // The type of the first cache; 0 is none.
    private static bool HasCache((int Eax, int Ebx, int Ecx, int Edx) registers) => (registers.Eax & 0x1f) != 0;
}
