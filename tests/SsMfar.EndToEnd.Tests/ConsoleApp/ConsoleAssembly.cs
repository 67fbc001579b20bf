using System.Reflection;

namespace SsMfar.Tests.ConsoleApp;

/// <summary>The console's words, called in this process: they are internal to a program that the tests otherwise start.</summary>
internal static class ConsoleAssembly
{
    private static readonly Assembly Program = Assembly.LoadFrom(ConsoleProgram.Path);

    private static readonly MethodInfo FailureType = Method("SsMfar.ConsoleApp.Shell.Failure", typeof(Exception));

    private static readonly MethodInfo WordsType = Method("SsMfar.ConsoleApp.Shell.ConsoleWords", typeof(string));

    /// <summary>The exit code and the line that an exception ends the program with.</summary>
    public static (int ExitCode, string Line) Failure(Exception exception)
    {
        object failure = FailureType.Invoke(null, [exception])!;
        return ((int)failure.GetType().GetProperty("ExitCode")!.GetValue(failure)!, (string)failure.GetType().GetProperty("Line")!.GetValue(
            failure)!);
    }

    /// <summary>A message of the library in the console's words.</summary>
    public static string Words(string message) => (string)WordsType.Invoke(null, [message])!;

    /// <summary>The names of every command's options.</summary>
    public static IReadOnlySet<string> Options()
    {
        object root = Program.GetType("SsMfar.ConsoleApp.Commands.CommandTree", throwOnError: true)!
            .GetMethod("Create", BindingFlags.Public | BindingFlags.Static)!.Invoke(null, [])!;
        HashSet<string> names = [];
        Collect(root, names);
        return names;
    }

    private static void Collect(object command, HashSet<string> names)
    {
        foreach (object option in (System.Collections.IEnumerable)command.GetType().GetProperty("Options")!.GetValue(command)!)
        {
            names.Add((string)option.GetType().GetProperty("Name")!.GetValue(option)!);
        }

        foreach (object child in (System.Collections.IEnumerable)command.GetType().GetProperty("Subcommands")!.GetValue(command)!)
        {
            Collect(child, names);
        }
    }

    private static MethodInfo Method(string type, Type parameter) =>
        Program.GetType(type, throwOnError: true)!.GetMethod("Of", BindingFlags.Public | BindingFlags.Static, [parameter])!;
}
