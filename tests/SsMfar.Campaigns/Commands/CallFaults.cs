using System.Globalization;
using SsMfar.Campaigns.Shell;

namespace SsMfar.Campaigns.Commands;

/// <summary>How often a process called what changes files below a folder.</summary>
internal sealed record CallCounts(int Writes, int Flushes, int Renames, int Removals)
{
    /// <summary>Gets how often in all.</summary>
    public int All => Writes + Flushes + Renames + Removals;

    /// <summary>How often it called one kind.</summary>
    public int Of(string kind) => kind switch { "write" => Writes, "fsync" => Flushes, "rename" => Renames, _ => Removals };

    /// <summary>Reads what the library told.</summary>
    public static CallCounts Parse(string told) =>
        told.Split(' ').Select(number => int.TryParse(number, CultureInfo.InvariantCulture, out int count) ? count : -1).ToArray()
            is [>= 0 and var written, >= 0 and var flushed, >= 0 and var renamed, >= 0 and var removed]
            ? new(written, flushed, renamed, removed) : throw new InvalidOperationException($"The library told '{told}'.");
}

/// <summary>A library that is loaded ahead of the system's, and in which calls fail, are late, or end the process: inject.c.</summary>
internal sealed class CallFaults
{
    private readonly string _library;
    private readonly string _done;

    private CallFaults(string library, string done) => (_library, _done) = (library, done);

    /// <summary>Compiles it.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="reason">Why there is none.</param>
    public static CallFaults? Make(TemporaryFolder folder, out string reason)
    {
        reason = "it needs Linux and a C compiler";
        if (!OperatingSystem.IsLinux() || !Programs.Has("cc"))
        {
            return null;
        }

        string library = folder["inject.so"];
        Ended compiled = Programs.Run("cc", ["-shared", "-fPIC", "-O1", "-o", library,
            Path.Combine(AppContext.BaseDirectory, "Commands", "inject.c"), "-ldl"]);
        reason = $"cc says {compiled.Line}";
        return compiled.ExitCode == 0 ? new(library, folder["inject-told"]) : null;
    }

    /// <summary>The environment of a process that meets a fault.</summary>
    /// <param name="fault">The fault, in the library's words.</param>
    /// <param name="place">The folder below which it happens.</param>
    public Dictionary<string, string> Environment(string fault, string place) => new()
    {
        ["LD_PRELOAD"] = _library, ["SSMFAR_FAULT"] = fault, ["SSMFAR_FAULT_UNDER"] = place + "/", ["SSMFAR_FAULT_DONE"] = _done,
    };

    /// <summary>What the library told of the last process: the path whose call failed, or counts; null where nothing.</summary>
    public string? Take()
    {
        string? told = File.Exists(_done) ? File.ReadAllText(_done).Trim() : null;
        File.Delete(_done);
        return told;
    }
}
