using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.CompilerServices;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.Training;

namespace SsMfar.Tests.ConsoleApp;

/// <summary>The console's words, called in this process: they are internal to a program that the tests otherwise start.</summary>
internal static class ConsoleAssembly
{
    private static readonly Assembly Program = Assembly.LoadFrom(ConsoleProgram.Path);

    private static readonly MethodInfo FailureType = Method("SsMfar.ConsoleApp.Shell.Failure", typeof(Exception));

    private static readonly MethodInfo WordsType = Method("SsMfar.ConsoleApp.Shell.ConsoleWords", typeof(string));

    // Made once: the options of all commands are the same objects in each tree.
    private static readonly Lazy<object> Root = new(() => Program.GetType("SsMfar.ConsoleApp.Commands.CommandTree", throwOnError: true)!
        .GetMethod("Create", BindingFlags.Public | BindingFlags.Static)!.Invoke(null, [])!);

    private static readonly Type StartType = Program.GetType("SsMfar.ConsoleApp.Commands.BackboneStart", throwOnError: true)!;

    /// <summary>The exit code and the line that an exception ends the program with.</summary>
    public static (int ExitCode, string Line) Failure(Exception exception)
    {
        object failure = FailureType.Invoke(null, [exception])!;
        return ((int)failure.GetType().GetProperty("ExitCode")!.GetValue(failure)!, (string)failure.GetType().GetProperty("Line")!.GetValue(
            failure)!);
    }

    /// <summary>A message of the library in the console's words.</summary>
    public static string Words(string message) => (string)WordsType.Invoke(null, [message])!;

    /// <summary>As <see cref="Words(string)"/>, of a command with some options.</summary>
    public static string Words(string message, IReadOnlySet<string> options) =>
        (string)Call("Shell.ConsoleWords", "Of", [typeof(string), typeof(IReadOnlySet<string>)], message, options);

    /// <summary>What a backbone starts from where nothing is given, in the words of the command line.</summary>
    public static string DefaultStart(TrainingRecipe recipe, SsMfarVariant variant, BackboneFactory backbone) =>
        Name(StartType.GetMethod("Default")!.Invoke(null, [recipe, variant, backbone])!);

    /// <summary>What a word of the command line starts a backbone from: its name, and the file or null.</summary>
    public static (string Name, string? File) ParseStart(string text)
    {
        object start = StartType.GetMethod("Parse")!.Invoke(null, [text])!;
        return (Name(start), (string?)StartType.GetProperty("File")!.GetValue(start));
    }

    /// <summary>What <c>train</c> says of an epoch.</summary>
    public static IReadOnlyList<string> EpochLines(EpochProgress epoch) =>
        [.. (IEnumerable<string>)Program.GetType("SsMfar.ConsoleApp.Commands.TrainingProgressReporter", throwOnError: true)!
            .GetMethod("Lines")!.Invoke(null, [epoch])!];

    /// <summary>The options of <c>train</c> that <c>search</c> names for a candidate, with the usual recipe and variant.</summary>
    /// <param name="candidate">The candidate.</param>
    /// <param name="unused">Settings that its run has no use for.</param>
    public static string SearchOptions(SearchCandidate candidate, params ImmutableArray<string> unused)
    {
        object training = Filled("Commands.TrainArguments",
            ("Recipe", TrainingRecipe.Recommended), ("Variant", SsMfarVariant.SsMfar), ("Seed", 3L));
        object arguments = Filled("Searching.SearchArguments", ("Training", training), ("Seeds", ImmutableArray.Create(3L)));
        object outcome = Filled("Searching.SearchOutcome", ("Arguments", arguments),
            ("Unused", (Func<SearchCandidate, ImmutableArray<string>>)(_ => unused)));
        return (string)Program.GetType("SsMfar.ConsoleApp.Searching.SearchText", throwOnError: true)!
            .GetMethod("Command")!.Invoke(null, [outcome, candidate])!;
    }

    /// <summary>Whether an ablation's page takes sets of a size for the paper's.</summary>
    public static bool IsPapersData(int training, int validation) =>
        (bool)Call("Ablation.AblationPage", "IsPapers", training, validation);

    /// <summary>What <c>tune</c> says of a model that it wrote.</summary>
    public static string Tuned(string output, bool hasGained, int models) =>
        (string)Call("Tuning.TuningText", "Written", output, hasGained, models);

    /// <summary>Whether an exception is taken for the failure of one of several runs.</summary>
    public static bool IsOfRun(Exception exception) => (bool)Call("Shell.Failure", "IsOfRun", exception);

    /// <summary>The device of one of several processes.</summary>
    /// <param name="chosen">What was asked for.</param>
    /// <param name="localRank">Its place among those of its machine.</param>
    /// <param name="gpus">How many GPUs that has.</param>
    public static ComputeDevice RankDevice(string chosen, int localRank, int gpus) =>
        (ComputeDevice)Call("Shell.LaunchedRanks", "Device", [typeof(ComputeDevice), typeof(int), typeof(int)],
            ComputeDevice.Parse(chosen), localRank, gpus);

    /// <summary>What a run that is past some epochs came to at these; null where a search makes it again.</summary>
    /// <param name="history">The run's epochs, a line each.</param>
    /// <param name="epochs">Those of the rung.</param>
    public static (double? Score, int BestEpoch, double?[] Course)? PassedTrial(string history, int epochs)
    {
        object?[] arguments = [history, epochs, null];
        Program.GetType("SsMfar.ConsoleApp.Searching.SearchTrials", throwOnError: true)!.GetMethod("IsPast")!.Invoke(null, arguments)
            .Should().Be(true);
        return arguments[2] is { } trial ? (Of<double?>("Score"), Of<int>("BestEpoch"), Of<double?[]>("Course")) : null;

        T Of<T>(string property) => (T)trial.GetType().GetProperty(property)!.GetValue(trial)!;
    }

    /// <summary>The names of every command's options.</summary>
    public static IReadOnlySet<string> Options() => Declarations().Select(option => option.Name).ToHashSet();

    /// <summary>Every command's options: the name, the form of the value and the help text.</summary>
    public static IReadOnlyList<(string Command, string Name, string? Form, string Help)> Declarations() => [.. Collect(Root.Value)];

    /// <summary>The options that may be given several times, as 'report --model'.</summary>
    public static IReadOnlyList<string> Repeatable() => [.. Repeatable(Root.Value)];

    /// <summary>What the program says of a command line before it does anything; empty where nothing is wrong with it.</summary>
    public static IReadOnlyList<string> ParseErrors(IReadOnlyList<string> arguments)
    {
        MethodInfo parse = Root.Value.GetType().GetMethods().Single(method => method.Name == "Parse" &&
            method.GetParameters() is [{ } line, _] && line.ParameterType == typeof(IReadOnlyList<string>));
        object configuration = Activator.CreateInstance(parse.GetParameters()[1].ParameterType)!;
        configuration.GetType().GetProperty("ResponseFileTokenReplacer")!.SetValue(configuration, null);
        object parsed = parse.Invoke(Root.Value, [arguments, configuration])!;
        return [.. Of(parsed, "Errors").Select(error => Text(error, "Message")!)];
    }

    private static IEnumerable<(string Command, string Name, string? Form, string Help)> Collect(object command) =>
        Of(command, "Options")
            .Select(option => (Text(command, "Name")!, Text(option, "Name")!, Text(option, "HelpName"), Text(option, "Description") ?? ""))
            .Concat(Of(command, "Subcommands").SelectMany(Collect));

    private static IEnumerable<string> Repeatable(object command) =>
        Of(command, "Options").Where(option => MostValues(option) > 1)
            .Select(option => $"{Text(command, "Name")} {Text(option, "Name")}")
            .Concat(Of(command, "Subcommands").SelectMany(Repeatable));

    private static int MostValues(object option)
    {
        object arity = option.GetType().GetProperty("Arity")!.GetValue(option)!;
        return (int)arity.GetType().GetProperty("MaximumNumberOfValues")!.GetValue(arity)!;
    }

    private static IEnumerable<object> Of(object command, string property) =>
        ((System.Collections.IEnumerable)command.GetType().GetProperty(property)!.GetValue(command)!).Cast<object>();

    private static object Call(string type, string method, Type[] parameters, params object[] arguments) =>
        Program.GetType($"SsMfar.ConsoleApp.{type}", throwOnError: true)!.GetMethod(method, parameters)!.Invoke(null, arguments)!;

    private static object Call(string type, string method, params object[] arguments) =>
        Program.GetType($"SsMfar.ConsoleApp.{type}", throwOnError: true)!.GetMethod(method)!.Invoke(null, arguments)!;

    // Of a record as much as is asked for.
    private static object Filled(string type, params (string Name, object Value)[] properties)
    {
        object made = RuntimeHelpers.GetUninitializedObject(Program.GetType($"SsMfar.ConsoleApp.{type}", throwOnError: true)!);
        foreach ((string name, object value) in properties)
        {
            made.GetType().GetProperty(name)!.SetValue(made, value);
        }

        return made;
    }

    private static string Name(object start) => (string)StartType.GetProperty("Name")!.GetValue(start)!;

    private static string? Text(object symbol, string property) => (string?)symbol.GetType().GetProperty(property)!.GetValue(symbol);

    private static MethodInfo Method(string type, Type parameter) =>
        Program.GetType(type, throwOnError: true)!.GetMethod("Of", BindingFlags.Public | BindingFlags.Static, [parameter])!;
}
