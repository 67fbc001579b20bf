using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using System.Runtime.Versioning;
using System.Text;
using TorchSharp;

namespace SsMfar.Distributed;

/// <summary>The processors of a machine, as the ranks on it share them.</summary>
public static class RankProcessors
{
    // A machine's name, and in hexadecimal one bit for each of up to 12,000 processors.
    private const int Length = 4096;

    /// <summary>
    /// How many processors are this rank's: those that it may run on, divided among the ranks that may run on one of them too. So ranks
    /// that their launcher bound to processors of their own have all of theirs. Called by every rank, at the same place of its calls.
    /// </summary>
    /// <param name="group">The ranks.</param>
    /// <returns>At least 1.</returns>
    public static int Share(IProcessGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor here = torch.zeros([Length], torch.ScalarType.Byte);
        torch.Tensor all = torch.zeros([group.Size, Length], torch.ScalarType.Byte);
        _ = Encoding.UTF8.GetBytes($"{MachineIdentity.Text}\n{Allowed():x}", here.bytes);
        group.AllGather(here, all);
        (string Machine, BigInteger Allowed)[] ranks =
        [
            .. Enumerable.Range(0, group.Size).Select(rank =>
            {
                string[] lines = Encoding.UTF8.GetString(all.bytes.Slice(rank * Length, Length)).TrimEnd('\0').Split('\n');
                return (lines[0], BigInteger.Parse(lines[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
            }),
        ];
        return Share(ranks, group.Rank, Environment.ProcessorCount);
    }

    /// <summary>The same from what all ranks told.</summary>
    /// <param name="ranks">Each rank's machine, and the processors that it may run on, a bit for each.</param>
    /// <param name="rank">Which of them this is.</param>
    /// <param name="processors">How many this process may use; fewer than its bits where its time is limited.</param>
    internal static int Share(IReadOnlyList<(string Machine, BigInteger Allowed)> ranks, int rank, int processors)
    {
        (string machine, BigInteger allowed) = ranks[rank];
        BigInteger[] here = [.. ranks.Where(other => other.Machine == machine).Select(other => other.Allowed)];
        int sharers = here.Count(other => !(other & allowed).IsZero);

        // A limit of time, as of a container, holds for all ranks in it, wherever each may run.
        bool isLimited = allowed.Sign > 0 && Bits(allowed) > processors;
        int share = isLimited ? Math.Min(Bits(allowed) / sharers, processors / here.Length) : processors / sharers;
        return Math.Max(1, share);
    }

    private static int Bits(BigInteger allowed) => (int)allowed.ToByteArray().Sum(part => BitOperations.PopCount(part));

    // Where it is not known, every one.
    private static BigInteger Allowed()
    {
        BigInteger allowed = OperatingSystem.IsLinux() ? OnLinux() : OperatingSystem.IsWindows() ? OnWindows() : BigInteger.Zero;
        return allowed.IsZero ? BigInteger.MinusOne : allowed;
    }

    private static BigInteger OnLinux()
    {
        const string Status = "/proc/self/status", Field = "Cpus_allowed:";
        string line = File.Exists(Status)
            ? File.ReadLines(Status).FirstOrDefault(line => line.StartsWith(Field, StringComparison.Ordinal)) ?? Field
            : Field;

        // A leading zero keeps the number from being read as a negative one.
        string digits = "0" + line[Field.Length..].Replace(",", "", StringComparison.Ordinal).Trim();
        return BigInteger.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out BigInteger allowed)
            ? allowed : BigInteger.Zero;
    }

    // 0 for a process in several groups of 64.
    [SupportedOSPlatform("windows")]
    private static BigInteger OnWindows()
    {
        using Process process = Process.GetCurrentProcess();
        return (nuint)process.ProcessorAffinity;
    }
}
