namespace SsMfar.Distributed;

/// <summary>What tells one machine from another that has its name, and containers of a machine as one.</summary>
internal static class MachineIdentity
{
    private const string Boot = "/proc/sys/kernel/random/boot_id";

    /// <summary>Gets the identity, a line.</summary>
    public static string Text { get; } = File.Exists(Boot) ? File.ReadAllText(Boot).Trim() : Environment.MachineName;
}
