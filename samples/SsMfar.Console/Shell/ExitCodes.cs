namespace SsMfar.ConsoleApp.Shell;

/// <summary>What the process says to the shell.</summary>
internal static class ExitCodes
{
    public const int Success = 0;

    /// <summary>Something unexpected, or a training run that diverged.</summary>
    public const int Failure = 1;

    /// <summary>Arguments or files that cannot be used; one line on standard error says which and what to do.</summary>
    public const int BadInput = 2;

    /// <summary>The work is done, and what <c>report --not-worse-than</c> was to guard is worse.</summary>
    public const int Worse = 3;

    /// <summary>SIGINT or SIGTERM, as shells report it.</summary>
    public const int Interrupted = 130;
}
