using SsMfar.Distributed;

namespace SsMfar.Kernels.Normalization;

/// <summary>Whom a thread's training passes share the statistics of batch norms with, by whatever computes them.</summary>
internal static class SharedStatistics
{
    [ThreadStatic]
    private static IProcessGroup? s_group;

    /// <summary>Gets the ranks, or null.</summary>
    public static IProcessGroup? Group => s_group;

    /// <summary>Shares the statistics of this thread's training passes, until disposed.</summary>
    /// <param name="group">With whom; null for nobody.</param>
    public static Sharing Over(IProcessGroup? group)
    {
        Sharing sharing = new(s_group);
        s_group = group;
        return sharing;
    }

    /// <summary>Ends the sharing.</summary>
    public readonly struct Sharing(IProcessGroup? before) : IDisposable
    {
        public void Dispose() => s_group = before;
    }
}
