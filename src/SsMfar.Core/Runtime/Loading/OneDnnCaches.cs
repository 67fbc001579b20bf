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
/// memory. Here it is told the sizes that it takes itself for a processor without known caches. Linux, as far as names go;
/// an AMD processor that lacks its third level alone is left as it is.
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

    private const string Maps = "/proc/self/maps";

    // In Xbyak's Cpu: the sizes of up to ten levels, how many cores share each, and the number of levels.
    private const int Levels = 10;

    private static readonly uint[] Usual = [32 << 10, 512 << 10, 1 << 20];

    private static readonly uint[] OneByteEach = [1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 3];

    /// <summary>Gets or sets whether libtorch convolves by oneDNN; null where libtorch does not tell, which nothing changes.</summary>
    public static bool? IsUsed
    {
        get => LibTorchContext.Get(Used);
        set => LibTorchContext.Set(SetUsed, value);
    }

    /// <summary>Sees to it that convolutions are right on this processor. libtorch is loaded, and has not convolved.</summary>
    public static OneDnnPlan Ensure() => (ProcessorTopology.HidesAmdCores, ProcessorTopology.HidesAmdCaches) switch
    {
        (false, false) => OneDnnPlan.CachesOfTheProcessor,
        _ when !OperatingSystem.IsLinux() => OneDnnPlan.NoCaches,

        // oneDNN divides by the threads of a core when it first looks at the processor.
        (true, _) => Avoid(),
        _ => Tell(Maps) ?? Avoid(),
    };

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

    /// <summary>Writes the usual sizes where the libtorch of this process keeps those of its processor.</summary>
    /// <param name="maps">The file that says which files are mapped where.</param>
    /// <returns>Null where it does not say where it keeps them, or keeps them in another way.</returns>
    internal static OneDnnPlan? Tell(string maps)
    {
        if (Places(maps) is not { } places)
        {
            return null;
        }

        var cacheSize = (delegate* unmanaged<int, uint>)places.CacheSize;
        bool HasUsual() => cacheSize(1) == Usual[0] && cacheSize(2) == Usual[1] && cacheSize(3) == Usual[2];

        // Told before, or by a oneDNN that knows better.
        if (cacheSize(1) >= LeastCache)
        {
            return HasUsual() ? OneDnnPlan.UsualCaches : OneDnnPlan.CachesOfTheProcessor;
        }

        return Tell(new Span<uint>((void*)places.Processor, places.Words)) && HasUsual() ? OneDnnPlan.UsualCaches : null;
    }

    private static (nint CacheSize, nint Processor, int Words)? Places(string maps)
    {
        nint known = LibTorchContext.Export(LibTorchContext.Name), other = LibTorchContext.Export(SetUsed);
        try
        {
            if (known == 0 || other == 0 || MappedFile(maps, known) is not { } file)
            {
                return null;
            }

            var symbols = ElfSymbolTable.Find(file, LibTorchContext.Name, SetUsed, CacheSize, Processor);
            if (symbols.Count < 4)
            {
                return null;
            }

            // Where two that are exported lie as the file says, it is the file that was loaded.
            nint start = known - (nint)symbols[LibTorchContext.Name].Address;
            ElfSymbolTable.Symbol processor = symbols[Processor];
            return start + (nint)symbols[SetUsed].Address == other
                ? (At(symbols[CacheSize]), At(processor), checked((int)(processor.Size / sizeof(uint))))
                : null;

            nint At(ElfSymbolTable.Symbol symbol) => start + (nint)symbol.Address;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or OverflowException)
        {
            return null;
        }
    }

    // Of a line such as "7f2da1e00000-7f2db720f000 r-xp 00000000 fe:00 1234   /folder/libtorch_cpu.so".
    private static string? MappedFile(string maps, nint address) => File.ReadLines(maps)
        .Where(line => line.Contains('/', StringComparison.Ordinal) && Contains(line.Split('-', ' '), (ulong)address))
        .Select(line => line[line.IndexOf('/', StringComparison.Ordinal)..])
        .FirstOrDefault();

    private static bool Contains(string[] range, ulong address) =>
        ulong.TryParse(range[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong start)
        && ulong.TryParse(range[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong end)
        && start <= address && address < end;
}
