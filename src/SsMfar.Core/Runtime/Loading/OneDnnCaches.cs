using System.Globalization;

namespace SsMfar.Runtime;

/// <summary>What oneDNN, by which libtorch convolves on x86 processors, plans by.</summary>
internal enum OneDnnPlan
{
    /// <summary>The caches that the processor says it has.</summary>
    CachesOfTheProcessor,

    /// <summary>Caches of the usual sizes, since this processor hides its own.</summary>
    UsualCaches,

    /// <summary>Nothing: libtorch convolves without it, which takes several times as long.</summary>
    NotUsed,

    /// <summary>Caches of one byte, which nothing could be done about: convolutions may be wrong.</summary>
    NoCaches,
}

/// <summary>
/// oneDNN asks an AMD processor for its caches by CPUID's leaf 0x8000001D. Where a virtual machine leaves that empty, it reckons with
/// caches of one byte, and what it plans by them (oneDNN 3.7 in libtorch 2.10) has wrong values, divides by zero, or writes past its
/// memory. Here it is told the sizes that it takes itself for a processor without known caches. Linux, as far as names go.
/// </summary>
internal static unsafe class OneDnnCaches
{
    private const string SetUsed = "_ZN2at7Context20setUserEnabledMkldnnEb";
    private const string Used = "_ZNK2at7Context17userEnabledMkldnnEv";

    // dnnl::impl::cpu::platform::get_per_core_cache_size(int), and the processor as dnnl::impl::cpu::x64::cpu() knows it.
    private const string CacheSize = "_ZN4dnnl4impl3cpu8platform23get_per_core_cache_sizeEi";
    private const string Processor = "_ZZN4dnnl4impl3cpu3x643cpuEvE4cpu_";

    // No cache was ever so small.
    private const uint LeastCache = 1024;

    // In Xbyak's Cpu: the sizes of up to ten levels, how many cores share each, and the number of levels.
    private const int Levels = 10;

    private static readonly uint[] Usual = [32 << 10, 512 << 10, 1 << 20];

    private static readonly uint[] OneByteEach = [1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 3];

    /// <summary>Gets or sets whether libtorch convolves by oneDNN; null where libtorch does not tell, which nothing changes.</summary>
    public static bool? IsUsed
    {
        get => LibTorchContext.Get(Used);
        set
        {
            if (value is { } isUsed)
            {
                LibTorchContext.Set(SetUsed, isUsed);
            }
        }
    }

    /// <summary>Sees to it that convolutions are right on this processor. libtorch is loaded, and has not convolved.</summary>
    public static OneDnnPlan Ensure() => ProcessorTopology.HidesAmdCaches ? Tell() ?? Avoid() : OneDnnPlan.CachesOfTheProcessor;

    /// <summary>Lets libtorch convolve without oneDNN, where it has a switch for that.</summary>
    public static OneDnnPlan Avoid()
    {
        IsUsed = false;
        return IsUsed == false ? OneDnnPlan.NotUsed : OneDnnPlan.NoCaches;
    }

    /// <summary>Writes the usual sizes over caches of one byte.</summary>
    /// <param name="processor">The processor as oneDNN knows it.</param>
    /// <returns>Whether it has such caches, in the order known here; otherwise nothing is written.</returns>
    public static bool Tell(Span<uint> processor)
    {
        int at = processor.IndexOf(OneByteEach);
        if (at < 0)
        {
            return false;
        }

        Usual.CopyTo(processor[at..(at + Levels)]);
        return true;
    }

    // Null where this libtorch does not say where it keeps them, or keeps them in another way.
    private static OneDnnPlan? Tell()
    {
        nint known = LibTorchContext.Export(LibTorchContext.Name);
        if (known == 0 || MappedFile(known) is not { } file || Symbols(file) is not { } symbols)
        {
            return null;
        }

        nint start = known - (nint)symbols[LibTorchContext.Name].Address;
        var cacheSize = (delegate* unmanaged<int, uint>)(start + (nint)symbols[CacheSize].Address);
        if (cacheSize(1) >= LeastCache)
        {
            return OneDnnPlan.CachesOfTheProcessor;
        }

        ElfSymbolTable.Symbol processor = symbols[Processor];
        Span<uint> words = new((void*)(start + (nint)processor.Address), checked((int)(processor.Size / sizeof(uint))));
        return Tell(words) && cacheSize(1) == Usual[0] && cacheSize(2) == Usual[1] && cacheSize(3) == Usual[2]
            ? OneDnnPlan.UsualCaches : null;
    }

    private static IReadOnlyDictionary<string, ElfSymbolTable.Symbol>? Symbols(string file)
    {
        try
        {
            var symbols = ElfSymbolTable.Find(file, LibTorchContext.Name, CacheSize, Processor);
            return symbols.Count == 3 ? symbols : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return null;
        }
    }

    // Of a line such as "7f2da1e00000-7f2db720f000 r-xp 00000000 fe:00 1234   /folder/libtorch_cpu.so".
    private static string? MappedFile(nint address) => File.ReadLines("/proc/self/maps")
        .Where(line => line.Contains('/', StringComparison.Ordinal) && Contains(line.Split('-', ' '), (ulong)address))
        .Select(line => line[line.IndexOf('/', StringComparison.Ordinal)..])
        .FirstOrDefault();

    private static bool Contains(string[] range, ulong address) =>
        ulong.TryParse(range[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong start)
        && ulong.TryParse(range[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong end)
        && start <= address && address < end;
}
