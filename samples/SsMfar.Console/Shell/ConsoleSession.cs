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

    private readonly bool _json;

    private ConsoleSession(bool json)
    {
        _json = json;
        Messages = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
    }

    /// <summary>Standard error.</summary>
    public IAnsiConsole Messages { get; }

    /// <summary>Whether <c>--json</c> was given.</summary>
    public bool Json => _json;

    /// <summary>Whether progress may be drawn in place: someone watches standard error on a terminal.</summary>
    public bool IsInteractive =>
        !Console.IsErrorRedirected && Messages.Profile.Capabilities.Ansi && Messages.Profile.Capabilities.Interactive;

    public static ConsoleSession Of(ParseResult parsed) => new(parsed.GetValue(GlobalOptions.Json));

    /// <summary>A line for the reader, on standard error.</summary>
    public void Say(string line)
    {
        if (IsInteractive)
        {
            Messages.WriteLine(line);
        }
        else
        {
            Console.Error.WriteLine(line);
        }
    }

    /// <summary>The command's result: one JSON document with <c>--json</c>, else text.</summary>
    public void WriteResult(JsonNode json, Func<string> text) =>
        Console.Out.WriteLine(_json ? json.ToJsonString(JsonFormat) : text().TrimEnd('\n'));

    /// <summary>Writes a JSON document to a file, in the format of results.</summary>
    public static string Format(JsonNode json) => json.ToJsonString(JsonFormat);
}
