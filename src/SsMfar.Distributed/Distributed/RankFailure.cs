namespace SsMfar.Distributed;

/// <summary>What a rank that ends all ranks says, and with which exit code the launcher ends.</summary>
/// <param name="Cause">What happened, in a sentence of one line.</param>
/// <param name="ExitCode">From 1 to 255.</param>
public sealed record RankFailure(string Cause, int ExitCode)
{
    /// <summary>The message, in one line, and 1.</summary>
    internal static RankFailure Of(Exception exception) => new(string.Join(
        ' ', exception.Message.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)), 1);

    /// <summary>What is said of an exception; whoever describes it may fail, and the ranks are to be ended all the same.</summary>
    internal static RankFailure Of(Exception exception, Func<Exception, RankFailure> describe)
    {
        try
        {
            return describe(exception) is { ExitCode: >= 1 and <= 255 } failure ? failure : Of(exception);
        }
        catch (Exception)
        {
            return Of(exception);
        }
    }
}
