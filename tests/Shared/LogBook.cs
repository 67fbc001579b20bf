using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace SsMfar.Tests;

/// <summary>Keeps what is logged.</summary>
internal sealed class LogBook : ILoggerFactory
{
    private readonly ConcurrentQueue<Entry> _entries = new();

    public IReadOnlyList<Entry> Entries => [.. _entries];

    /// <summary>The entries of an event.</summary>
    public IEnumerable<Entry> Of(int id) => _entries.Where(entry => entry.Id == id);

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public void Dispose()
    {
    }

    public sealed record Entry(string Category, LogLevel Level, int Id, string Text);

    private sealed class Logger(LogBook book, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            book._entries.Enqueue(new(category, logLevel, eventId.Id, formatter(state, exception)));
    }
}
