using Microsoft.Extensions.Logging;

namespace SsMfar.ConsoleApp.Shell;

/// <summary>Shows the library's warnings among the command's own lines; all it logs with <c>--verbose</c>.</summary>
internal sealed class SessionLogging(Action<string> say, LogLevel least) : ILoggerFactory, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("This factory has one place to log to.");

    public bool IsEnabled(LogLevel logLevel) => logLevel >= least && logLevel != LogLevel.None;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            say(Failure.OneLine(ConsoleWords.Of(formatter(state, exception))));
        }
    }

    public void Dispose()
    {
    }
}
