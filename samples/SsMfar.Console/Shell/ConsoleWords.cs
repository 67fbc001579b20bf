using System.Text.RegularExpressions;

namespace SsMfar.ConsoleApp.Shell;

/// <summary>
/// Puts the console's options where the library's messages name its types and members, which whoever types a command has never seen.
/// </summary>
internal static partial class ConsoleWords
{
    private const string LowerRate = "Lower --learning-rate, or give --set GradientClipNorm=1";
    private const string TrainLower = "train --learning-rate N learns at a lower rate";
    private const string MissingWeights = "Build or publish this program again, or start from scratch with --weights none";

    private static readonly Phrase[] Words =
    [
        new(", or set AnnotationFileOptions.AllowRepeatedImages", ""),
        new("set AnnotationFileOptions.ExpressionClasses", "name them with --classes",
            Otherwise: "name them on a line #classes,NAME,NAME,... above the header"),
        new("TableDescription.ExpressionClasses", "--classes"),
        new("TableDescription.UnknownMarks", "--unknown"),
        new("Name the columns that have it with TableDescription.ColumnUnknownMarks",
            "Name the columns that have it, as --unknown expression=-1"),
        new("TableDescription.Ranges", "--range"),
        new("TableDescription.ImagePrefix", "--strip"),
        new("TableDescription.Encoding", "--encoding"),
        new("Give a table of class names with a line", "Give with --class-names a table with a line"),
        new("Name one of these, or the delimiter", "Name one of these in --map, or give --delimiter"),
        new("or name another delimiter", "or give another --delimiter"),
        new("Name the folder that names are relative to, or correct them", "Give what they are relative to with --data, or correct them"),
        new("Write the file with PredictionTable.Save, or predict --probabilities", "Write the file with predict --probabilities"),
        new(", or raise ImageDecoder.MaximumPixels if you trust it", ""),
        new("leave the task out, or set a cap for the weights", "leave the task out with --tasks, or set a cap with --set",
            Otherwise: "give annotations without its labels, or set a cap with --set"),
        new("or set a cap for the weights", "or set a cap with --set"),
        new("To train without them, set ImageFailurePolicy.Skip", "To train without them, give --on-bad-image skip"),
        new("Say which with PretrainedOptions.Prefix", "Say which with --prefix",
            Otherwise: "Give a file that holds one of them alone"),
        new("Leave PretrainedOptions.Prefix out", "Leave --prefix out"),
        new("Say it with a PretrainedInput", "Give the file that it was exported from"),
        new(", or the prefix of its names", ", or the prefix of its names with --prefix", Otherwise: ""),
        new(", or check the prefix", ", or check --prefix", Otherwise: ""),
        new(", or set PretrainedOptions.AllowPartial", ""),
        new(" or allow a partial load with PretrainedOptions.AllowPartial", ""),
        new("Load the weights of a backbone alone with PretrainedWeights.FromFile",
            "Give the weights of a backbone alone to train --weights"),
        new("Give a file written by ModelFile.Save; bare weights are read by PretrainedWeights", "Give a model that train or convert " +
            "wrote; bare weights go to train --weights"),
        new("Restate the course, for the epochs that are left, by Schedule.Epochs",
            "Restate the course, for the epochs that are left, by --set Schedule.Epochs"),
        new("or with another Schedule.Kind;", "or with another --set Schedule.Kind;"),
        new("start a new run from the model with UseStartModel", "start a new run from the model with --start-from",
            Otherwise: "start a new run"),
        new("or resume with Epochs as they were", "or resume with --epochs as they were"),
        new("A run that is begun with Schedule.Epochs", "A run that is begun with --set Schedule.Epochs=N"),
        new("Epochs that are left to run", "more --epochs"),
        new("Choose the backbone of the model, or another model to start from", "Leave --backbone out, or give another --start-from"),
        new("leave UseStartModel or the weights out", "leave --start-from or --weights out"),
        new("to UseBackbone, or start from another model", "with --backbone, or give another --start-from"),
        new("Use PretrainedWeights.FromFile, which takes all formats", "Give the file to train --weights, which takes all formats"),
        new("give them to UseBackbone", "give them with --weights"),
        new("Reference the package SsMfar.Pretrained in the application's project, and keep the folder SsMfar.Pretrained of its output " +
            "beside it", MissingWeights),
        new("Build or publish the application again, or put the package's file in its place", MissingWeights),
        new("leave the backbone out, or choose another variant", "leave --backbone out, or choose another --variant",
            Otherwise: "choose other --variants"),
        new("; others are added with AddTask", ""),
        new("Lower the learning rate, or set GradientClipNorm", LowerRate,
            Otherwise: TrainLower),
        new("leave the policy out, or add the task to UseTasks", "add the task with --tasks",
            Otherwise: "give annotations with labels of the task"),
        new("Lower the learning rate, set GradientClipNorm, or check a custom loss for empty masks", LowerRate,
            Otherwise: TrainLower),
        new("leave UseProcessGroup out, which such short runs do not need, or set FrozenFeatures.Enabled to false",
            "start it without mpirun, which such short runs do not need, or leave --frozen out"),
        new("See what holds the other ranks up, or wait longer", "See what holds the other ranks up, or raise --rank-wait"),
        new("call UseProcessGroup", "start it with mpirun"),
        new("BatchSize is ", "--batch-size is "),
        new("Raise BatchSize, add rows", "Raise --batch-size, add rows"),
        new("Distributed.SynchronizeBatchNorm is true", "--set Distributed.SynchronizeBatchNorm=true was given"),
        new("set it to false, or choose a built-in backbone", "leave it out, or choose a built-in --backbone",
            Otherwise: "leave it out"),
        new("or set Distributed.CheckWeights to false", "or give --set Distributed.CheckWeights=false"),
        new("Precision is BFloat16", "--precision is bfloat16"),
        new("Precision is TensorFloat32", "--precision is tensorfloat32"),
        new("Choose Auto or Full, or implement IComputePrecision", "Choose --precision auto or full"),
        new("Choose Auto or Full", "Choose --precision auto or full"),
        new("Register it: ModelParts.WithDecoder<T>() where a model file is loaded, TaskDecoders.With<T>() elsewhere",
            "Use the application that the model was made with"),
        new("Save it with one in ModelMetadata.Decoders", "Use the application that the model was made with"),
        new("was trained on with Calibration.Faces", "was trained on with --calibrate"),
        new("Leave Calibration.Faces out, or set Precision to Int8", "Leave --calibrate out, or give --precision int8"),
        new("Set Precision to Float16 or Float32", "Give --precision float16 or float32"),
        new("or the graph its other input by OnnxExportOptions.Input",
            "or the graph its other input: with --normalized-input, or without it"),
        new("Begin anew without resuming", "Leave --resume out", Otherwise: "Begin anew"),
        new("Read it again; a run that is resumed goes on after them", "The same command with --resume goes on after them",
            Otherwise: "Read it again"),
        new(" TorchRuntimeOptions.LibTorchDirectory or", ""),
        new(" or TorchRuntimeOptions.LibTorchDirectory", ""),
        new(" (TorchRuntimeOptions.UseMemoryFile, CacheDirectory)", ""),
    ];

    /// <summary>Gets or sets the options that the command takes, which alone remedies name; null while it is not known.</summary>
    public static IReadOnlySet<string>? Options { get; set; }

    /// <summary>The library's message in the console's words.</summary>
    public static string Of(string message) => Of(message, Options);

    /// <summary>The library's message in the words of a command with some options; null: with all.</summary>
    public static string Of(string message, IReadOnlySet<string>? options)
    {
        foreach (Phrase phrase in Words)
        {
            string console = phrase.Otherwise is { } otherwise && !Has(options, phrase.Console) ? otherwise : phrase.Console;
            message = message.Replace(phrase.Library, console, StringComparison.Ordinal);
        }

        return Parameter().Replace(Registration().Replace(message, "Use the application that the model was made with"), "");
    }

    /// <summary>A remedy, or another where the command lacks an option that the first one names.</summary>
    public static string Remedy(string remedy, string otherwise) => Has(Options, remedy) ? remedy : otherwise;

    private static bool Has(IReadOnlySet<string>? options, string remedy) =>
        options is null || OptionName().Matches(remedy).All(option => options.Contains(option.Value));

    [GeneratedRegex("--[a-z][a-z-]+")]
    private static partial Regex OptionName();

    [GeneratedRegex(@"Register it with ModelParts\.[^.\s]+")]
    private static partial Regex Registration();

    // What .NET adds to the message of an argument's exception; a shell has no parameters.
    [GeneratedRegex(@" \(Parameter '[^']+'\)$")]
    private static partial Regex Parameter();

    /// <summary>Words of the library, the console's for them, and what a command says that lacks an option in these.</summary>
    private sealed record Phrase(string Library, string Console, string? Otherwise = null);
}
