using System.Text.RegularExpressions;

namespace SsMfar.ConsoleApp.Shell;

/// <summary>
/// Puts the console's options where the library's messages name its types and members, which whoever types a command has never seen.
/// </summary>
internal static partial class ConsoleWords
{
    private const string MissingWeights = "Build or publish this program again, or start from scratch with --weights none";

    private static readonly (string Library, string Console)[] Words =
    [
        (", or set AnnotationFileOptions.AllowRepeatedImages", ""),
        ("set AnnotationFileOptions.ExpressionClasses", "name them with --classes (evaluate, predict and tune take the model's)"),
        ("TableDescription.ExpressionClasses", "--classes"),
        ("TableDescription.UnknownMarks", "--unknown"),
        ("Name the columns that have it with TableDescription.ColumnUnknownMarks",
            "Name the columns that have it, as --unknown expression=-1"),
        ("TableDescription.Ranges", "--range"),
        ("TableDescription.ImagePrefix", "--strip"),
        ("TableDescription.Encoding", "--encoding"),
        ("Give a table of class names with a line", "Give with --class-names a table with a line"),
        ("Name one of these, or the delimiter", "Name one of these in --map, or give --delimiter"),
        ("or name another delimiter", "or give another --delimiter"),
        ("Name the folder that names are relative to, or correct them", "Give what they are relative to with --data, or correct them"),
        ("Write the file with PredictionTable.Save, or predict --probabilities", "Write the file with predict --probabilities"),
        (", or raise ImageDecoder.MaximumPixels if you trust it", ""),
        ("leave the task out, or set a cap for the weights", "leave the task out with --tasks, or set a cap with --set"),
        ("or set a cap for the weights", "or set a cap with --set"),
        ("To train without them, set ImageFailurePolicy.Skip", "To train without them, give --on-bad-image skip"),
        ("Say which with PretrainedOptions.Prefix", "Say which with --prefix"),
        ("Leave PretrainedOptions.Prefix out", "Leave --prefix out"),
        ("Say it with a PretrainedInput", "Give the file that it was exported from"),
        ("or the prefix of its names", "or the prefix of its names with --prefix"),
        ("or check the prefix", "or check --prefix"),
        (", or set PretrainedOptions.AllowPartial", ""),
        (" or allow a partial load with PretrainedOptions.AllowPartial", ""),
        ("Load the weights of a backbone alone with PretrainedWeights.FromFile", "Give the weights of a backbone alone to train --weights"),
        ("Give a file written by ModelFile.Save; bare weights are read by PretrainedWeights", "Give a model that train or convert " +
            "wrote; bare weights go to train --weights"),
        ("Restate the course, for the epochs that are left, with Schedule.Kind", "Restate the course, for the epochs that are left, with " +
            "--set Schedule.Kind=Constant or the like"),
        ("start a new run from the model with UseStartModel", "start a new run from the model with --start-from"),
        ("or resume with Epochs as they were", "or resume with --epochs as they were"),
        ("A run that is begun with Schedule.Epochs", "A run that is begun with --set Schedule.Epochs=N"),
        ("Epochs that are left to run", "more --epochs"),
        ("Choose the backbone of the model, or another model to start from", "Leave --backbone out, or give another --start-from"),
        ("leave UseStartModel or the weights out", "leave --start-from or --weights out"),
        ("to UseBackbone, or start from another model", "with --backbone, or give another --start-from"),
        ("Use PretrainedWeights.FromFile, which takes all formats", "Give the file to train --weights, which takes all formats"),
        ("give them to UseBackbone", "give them with --weights"),
        ("Reference the package SsMfar.Pretrained in the application's project, and keep the folder SsMfar.Pretrained of its output " +
            "beside it", MissingWeights),
        ("Build or publish the application again, or put the package's file in its place", MissingWeights),
        ("leave the backbone out, or choose another variant", "leave --backbone out, or choose another --variant"),
        ("; others are added with AddTask", ""),
        ("Lower the learning rate, or set GradientClipNorm", "Lower --learning-rate, or give --set GradientClipNorm=1"),
        ("leave the policy out, or add the task to UseTasks", "add the task with --tasks"),
        ("Lower the learning rate, set GradientClipNorm, or check a custom loss for empty masks", "Lower --learning-rate, or give " +
            "--set GradientClipNorm=1"),
        ("leave UseProcessGroup out, which such short runs do not need, or set FrozenFeatures.Enabled to false",
            "start it without mpirun, which such short runs do not need, or leave --frozen out"),
        ("See what holds the other ranks up, or wait longer", "See what holds the other ranks up, or raise --rank-wait"),
        ("call UseProcessGroup", "start it with mpirun"),
        ("BatchSize is ", "--batch-size is "),
        ("Raise BatchSize, add rows", "Raise --batch-size, add rows"),
        ("Distributed.SynchronizeBatchNorm is true", "--set Distributed.SynchronizeBatchNorm=true was given"),
        ("set it to false, or choose a built-in backbone", "leave it out, or choose a built-in --backbone"),
        ("or set Distributed.CheckWeights to false", "or give --set Distributed.CheckWeights=false"),
        ("Precision is BFloat16", "--precision is bfloat16"),
        ("Precision is TensorFloat32", "--precision is tensorfloat32"),
        ("Choose Auto or Full, or implement IComputePrecision", "Choose --precision auto or full"),
        ("Choose Auto or Full", "Choose --precision auto or full"),
        ("Register it: ModelParts.WithDecoder<T>() where a model file is loaded, TaskDecoders.With<T>() elsewhere",
            "Use the application that the model was made with"),
        ("Save it with one in ModelMetadata.Decoders", "Use the application that the model was made with"),
        ("was trained on with Calibration.Faces", "was trained on with --calibrate"),
        ("Leave Calibration.Faces out, or set Precision to Int8", "Leave --calibrate out, or give --precision int8"),
        ("Set Precision to Float16 or Float32", "Give --precision float16 or float32"),
        ("or the graph its other input by OnnxExportOptions.Input", "or the graph its other input: with --normalized-input, or without it"),
        ("Begin anew without resuming", "Leave --resume out"),
        ("Read it again; a run that is resumed goes on after them", "The same command with --resume goes on after them"),
        (" TorchRuntimeOptions.LibTorchDirectory or", ""),
        (" or TorchRuntimeOptions.LibTorchDirectory", ""),
        (" (TorchRuntimeOptions.UseMemoryFile, CacheDirectory)", ""),
    ];

    /// <summary>The library's message in the console's words.</summary>
    public static string Of(string message)
    {
        foreach ((string library, string console) in Words)
        {
            message = message.Replace(library, console, StringComparison.Ordinal);
        }

        return Parameter().Replace(Registration().Replace(message, "Use the application that the model was made with"), "");
    }

    [GeneratedRegex(@"Register it with ModelParts\.[^.\s]+")]
    private static partial Regex Registration();

    // What .NET adds to the message of an argument's exception; a shell has no parameters.
    [GeneratedRegex(@" \(Parameter '[^']+'\)$")]
    private static partial Regex Parameter();
}
