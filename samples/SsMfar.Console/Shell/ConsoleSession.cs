using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;
using SsMfar.ConsoleApp.Commands;

namespace SsMfar.ConsoleApp.Shell;

/// <summary>Where a command's words go: results to standard output, everything else to standard error.</summary>
internal sealed class ConsoleSession
{
    private static readonly JsonSerializerOptions JsonFormat = new() {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly string[] StandardOutput = ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];

    private readonly bool _json;
    private readonly TextWriter _results;

    private ConsoleSession(bool json, TextWriter results)
    {
        (_json, _results) = (json, results);
        Messages = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
    }

    /// <summary>Standard error.</summary>
    public IAnsiConsole Messages { get; }

    /// <summary>Whether <c>--json</c> was given.</summary>
    public bool Json => _json;

    /// <summary>Whether progress may be drawn in place: someone watches standard error on a terminal.</summary>
    public bool IsInteractive =>
        !Console.IsErrorRedirected && Messages.Profile.Capabilities.Ansi && Messages.Profile.Capabilities.Interactive;

    /// <summary>The session of a command. Where a file that it is to write is standard output, words go to standard error alone.</summary>
    /// <exception cref="BadInputException">Such a file and the document of <c>--json</c> would be mixed.</exception>
    public static ConsoleSession Of(ParseResult parsed)
    {
        bool json = parsed.GetValue(GlobalOptions.Json);
        string? taken =
            OperatingSystem.IsWindows() ? null : parsed.Tokens.Select(token => token.Value).FirstOrDefault(StandardOutput.Contains);
        return json && taken is not null
            ? throw new BadInputException($"'{taken}' is where --json writes the result alone. Name a file, or leave --json out.")
            : new(json, taken is null ? Console.Out : Console.Error);
    }

    /// <summary>A line for the reader, on standard error. Control characters in it, as names in a file may have, are shown.</summary>
    public void Say(string line)
    {
        line = Failure.Visible(line);
        if (IsInteractive)
        {
            Messages.WriteLine(line);
        }
        else
        {
            Console.Error.WriteLine(line);
        }
    }

    /// <summary>The command's result: one JSON document with <c>--json</c>, else text, shown as <see cref="Say"/> does.</summary>
    public void WriteResult(JsonNode json, Func<string> text) =>
        _results.WriteLine(_json ? json.ToJsonString(JsonFormat) : Failure.Visible(text().TrimEnd('\n')));

    /// <summary>Writes a JSON document to a file, in the format of results.</summary>
    public static string Format(JsonNode json) => json.ToJsonString(JsonFormat);
}
