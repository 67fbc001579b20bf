namespace SsMfar.Benchmarks.Serving;

/// <summary>Something that clients do to a server, and how many connections they made for it.</summary>
/// <param name="Name">What it is.</param>
/// <param name="MayBusy">
/// Whether it is work that a server does: it may then be full, and say so to others. What is none must not show.
/// </param>
/// <param name="RunAsync">Does it until it is cancelled; the tally counts what comes back.</param>
internal sealed record Attack(string Name, bool MayBusy, Func<Tally, CancellationToken, Task> RunAsync);
