using System.CommandLine;
using System.CommandLine.Invocation;
using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Shell;

// Image names may start with '@', which would otherwise name a file of further arguments.
ParseResult parsed = CommandTree.Create()
    .Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
LaunchedRanks.Hush();
string? misplaced = CommandTree.Misplaced(parsed);
if (parsed.Action is ParseErrorAction || misplaced is not null)
{
    Console.Error.WriteLine(Failure.OneLine(
        $"{misplaced ?? string.Join(" ", parsed.Errors.Select(error => error.Message).Distinct())} See {CommandTree.HelpCommand(parsed)}"));
    return ExitCodes.BadInput;
}

ConsoleWords.Options = CommandTree.Usable(parsed);
using Interruption interruption = new();
Task<int>? command = null;
try
{
    if (parsed.Action == parsed.CommandResult.Command.Action)
    {
        LaunchedRanks.RequireTraining(parsed.CommandResult.Command.Name);
    }

    // Signals are the interruption's business, errors the failure's.
    Func<Task<int>> invoke = () =>
        parsed.InvokeAsync(new() { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false }, interruption.Token);

    if (CommandTree.KeepsWork(parsed))
    {
        return await invoke();
    }

    // What does not end by itself is left where it is: files are written aside, and take their places when they are whole.
    command = Task.Run(invoke);
    return await interruption.WaitAsync(command);
}
catch (Exception exception)
{
    Failure failure = Failure.Of(exception);
    if (exception is not InterruptedException)
    {
        LaunchedRanks.End(exception);
    }

    Console.Error.WriteLine(failure.Line);
    if (parsed.GetValue(GlobalOptions.Verbose))
    {
        Console.Error.WriteLine(exception);
    }

    if (command is { IsCompleted: false })
    {
        LaunchedRanks.Leave();
        ProcessEnd.Now(failure.ExitCode);
    }

    return failure.ExitCode;
}
finally
{
    LaunchedRanks.Leave();
}
