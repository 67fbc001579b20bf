using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using SsMfar.Imaging;
using SsMfar.Shared;
using SsMfar.Weights;
using ModelMetadata = SsMfar.Metadata.ModelMetadata;

namespace SsMfar.Onnx;

/// <summary>What an exported file says of itself.</summary>
/// <param name="Metadata">Input, classes, decoders.</param>
/// <param name="InputName">The input: <c>pixels</c> or <c>images</c>.</param>
/// <param name="Tasks">The tasks, in the file's order.</param>
/// <param name="OutputNames">For each task, the output that holds what its head gives.</param>
/// <param name="Widths">For each task, the number of outputs an image.</param>
internal sealed record OnnxModelDescription(
    ModelMetadata Metadata, string InputName, ImmutableArray<string> Tasks, ImmutableArray<string> OutputNames, ImmutableArray<int> Widths)
{
    private const string MetadataKey = "metadata";
    private const string Pixels = "pixels";
    private const string Images = "images";
    private const string RawSuffix = ".raw";
    private const string DamagedRemedy = "The file is damaged or was not exported by this library; export or download it again";

    private static readonly FormatStamp Stamp = new(
        "ssmfar-onnx", 1, "ONNX model of SsMfar", "Give a file written by SsMfar.Export.OnnxExporter");

    /// <summary>Gets whether the input is uint8 pixels, else normalised float32 images.</summary>
    public bool TakesPixels => InputName == Pixels;

    /// <exception cref="ModelFileException">The model was not exported by SsMfar, or is newer, or damaged.</exception>
    public static OnnxModelDescription Read(string file, InferenceSession session)
    {
        IReadOnlyDictionary<string, string> properties = Properties(file, session);
        if (Stamp.FaultOf(properties) is { } fault)
        {
            throw new ModelFileException(file, fault.Key, fault.Problem, fault.Remedy);
        }

        ModelMetadata metadata = ReadMetadata(file, properties);
        string input = session.InputNames is [Pixels or Images] ? session.InputNames[0]
            : throw new ModelFileException(
                file,
                null,
                $"its inputs are {string.Join(", ", session.InputNames)}, not {Pixels} or {Images}",
                DamagedRemedy);
        CheckType(file, input, session.InputMetadata[input], input == Pixels ? TensorElementType.UInt8 : TensorElementType.Float);
        CheckShape(file, input, ShapeOf(session.InputMetadata[input]), metadata.Input);
        ImmutableArray<string> outputs = [.. session.OutputNames.Where(name => name.EndsWith(RawSuffix, StringComparison.Ordinal))];
        ImmutableArray<int> widths = [.. outputs.Select(
            name => ShapeOf(session.OutputMetadata[name]) is [_, > 0 and var width] ? width : 0)];
        if (outputs.IsEmpty || widths.Contains(0))
        {
            throw new ModelFileException(
                file,
                null,
                $"its outputs are {string.Join(", ", session.OutputNames)}, none of them TASK{RawSuffix}",
                DamagedRemedy);
        }

        foreach (string output in outputs)
        {
            CheckType(file, output, session.OutputMetadata[output], TensorElementType.Float);
        }

        ImmutableArray<string> tasks = [.. outputs.Select(name => name[..^RawSuffix.Length])];
        CheckWidths(file, metadata, tasks, widths);
        return new(metadata, input, tasks, outputs, widths);
    }

    private static Dictionary<string, string> Properties(string file, InferenceSession session)
    {
        try
        {
            return session.ModelMetadata.CustomMetadataMap;
        }
        catch (NullReferenceException e)
        {
            // ONNX Runtime's own, where it does not find a value by its key again, such as one with a NUL in it.
            throw new ModelFileException(file, null, "the names of its metadata cannot be read", DamagedRemedy, e);
        }
    }

    // Only a tensor has one: what else an ONNX file may have as input or output, a sequence or a map, has none.
    private static int[] ShapeOf(NodeMetadata node) => node.IsTensor ? node.Dimensions : [];

    private static void CheckWidths(string file, ModelMetadata metadata, ImmutableArray<string> tasks, ImmutableArray<int> widths)
    {
        try
        {
            foreach ((string task, int width) in tasks.Zip(widths))
            {
                metadata.ValidateOutputs(task, width);
            }
        }
        catch (ArgumentException e)
        {
            throw new ModelFileException(file, MetadataKey, e.Message.TrimEnd('.'), DamagedRemedy, e);
        }
    }

    private static ModelMetadata ReadMetadata(string file, IReadOnlyDictionary<string, string> properties)
    {
        if (!properties.TryGetValue(MetadataKey, out string? json))
        {
            throw new ModelFileException(file, MetadataKey, "the file's metadata lack it", DamagedRemedy);
        }

        try
        {
            ModelMetadata metadata = ModelMetadata.FromJson(json);
            metadata.Validate();
            return metadata;
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw new ModelFileException(file, MetadataKey, $"it cannot be understood: {e.Message.TrimEnd('.')}", DamagedRemedy, e);
        }
    }

    // What other tools make of an exported file may have any type: float16 at its ends is usual.
    private static void CheckType(string file, string name, NodeMetadata node, TensorElementType expected)
    {
        if (node.IsTensor && node.ElementDataType != expected)
        {
            throw new ModelFileException(
                file, name, $"its elements are {node.ElementDataType}, but {expected} is read", "Where another tool converted the file, " +
                    "have it keep the types of inputs and outputs; for float16 within, export with the precision float16");
        }
    }

    private static void CheckShape(string file, string input, int[] dimensions, ImagePreprocessing size)
    {
        int[] expected = input == Pixels ? [-1, size.Height, size.Width, 3] : [-1, 3, size.Height, size.Width];
        if (!dimensions.SequenceEqual(expected))
        {
            throw new ModelFileException(
                file, input, $"its shape is [{string.Join(", ", dimensions)}], but the metadata's input says " +
                    $"[{string.Join(", ", expected)}]", DamagedRemedy);
        }
    }
}
