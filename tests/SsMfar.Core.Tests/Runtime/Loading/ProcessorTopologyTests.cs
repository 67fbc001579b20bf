using SsMfar.Runtime;

namespace SsMfar.Tests.Runtime;

/// <summary>What processors say of themselves, by the registers of <c>cpuid</c>.</summary>
public sealed class ProcessorTopologyTests
{
    private const int Amd = 0x68747541, Intel = 0x756e6547;

    [Theory]
    [InlineData(0x121, 0x1f, 0, 2, false)]
    [InlineData(0, 0x1f, 0x121, 2, false)]
    [InlineData(0, 0x1f, 0, 2, true)]
    [InlineData(0, 0x08, 0x121, 2, true)]
    [InlineData(0x121, 0x1f, 0, 0, true)]
    [InlineData(0x121, 0x0a, 0, 2, true)]
    [InlineData(0x121, 0x03, 0, 2, true)]
    public void A_processor_hides_what_it_is_where_it_says_nothing_of_caches_or_of_cores(
        int intelCache, int highest, int amdCache, int cores, bool hides) =>
        ProcessorTopology.Hides(Processor(Intel, highest, 0x80000021, intelCache, amdCache, cores)).Should().Be(hides);

    [Theory]
    [InlineData(Amd, 0x80000021, 0x121, false)]
    [InlineData(Amd, 0x80000021, 0, true)]
    [InlineData(Amd, 0x8000001c, 0x121, true)]
    [InlineData(Intel, 0x80000008, 0, false)]
    public void Caches_of_AMD_are_hidden_where_their_leaf_is_empty_or_is_not_there(int maker, uint highest, int amdCache, bool hides) =>
        ProcessorTopology.HidesCachesOfAmd(Processor(maker, 0x0d, highest, 0, amdCache, 0)).Should().Be(hides);

    [Theory]
    [InlineData(Amd, 0x0a, true)]
    [InlineData(Amd, 0x0b, false)]
    [InlineData(Intel, 0x0a, false)]
    public void Cores_of_AMD_are_hidden_where_their_leaf_is_not_there(int maker, int highest, bool hides) =>
        ProcessorTopology.LacksCoresOfAmd(Processor(maker, highest, 0x80000021, 0, 0x121, 0)).Should().Be(hides);

    private static ProcessorTopology.Identification Processor(
        int maker, int highest, uint highestOfExtended, int intelCache, int amdCache, int cores) =>
        (leaf, part) => (unchecked((uint)leaf), part) switch
        {
            (0, _) => (highest, maker, 0, 0),
            (4, 0) => (intelCache, 0, 0, 0),
            (0xb, 0) => (0, cores, 0, 0),
            (0x80000000, _) => (unchecked((int)highestOfExtended), 0, 0, 0),
            (0x8000001d, 0) => (amdCache, 0, 0, 0),
            _ => (-1, -1, -1, -1),
        };
}
