using System.CommandLine;
using System.CommandLine.Invocation;
using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Shell;

// Image names may start with '@', which would otherwise name a file of further arguments.
ParseResult parsed = CommandTree.Create()
    .Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
if (parsed.Action is ParseErrorAction)
{
    Console.Error.WriteLine(Failure.OneLine(
        $"{string.Join(" ", parsed.Errors.Select(error => error.Message).Distinct())} See {CommandTree.HelpCommand(parsed)}"));
    return ExitCodes.BadInput;
}

using Interruption interruption = new();
try
{
    // Signals are the interruption's business, errors the failure's.
    return await parsed.InvokeAsync(new() { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false }, interruption.Token);
}
catch (Exception exception)
{
    Failure failure = Failure.Of(exception);
    Console.Error.WriteLine(failure.Line);
    if (parsed.GetValue(GlobalOptions.Verbose))
    {
        Console.Error.WriteLine(exception);
    }

    return failure.ExitCode;
}
