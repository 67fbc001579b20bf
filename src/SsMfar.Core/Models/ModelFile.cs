using System.Reflection;
using System.Text.Json;
using SsMfar.Metadata;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Shared;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Models;

/// <summary>
/// Model files: safetensors whose text entries say everything needed to predict, in .NET or Python: <c>format</c> (ssmfar-model),
/// <c>format_version</c>, and two JSON documents, <c>architecture</c> (<see cref="ModelArchitecture"/>) and <c>metadata</c>
/// (<see cref="ModelMetadata"/>), in camel case.
/// </summary>
public static partial class ModelFile
{
    /// <summary>What the text entry <c>format</c> of a model file says.</summary>
    public const string Format = "ssmfar-model";

    /// <summary>The version of the format that this library writes; it reads this one and refuses newer ones.</summary>
    internal const int FormatVersion = 1;

    private const string ArchitectureKey = "architecture";
    private const string MetadataKey = "metadata";
    private const string DamagedRemedy = "The file is damaged or was not written by this library; save or download it again";

    private static readonly FormatStamp Stamp = new(
        Format, FormatVersion, "model file",
        $"Give a file written by {nameof(ModelFile)}.{nameof(Save)}; bare weights are read by {nameof(PretrainedWeights)}");

    /// <summary>Saves a model, whole or not at all (<see cref="SafetensorsWriter.Write"/>), and reads the file back.</summary>
    /// <param name="path">The file; replaced when it exists.</param>
    /// <param name="model">The model, on any device.</param>
    /// <param name="metadata">What else the file says.</param>
    /// <exception cref="ArgumentException">
    /// The metadata hold a value that cannot be used, or contradict themselves or the model; or a built-in head takes other features than
    /// the backbone gives.
    /// </exception>
    /// <exception cref="ModelFileException">The file cannot be written, or reads back otherwise than it was written.</exception>
    public static void Save(string path, MultiTaskModel model, ModelMetadata metadata)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(metadata);
        model.ThrowIfDisposed();
        metadata.Validate();
        HeadShapes.CheckOutputs(model, metadata);
        try
        {
            HeadShapes.CheckInputs(model, ModelParts.BuiltIn);
        }
        catch (FormatException misfit)
        {
            throw new ArgumentException($"{misfit.Message} Make the head for the backbone's features.", nameof(model), misfit);
        }

        Save(path, model.Architecture, model.state_dict(), metadata);
    }

    /// <summary>Saves weights that are kept beside a model, such as their moving average, and reads the file back.</summary>
    /// <param name="path">The file; replaced when it exists.</param>
    /// <param name="architecture">What the weights belong to.</param>
    /// <param name="state">Every parameter and buffer by the name that it has in the model, on any device.</param>
    /// <param name="metadata">What else the file says.</param>
    /// <exception cref="ArgumentException">
    /// The metadata hold a value that cannot be used, or contradict themselves or the model.
    /// </exception>
    /// <exception cref="ModelFileException">The file cannot be written, or reads back otherwise than it was written.</exception>
    internal static void Save(
        string path, ModelArchitecture architecture, IReadOnlyDictionary<string, torch.Tensor> state, ModelMetadata metadata)
    {
        ArgumentNullException.ThrowIfNull(architecture);
        ArgumentNullException.ThrowIfNull(metadata);
        CheckDescription(architecture, metadata);
        var complete = metadata with { LibraryVersion = LibraryVersion() };
        Dictionary<string, string> texts = new(Stamp.ToEntries())
        {
            [ArchitectureKey] = architecture.ToJson(),
            [MetadataKey] = complete.ToJson(),
        };
        ProvenFile.Write(path, state, texts, reader => ReadDescription(reader));
    }

    /// <summary>Checks what a file would say of a model, before there is one to save.</summary>
    /// <exception cref="ArgumentException">
    /// The metadata hold a value that cannot be used, or contradict themselves or the model.
    /// </exception>
    internal static void CheckDescription(ModelArchitecture architecture, ModelMetadata metadata)
    {
        metadata.Validate();
        HeadShapes.CheckOutputs(architecture, metadata, ModelParts.BuiltIn);
        RequireReadable(architecture.ToJson(), json => ModelArchitecture.FromJson(json).ToJson(), nameof(architecture));
        RequireReadable(metadata.ToJson(), json => ModelMetadata.FromJson(json).ToJson(), nameof(metadata));
    }

    /// <summary>Loads a model; the caller disposes it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="parts">The known parts; null for the built-in ones.</param>
    /// <exception cref="ModelFileException">The file is damaged, no model file, or of a newer format version.</exception>
    /// <exception cref="UnknownPartException">The model has a part that nobody registered; the message lists those that are.</exception>
    /// <exception cref="TorchRuntimeException">libtorch cannot be loaded.</exception>
    public static LoadedModel Load(string path, ModelParts? parts = null)
    {
        parts ??= ModelParts.BuiltIn;
        using var reader = OpenFile(path);
        var (architecture, metadata) = ReadDescription(reader);
        HeadShapes.Check(reader, architecture, parts);
        CheckHeads(reader, () => HeadShapes.CheckOutputs(architecture, metadata, parts));
        var model = Create(path, architecture, parts);
        try
        {
            CheckHeads(reader, () => HeadShapes.CheckOutputs(model, metadata));
            CheckHeads(reader, () => HeadShapes.CheckOutputs(model, metadata, parts.Decoders));
            CheckHeads(reader, () => HeadShapes.CheckInputs(model, parts));
            StateReader.ReadAll(reader, model.state_dict());
            model.eval();
            return new LoadedModel(model, metadata);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Reads what a model file says about its model, without the weights.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ModelFileException">The file is damaged, no model file, or of a newer format version.</exception>
    public static (ModelArchitecture Architecture, ModelMetadata Metadata) ReadDescription(string path)
    {
        using var reader = OpenFile(path);
        return ReadDescription(reader);
    }

    private static SafetensorsReader OpenFile(string path)
    {
        FileBytes file = FileBytes.Open(path);
        try
        {
            FileSignature.RequireModel(file);
            return SafetensorsReader.Open(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Whether a file says that it is a model file, of whatever version.</summary>
    internal static bool IsModel(SafetensorsReader reader) => Stamp.FaultOf(reader.Metadata) is not { IsOtherFormat: true };

    /// <summary>Reads what a model file that is open says about its model.</summary>
    /// <exception cref="ModelFileException">The file is damaged, no model file, or of a newer format version.</exception>
    internal static (ModelArchitecture Architecture, ModelMetadata Metadata) ReadDescription(SafetensorsReader reader)
    {
        CheckFormat(reader);
        var architecture = ReadDocument(reader, ArchitectureKey, ModelArchitecture.FromJson);
        var metadata = ReadDocument(reader, MetadataKey, ModelMetadata.FromJson);
        try
        {
            metadata.Validate();
        }
        catch (ArgumentException e)
        {
            throw new ModelFileException(reader.Path, MetadataKey, e.Message.TrimEnd('.'), DamagedRemedy, e);
        }

        return (architecture, metadata);
    }

    // What is read of what is written must be what was meant, or a later load fails or finds something else.
    private static void RequireReadable(string json, Func<string, string> readAndWrite, string name)
    {
        try
        {
            if (readAndWrite(json) == json)
            {
                return;
            }
        }
        catch (JsonException e)
        {
            throw new ArgumentException($"The {name} cannot be read back once written: {e.Message}", name, e);
        }

        throw new ArgumentException($"The {name} would read back otherwise than they are.", name);
    }

    // What a file says of its heads is the file's fault: the architecture's where a setting is wrong, else the metadata's.
    private static void CheckHeads(SafetensorsReader reader, Action check)
    {
        try
        {
            check();
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            string key = e is FormatException ? ArchitectureKey : MetadataKey;
            throw new ModelFileException(reader.Path, key, e.Message.TrimEnd('.'), DamagedRemedy, e);
        }
    }

    private static void CheckFormat(SafetensorsReader reader)
    {
        if (Stamp.FaultOf(reader.Metadata) is { } fault)
        {
            throw new ModelFileException(reader.Path, fault.Key, fault.Problem, fault.Remedy)
            {
                Kind = fault.IsOtherFormat ? WeightFileKind.Safetensors : null,
            };
        }
    }

    private static T ReadDocument<T>(SafetensorsReader reader, string key, Func<string, T> read)
    {
        if (!reader.Metadata.TryGetValue(key, out string? json))
        {
            throw new ModelFileException(reader.Path, key, "the file's metadata lack it", DamagedRemedy);
        }

        try
        {
            return read(json);
        }
        catch (JsonException e)
        {
            throw new ModelFileException(reader.Path, key, $"it cannot be understood: {e.Message.TrimEnd('.')}", DamagedRemedy, e);
        }
    }

    private static MultiTaskModel Create(string path, ModelArchitecture architecture, ModelParts parts)
    {
        try
        {
            return parts.CreateModel(architecture, RandomKey.OfNoValues);
        }
        catch (UnknownPartException e)
        {
            throw new UnknownPartException($"{path}: {e.Message[..^(e.Remedy!.Length + 1)]}", e.Remedy, e);
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            throw new ModelFileException(path, ArchitectureKey, $"its model cannot be built: {e.Message.TrimEnd('.')}", DamagedRemedy, e);
        }
    }

    internal static string LibraryVersion() =>
        typeof(ModelFile).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
        ?? typeof(ModelFile).Assembly.GetName().Version!.ToString();
}
