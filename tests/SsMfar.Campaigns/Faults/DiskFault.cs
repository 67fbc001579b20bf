using SsMfar.Campaigns.Commands;

namespace SsMfar.Campaigns.Faults;

/// <summary>What came of a command that met faults of a kind.</summary>
/// <param name="Tries">How often.</param>
/// <param name="Faults">What went wrong.</param>
/// <param name="Note">What else there is to say.</param>
internal sealed record FaultTries(int Tries, IReadOnlyList<string> Faults, string Note);

/// <summary>A kind of faults.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Try">Has a command meet it, so often.</param>
/// <param name="NotTried">Why it cannot be tried here; null where it can.</param>
internal sealed record DiskFault(string Name, Func<TriedCommand, UntouchedRun, int, FaultTries> Try, string? NotTried);
