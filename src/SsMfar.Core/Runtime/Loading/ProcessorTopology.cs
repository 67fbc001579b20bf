using System.Runtime.Intrinsics.X86;

namespace SsMfar.Runtime;

/// <summary>What an x86 processor says of its caches and cores. Some virtual machines hide it.</summary>
internal static class ProcessorTopology
{
    private const int IntelCaches = 4, Cores = 0xb, HighestOfExtended = unchecked((int)0x80000000), AmdCaches = unchecked((int)0x8000001d);

    // "Auth" of AuthenticAMD.
    private const int Amd = 0x68747541;

    /// <summary>The registers of the instruction <c>cpuid</c> for a leaf and a part of it.</summary>
    public delegate (int Eax, int Ebx, int Ecx, int Edx) Identification(int leaf, int part);

    /// <summary>Gets whether the processor says nothing of its caches, or nothing of its cores.</summary>
    public static bool IsHidden { get; } = X86Base.IsSupported && Hides(X86Base.CpuId);

    /// <summary>Gets whether the processor is AMD's and says nothing of its caches where AMD's do.</summary>
    public static bool HidesAmdCaches { get; } = X86Base.IsSupported && HidesCachesOfAmd(X86Base.CpuId);

    /// <summary>Gets whether the processor is AMD's and has no leaf of cores, not even an empty one.</summary>
    public static bool HidesAmdCores { get; } = X86Base.IsSupported && LacksCoresOfAmd(X86Base.CpuId);

    /// <summary>Whether a processor says nothing of its caches, or nothing of its cores.</summary>
    public static bool Hides(Identification identify)
    {
        int highest = identify(0, 0).Eax;
        bool hasCaches = (highest >= IntelCaches && HasCache(identify(IntelCaches, 0))) || HasAmdCache(identify);
        bool hasCores = highest >= Cores && (identify(Cores, 0).Ebx & 0xffff) > 0;
        return !hasCaches || !hasCores;
    }

    /// <summary>Whether a processor is AMD's and says nothing of its caches where AMD's do.</summary>
    public static bool HidesCachesOfAmd(Identification identify) => identify(0, 0).Ebx == Amd && !HasAmdCache(identify);

    /// <summary>Whether a processor is AMD's and has no leaf of cores, not even an empty one.</summary>
    public static bool LacksCoresOfAmd(Identification identify) => identify(0, 0) is { Ebx: Amd, Eax: < Cores };

    private static bool HasAmdCache(Identification identify) =>
        (uint)identify(HighestOfExtended, 0).Eax >= unchecked((uint)AmdCaches) && HasCache(identify(AmdCaches, 0));

    // The type of the first cache; 0 is none.
    private static bool HasCache((int Eax, int Ebx, int Ecx, int Edx) registers) => (registers.Eax & 0x1f) != 0;
}
