namespace SsMfar.Distributed;

/// <summary>What a rank that ends all ranks says, and with which exit code the launcher ends.</summary>
/// <param name="Cause">What happened, in a sentence of one line.</param>
/// <param name="ExitCode">From 1 to 255.</param>
public sealed record RankFailure(string Cause, int ExitCode)
{
    internal static RankFailure Of(Exception exception) => new(exception.Message, 1);
}
