using System.Text.RegularExpressions;
using SsMfar.Data;
using SsMfar.Distributed;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.Training;

namespace SsMfar.ConsoleApp.Shell;

/// <summary>How an exception ends the process.</summary>
/// <param name="ExitCode">One of <see cref="ExitCodes"/>.</param>
/// <param name="Line">One line for standard error.</param>
internal sealed partial record Failure(int ExitCode, string Line)
{
    /// <summary>The failure that an exception means.</summary>
    public static Failure Of(Exception exception) => Cause(exception) switch
    {
        InterruptedException interrupted => new(ExitCodes.Interrupted, OneLine(interrupted.Message)),
        OperationCanceledException => new(ExitCodes.Interrupted, "Interrupted."),
        FileNotFoundException missing => BadInput($"{Sentence(missing.Message)} Check the path."),
        DirectoryNotFoundException missing => BadInput($"{Sentence(missing.Message)} Check the path."),
        UnauthorizedAccessException denied => BadInput($"{Sentence(denied.Message)} Choose a path that may be read and written."),
        IOException io => BadInput($"{Sentence(io.Message)} Check the path, the free space and the permissions."),
        InvalidDataException damaged => BadInput(ConsoleWords.Of(damaged.Message)),
        ImageCacheException unreadable => BadInput(
            Of(unreadable) + ConsoleWords.Remedy(" To train without, give --on-bad-image skip.", "")),
        TrainingDivergedException diverged => new(ExitCodes.Failure, OneLine(ConsoleWords.Of(diverged.Message))),
        InsufficientDeviceMemoryException => new(
            ExitCodes.Failure,
            "The memory of the device did not suffice. " + ConsoleWords.Remedy(
                "Lower --batch-size and raise --set AccumulationSteps=N by as much, or lower --size, or choose --device cpu.",
                "Free some, or take a machine that has more.")),
        TorchRuntimeException native => new(ExitCodes.Failure, OneLine(ConsoleWords.Of(native.Message))),
        ProcessGroupException { IsStart: false } apart => new(ExitCodes.Failure, OneLine(ConsoleWords.Of(apart.Message))),
        SsMfarException or BadInputException => BadInput(ConsoleWords.Of(Cause(exception).Message)),
        var unexpected => new(
            ExitCodes.Failure,
            OneLine($"Unexpected {unexpected.GetType().Name}: {Sentence(unexpected.Message)} Run again with --verbose for the stack " +
                "trace.")),
    };

    /// <summary>
    /// Whether an exception is of one run and its settings, and would come again: where there are several runs, the others are worth
    /// having.
    /// </summary>
    public static bool IsOfRun(Exception exception) => exception is TrainingDivergedException or InsufficientDeviceMemoryException;

    /// <summary>The images that cannot be read, without a remedy, which is the command's.</summary>
    public static string Of(ImageCacheException unreadable) =>
        (unreadable.Failures.Count == 1 ? "" : $"{unreadable.Failures.Count} images cannot be read; the first: ") +
        ConsoleWords.Of(unreadable.Failures[0].Message);

    /// <summary>Text without line breaks, and with other control characters, which a terminal would act on, written as \uXXXX.</summary>
    public static string OneLine(string text) => Visible(Breaks().Replace(text.Trim(), " "));

    /// <summary>As <see cref="OneLine"/>, of text whose lines stay.</summary>
    public static string Visible(string text) => Controls().Replace(
        text.Replace("\r\n", "\n", StringComparison.Ordinal), control => $"\\u{(int)control.Value[0]:X4}");

    // Work on several threads wraps what stopped it.
    private static Exception Cause(Exception exception) =>
        exception is AggregateException several ? Cause(several.InnerExceptions[0]) : exception;

    private static Failure BadInput(string message) => new(ExitCodes.BadInput, OneLine(message));

    private static string Sentence(string message) => message.TrimEnd().TrimEnd('.') + '.';

    [GeneratedRegex(@"\s*[\r\n]+\s*")]
    private static partial Regex Breaks();

    [GeneratedRegex(@"[\p{Cc}-[\t\n]]")]
    private static partial Regex Controls();
}
