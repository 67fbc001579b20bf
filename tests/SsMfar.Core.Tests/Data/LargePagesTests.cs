using System.Globalization;
using SsMfar.Tests.Runtime;

namespace SsMfar.Tests.Data;

/// <summary>The memory of decoded images is asked for in large pages, as the system's own table of a process's memory says.</summary>
public sealed class LargePagesTests
{
    [LargePagesTheory]
    [InlineData(40 << 20)]
    [InlineData(1 << 20)]
    public async Task Room_for_decoded_images_is_asked_for_in_large_pages_where_it_fills_some(int bytes)
    {
        // The tests' own processes have another wish, of glibc for all that it gives.
        ChildProcess.Outcome outcome = await ChildProcess.RunAsync(
            ChildProcess.Dotnet,
            [RuntimeProbe.BuiltProbe, "--large-pages", bytes.ToString(CultureInfo.InvariantCulture)],
            new Dictionary<string, string?> { ["GLIBC_TUNABLES"] = null });

        outcome.ExitCode.Should().Be(0, outcome.Everything);
        int kilobytes = bytes < (2 << 20) ? 0 : bytes / 1024, ends = 2 * Environment.SystemPageSize / 1024;
        int.Parse(outcome.Output, CultureInfo.InvariantCulture).Should().BeInRange(Math.Max(0, kilobytes - ends), kilobytes);
    }

    /// <summary>Reported as not run, with the reason, where the system has no large pages to ask for.</summary>
    private sealed class LargePagesTheoryAttribute : TheoryAttribute
    {
        public LargePagesTheoryAttribute() => Skip =
            File.Exists("/sys/kernel/mm/transparent_hugepage/enabled") ? null : "This system has no transparent large pages.";
    }
}
