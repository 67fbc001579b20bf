using System.Globalization;
using System.Security.Cryptography;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.Shared;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Export;

/// <summary>
/// Writes a whole model as one ONNX file (opset 17): preprocessing, backbone, pooling, heads, softmax, sigmoid and clipping, with any
/// number of images a call. For each task there are two outputs: <c>TASK.raw</c>, [N, output width], what the head gives, and <c>TASK</c>,
/// of the same shape (<c>expression</c>: probabilities, at the model's temperature; <c>action_units</c>: probabilities;
/// <c>valence_arousal</c>: clipped to [-1, 1]; others as the head gives them) but for <c>action_unit_intensity</c>, [N, units]: intensities
/// from 0 to 5. The metadata hold <c>format</c> (<see cref="Format"/>), <c>format_version</c>, <c>input</c>, <c>precision</c>
/// (<c>float32</c>, <c>float16</c> or <c>int8</c>) and the two JSON documents of a model file, <c>architecture</c> and <c>metadata</c>,
/// with every name, threshold and setting: the file alone predicts.
/// </summary>
public static class OnnxExporter
{
    /// <summary>What the metadata entry <c>format</c> says.</summary>
    public const string Format = "ssmfar-onnx";

    /// <summary>The version of what the metadata hold.</summary>
    public const int FormatVersion = 1;

    // Protocol Buffers' own limit.
    private const long MaximumBytes = int.MaxValue;

    /// <summary>Writes a model file's model, on the CPU.</summary>
    /// <param name="modelPath">A model file (<see cref="ModelFile"/>).</param>
    /// <param name="onnxPath">The file to write; replaced when it exists.</param>
    /// <param name="parts">The built-in and the custom parts that the file names; the built-in ones when null.</param>
    /// <param name="options">How; the defaults when null.</param>
    /// <exception cref="ArgumentException">A path is empty, or both lead to the same file.</exception>
    /// <exception cref="ModelFileException">
    /// The model file is missing, damaged, no model, or newer than this library; or the ONNX file cannot be written.
    /// </exception>
    /// <exception cref="UnknownPartException">The file names a part that is not registered.</exception>
    /// <exception cref="OnnxExportException">
    /// A custom part is not <see cref="IOnnxExportable"/>, a task is called as the graph's input (<c>pixels</c>; normalised <c>images</c>),
    /// the file would exceed 2 GB, or the precision asked for cannot be had: int8 of a custom backbone, or without images to calibrate
    /// with, or with images that cannot be read.
    /// </exception>
    public static void Export(string modelPath, string onnxPath, ModelParts? parts = null, OnnxExportOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(modelPath);
        ArgumentException.ThrowIfNullOrEmpty(onnxPath);
        if (AtomicFile.Behind(Path.GetFullPath(onnxPath)) == AtomicFile.Behind(Path.GetFullPath(modelPath)))
        {
            throw new ArgumentException(
                $"'{onnxPath}' is the model file itself, and would replace it. Name another file.", nameof(onnxPath));
        }

        TorchRuntime.Initialize();
        using LoadedModel loaded = ModelFile.Load(modelPath, parts);
        Export(loaded.Model, loaded.Metadata, onnxPath, options);
    }

    /// <summary>
    /// Writes a model aside, flushes it to the disk and renames: the path holds what it held before, or the whole new file.
    /// </summary>
    /// <param name="model">The model, on any device and in either mode; it stays as it is. Dropout does not take part.</param>
    /// <param name="metadata">What the file says besides.</param>
    /// <param name="onnxPath">The file; replaced when it exists. Its folder must exist.</param>
    /// <param name="options">How; the defaults when null.</param>
    /// <exception cref="ArgumentException">
    /// The metadata hold a value that cannot be used, or contradict themselves or the model.
    /// </exception>
    /// <exception cref="OnnxExportException">
    /// A custom part is not <see cref="IOnnxExportable"/>, a task is called as the graph's input (<c>pixels</c>; normalised <c>images</c>),
    /// the file would exceed 2 GB, or the precision asked for cannot be had: int8 of a custom backbone, or without images to calibrate
    /// with, or with images that cannot be read.
    /// </exception>
    /// <exception cref="ModelFileException">The file cannot be written.</exception>
    public static void Export(MultiTaskModel model, ModelMetadata metadata, string onnxPath, OnnxExportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        model.ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(metadata);
        ArgumentException.ThrowIfNullOrEmpty(onnxPath);
        HeadShapes.CheckOutputs(model, metadata);
        ModelFile.CheckDescription(model.Architecture, metadata);
        options ??= new();
        PrecisionSteps.Require(model, options);
        RequireWritable(onnxPath);
        ProtobufMessage message;
        using (torch.no_grad())
        using (torch.NewDisposeScope())
        {
            ModelGraph graph = MultiTaskGraph.Create(model, metadata, options.Input);
            PrecisionSteps.Apply(graph, metadata, options);
            message = Model(graph.Graph, model.Architecture, metadata, options);
        }

        CheckSize(message.Length);
        try
        {
            AtomicFile.Write(onnxPath, message.WriteTo, message.Length, aside => Prove(aside, onnxPath, message));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw CannotBeWritten(onnxPath, e);
        }
    }

    // Ahead of images that are calibrated with, which may be many, and of streams that are read once.
    private static void RequireWritable(string path)
    {
        try
        {
            string file = AtomicFile.Behind(Path.GetFullPath(path));
            if (!AtomicFile.IsDevice(file))
            {
                AtomicFile.Probe(Path.GetDirectoryName(file) ?? file);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw CannotBeWritten(path, e);
        }
    }

    private static ModelFileException CannotBeWritten(string path, Exception e) => new(
        path, null, $"it cannot be written: {e.Message.TrimEnd('.')}", "Check that the folder exists, is writable and has room; what was " +
            "there is untouched", e);

    // Read back, byte for byte.
    internal static void Prove(string aside, string path, ProtobufMessage message)
    {
        using SHA256 expected = SHA256.Create();
        using (var hashing = new CryptoStream(Stream.Null, expected, CryptoStreamMode.Write))
        {
            message.WriteTo(hashing);
        }

        using FileStream written = File.OpenRead(aside);
        if (!SHA256.HashData(written).AsSpan().SequenceEqual(expected.Hash))
        {
            throw new ModelFileException(
                path, null, "it was written, but reads back otherwise", "What was there is untouched; check the disk, and export again");
        }
    }

    internal static void CheckSize(long bytes)
    {
        if (bytes > MaximumBytes)
        {
            throw new OnnxExportException(
                string.Create(
                    CultureInfo.InvariantCulture, $"The model would take {bytes} bytes; an ONNX file holds at most {MaximumBytes}."),
                "Use a smaller backbone.");
        }
    }

    private static ProtobufMessage Model(OnnxGraph graph, ModelArchitecture architecture, ModelMetadata metadata, OnnxExportOptions options)
    {
        ModelMetadata complete = metadata with { LibraryVersion = ModelFile.LibraryVersion() };
        ProtobufMessage operators = new ProtobufMessage()
            .Add(OnnxSchema.OperatorSetId.Domain, "").Add(OnnxSchema.OperatorSetId.Version, OnnxSchema.OperatorSet);
        ProtobufMessage model = new ProtobufMessage()
            .Add(OnnxSchema.Model.IrVersion, OnnxSchema.IrVersion)
            .Add(OnnxSchema.Model.OperatorSets, operators)
            .Add(OnnxSchema.Model.ProducerName, "SsMfar")
            .Add(OnnxSchema.Model.ProducerVersion, complete.LibraryVersion!)
            .Add(OnnxSchema.Model.DocString, "Reads expression, valence and arousal, and action units from a cropped face.");
        (string Key, string Value)[] properties =
        [
            (FormatStamp.FormatKey, Format),
            (FormatStamp.VersionKey, FormatVersion.ToString(CultureInfo.InvariantCulture)),
            ("input", MultiTaskGraph.NameOf(options.Input)),
            ("precision", PrecisionSteps.NameOf(options.Precision)),
            ("architecture", architecture.ToJson()),
            ("metadata", complete.ToJson()),
        ];
        foreach ((string key, string value) in properties)
        {
            model.Add(OnnxSchema.Model.MetadataProperties, new ProtobufMessage()
                .Add(OnnxSchema.MetadataProperty.Key, key).Add(OnnxSchema.MetadataProperty.Value, value));
        }

        return model.Add(OnnxSchema.Model.Graph, graph.ToMessage("ssmfar"));
    }
}
