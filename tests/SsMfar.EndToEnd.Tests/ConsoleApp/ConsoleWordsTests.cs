using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using SsMfar.Data;
using SsMfar.Faces;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Models;
using SsMfar.Onnx;
using SsMfar.Training;

namespace SsMfar.Tests.ConsoleApp;

/// <summary>Whoever types a command is told of options and files, never of the library's types and members.</summary>
public sealed partial class ConsoleWordsTests
{
    private static readonly Assembly[] Libraries =
    [
        typeof(AnnotationSet).Assembly, typeof(MultiTaskTrainer).Assembly, typeof(OnnxAffectPredictor).Assembly,
        typeof(FaceReader).Assembly,
    ];

    // What commands cannot lead to: they give these arguments themselves, or say it in words of their own before the library is asked.
    private static readonly string[] Programmers =
    [
        "ArgumentException", "ArgumentNullException", "ArgumentOutOfRangeException", "InvalidOperationException",
        "NotSupportedException", "ObjectDisposedException",
        "ImageCacheException", "InsufficientDeviceMemoryException", "InsufficientLabelsException", "FormatException",
        "KeyNotFoundException", "UnreachableException",
    ];

    // Faults of parts that are given in code alone.
    private static readonly string[] PartsInCode =
        ["UseTaskBalancing takes the place", "UseSampler takes the place", "UsePseudoLabelPolicy takes the " +
            "place", "IOnnxExportable", "before TorchRuntime.Initialize", "first call of TorchRuntime.Initialize", "Load its weights in " +
            "its factory", "which takes both", "no checkpoint to resume", "Freed memory is retained already"];

    private static readonly string[] Training = ["train", "search", "audit", "ablate"];

    // What is said where an option was given.
    private static readonly (string Option, string Words)[] OfGiven =
    [
        ("--prefix", "Leave PretrainedOptions.Prefix out"), ("--start-from", "model to start from"),
        ("--start-from", "start from another model"),
    ];

    // A type of the library, and a word of the field.
    private const string Term = "ResNet";

    private static readonly string[] Types =
    [
        .. Libraries.SelectMany(assembly => assembly.GetExportedTypes()).Select(type => type.Name.Split('`')[0]).Distinct(),
    ];

    public static TheoryData<string> Exceptions =>
    [
        .. Libraries.SelectMany(assembly => assembly.GetExportedTypes())
            .Where(type => type.IsSubclassOf(typeof(Exception)) && !type.IsAbstract).Select(type => type.AssemblyQualifiedName!),
    ];

    [Fact]
    public void No_message_of_the_library_reaches_the_console_with_a_name_of_its_code()
    {
        LibraryMessages.Message[] shown =
        [
            .. LibraryMessages.All
                .Where(message => !Programmers.Contains(message.Exception) && !PartsInCode.Any(message.Text.Contains)),
        ];

        shown.Should().HaveCountGreaterThan(80, "the sources are found");
        shown.SelectMany(message => CodeIn(ConsoleAssembly.Words(message.Text)).Select(
            code => $"{message.Place}: {code} in \"{ConsoleAssembly.Words(message.Text)}\""))
            .Should().BeEmpty();
    }

    [Fact]
    public void Names_of_code_are_recognised()
    {
        CodeIn("Say which with PretrainedOptions.Prefix.").Should().Equal("PretrainedOptions.Prefix");
        CodeIn("Say it with a PretrainedInput.").Should().Equal("PretrainedInput");
        CodeIn("give them to UseBackbone, or implement IComputePrecision").Should().Equal("UseBackbone", "IComputePrecision");
        CodeIn("expression is 9, expected 0 to 7 or -1. Give --classes, or --set GradientClipNorm=1.").Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(Exceptions))]
    public void Every_exception_of_the_library_has_an_exit_code_and_a_line(string type)
    {
        (int exitCode, string line) = ConsoleAssembly.Failure(Make(Type.GetType(type, throwOnError: true)!));

        exitCode.Should().BeOneOf(1, 2);
        line.Should().NotBeEmpty().And.NotContain("Unexpected").And.NotContain("\n");
        CodeIn(line).Should().BeEmpty();
    }

    [Theory]
    [InlineData(
        "the image 'a' was annotated on line 2 already. Remove one of the two lines, or set AnnotationFileOptions.AllowRepeatedImages.",
        "line 2 already. Remove one of the two lines.")]
    [InlineData("w.pth: it holds more than one network. Say which with PretrainedOptions.Prefix.", "Say which with --prefix.")]
    [InlineData(
        "No row shows AU4. Add such rows, leave the task out, or set a cap for the weights.",
        "leave the task out with --tasks, or set a cap with --set")]
    [InlineData("If the file has other classes, set AnnotationFileOptions.ExpressionClasses.", "name them with --classes")]
    [InlineData("Read it again; a run that is resumed goes on after them.", "The same command with --resume goes on after them.")]
    [InlineData("Register it with ModelParts.WithHead.", "Use the application that the model was made with.")]
    public void The_remedy_is_an_option(string library, string console) => ConsoleAssembly.Words(library).Should().Contain(console);

    [Fact]
    public void Options_that_remedies_name_exist()
    {
        IReadOnlySet<string> options = ConsoleAssembly.Options();

        options.Should().Contain(["--prefix", "--out"]);
        LibraryMessages.All.SelectMany(message => OptionName().Matches(ConsoleAssembly.Words(message.Text)).Select(match => match.Value))
            .Distinct()
            .Where(name => name != "--tasks")
            .Should()
            .BeSubsetOf(options);
    }

    [Fact]
    public void A_remedy_names_options_that_the_command_has()
    {
        ILookup<string, string> options = ConsoleAssembly.Declarations().ToLookup(option => option.Command, option => option.Name);

        (from command in options
         let own = command.Concat(["--json", "--verbose"]).ToHashSet()
         from message in LibraryMessages.All
         where Reaches(message, command.Key)
         where OfGiven.All(given => own.Contains(given.Option) || !message.Text.Contains(given.Words, StringComparison.Ordinal))
         let words = ConsoleAssembly.Words(message.Text, own)
         from named in OptionOfCommand().Matches(words)
         where !own.Contains(named.Groups["option"].Value)
             && !options[named.Groups["command"].Value].Contains(named.Groups["option"].Value)
         select $"{command.Key}: {named.Groups["option"].Value} in \"{words}\" ({message.Place})").Should().BeEmpty();
    }

    [Theory]
    [InlineData("gather", "If the file has other classes, set AnnotationFileOptions.ExpressionClasses.", "#classes,NAME,NAME,...")]
    [InlineData(
        "ablate",
        "No row shows AU4. Add such rows, leave the task out, or set a cap for the weights.",
        "give annotations without its labels, or set a cap with --set.")]
    [InlineData("ablate", "It holds two. Say which with PretrainedOptions.Prefix.", "Give a file that holds one of them alone.")]
    [InlineData("gather", "Read it again; a run that is resumed goes on after them.", "Read it again.")]
    public void A_command_without_the_option_has_another_remedy(string command, string library, string console)
    {
        HashSet<string> options =
            [.. ConsoleAssembly.Declarations().Where(option => option.Command == command).Select(option => option.Name)];

        ConsoleAssembly.Words(library, options).Should().Contain(console);
    }

    [Fact]
    public void Control_characters_are_shown_and_not_acted_on()
    {
        (int exitCode, string line) = ConsoleAssembly.Failure(
            new AnnotationFormatException("a.txt", 3, null, "the name 'v\0\u001B[2J\u009B' is wrong\r\nin two", "lines."));

        exitCode.Should().Be(2);
        line.Should().Be("a.txt, line 3: the name 'v\\u0000\\u001B[2J\\u009B' is wrong in two lines.");
    }

    // Which commands do what leads to a message.
    private static bool Reaches(LibraryMessages.Message message, string command) => message switch
    {
        { Place: "RankRules.cs" or "RankChecks.cs" } or { Room: "Distributed" } => command == "train",
        { Exception: "ImageCacheException" } => command != "ablate" && Training.Contains(command),
        { Room: "Training" } or { Exception: "InsufficientLabelsException" } => Training.Contains(command),
        { Room: "Models" } => Training.Contains(command) || command is "inspect" or "convert",
        { Room: "Importing" } => command == "import",
        { Room: "Export" } => command == "export",
        _ => true,
    };

    private static Exception Make(Type type) =>
        type == typeof(ImageCacheException) ?
            new ImageCacheException([new(0, "a.jpg", "The image 'a.jpg' cannot be read: it is cut. Replace it.")], 2)
        :
            type == typeof(ImageDecodeException) ?
            new ImageDecodeException("a.jpg", "it is too large", "Make it smaller, or raise ImageDecoder.MaximumPixels if you trust it.")
        :
            (Exception)RuntimeHelpers.GetUninitializedObject(type);

    private static IEnumerable<string> CodeIn(string message) =>
        CodeName().Matches(message).Select(match => match.Value)
            .Where(name => !name.StartsWith("SsMfar.", StringComparison.Ordinal) || !name.EndsWith("Exception", StringComparison.Ordinal))
            .Where(name => !name.Contains('.', StringComparison.Ordinal) || Types.Contains(name.Split('.')[0]))
            .Union(CompoundName().Matches(message).Select(match => match.Value).Where(name => Types.Contains(name) && name != Term));

    [GeneratedRegex(
        @"\b(?:Use|With|Add)[A-Z]\w+|\bI[A-Z][a-z]\w+[A-Z]\w+|\b[A-Z][a-z]+[A-Z]\w*\.[A-Z]\w+|" +
        @"\b[A-Z]\w+(?:Options|Builder|Parts|Decoders)\b(?:\.\w+)?")]
    private static partial Regex CodeName();

    // Not behind a dot: the name of a file.
    [GeneratedRegex(@"(?<![\w.])[A-Z][a-z]+(?:[A-Z][a-z]*)+(?!\w|\.\w)")]
    private static partial Regex CompoundName();

    [GeneratedRegex(@"(?<![\w-])--[a-z][a-z-]+")]
    private static partial Regex OptionName();

    // With the word before, which is a command where the option is another's.
    [GeneratedRegex(@"(?<command>\w*) ?(?<![\w-])(?<option>--[a-z][a-z-]+)")]
    private static partial Regex OptionOfCommand();
}
