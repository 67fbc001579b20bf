using System.CommandLine;

namespace SsMfar.ConsoleApp.Commands;

/// <summary>Options of every command.</summary>
internal static class GlobalOptions
{
    public static Option<bool> Json { get; } = new("--json")
    {
        Description = "Write the result alone to standard output, as one JSON document",
        Recursive = true,
    };

    public static Option<bool> Verbose { get; } = new("--verbose")
    {
        Description = "Show the stack trace of an error; commands that train also log",
        Recursive = true,
    };
}
