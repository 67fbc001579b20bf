using System.Collections.Concurrent;

namespace SsMfar.Benchmarks.Serving;

/// <summary>What came back, counted. Safe for many threads.</summary>
internal sealed class Tally
{
    private readonly ConcurrentDictionary<string, int> _counts = new(StringComparer.Ordinal);
    private int _connections;

    public int Connections => _connections;

    public void Connected() => Interlocked.Increment(ref _connections);

    public void Count(string what) => _counts.AddOrUpdate(what, 1, (_, count) => count + 1);

    public void Count(WireReply reply) =>
        Count(reply.Status == 503 && reply.RetryAfter is null ? "503 without Retry-After" : $"{reply.Status}");

    public int Of(string what) => _counts.GetValueOrDefault(what);

    /// <summary>Whether everything that was counted is one of these.</summary>
    public bool IsOnly(params string[] what) => _counts.Keys.All(what.Contains);

    public override string ToString() => string.Join(", ", _counts.OrderBy(pair => pair.Key, StringComparer.Ordinal)
        .Select(pair => $"{pair.Value} x {pair.Key}"));
}
