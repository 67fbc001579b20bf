using SsMfar.Metadata;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Models;

public static partial class ModelFile
{
    /// <summary>
    /// Copies a model file with other metadata, such as tuned thresholds. Its weights are copied as they are; custom parts need not
    /// be registered.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="output">The file to make or replace, whole or not at all; may be <paramref name="path"/>.</param>
    /// <param name="change">Makes the new metadata of the old.</param>
    /// <exception cref="ArgumentException">
    /// The new metadata hold a value that cannot be used, or contradict themselves or the model.
    /// </exception>
    /// <exception cref="ModelFileException">
    /// The file cannot be read, is damaged or no model file, or the other cannot be written.
    /// </exception>
    public static void ChangeMetadata(string path, string output, Func<ModelMetadata, ModelMetadata> change)
    {
        ArgumentException.ThrowIfNullOrEmpty(output);
        ArgumentNullException.ThrowIfNull(change);
        using DisposeScope scope = torch.NewDisposeScope();
        var (texts, tensors) = ReadWhole(path, change);
        ProvenFile.Write(output, tensors, texts, reader => ReadDescription(reader));
    }

    // The file is closed again before one is written, perhaps over it.
    private static (Dictionary<string, string> Texts, List<KeyValuePair<string, torch.Tensor>> Tensors) ReadWhole(
        string path, Func<ModelMetadata, ModelMetadata> change)
    {
        using var reader = OpenFile(path);
        if (reader.Unsupported.OrderBy(entry => entry.Key, StringComparer.Ordinal).FirstOrDefault() is { Key: { } name, Value: { } type })
        {
            throw new ModelFileException(
                path, name, $"its elements are {type}, which cannot be copied.", "Change a copy of the file without it.");
        }

        (ModelArchitecture architecture, ModelMetadata metadata) = ReadDescription(reader);

        // What is wrong before the change is the file's fault.
        CheckHeads(reader, () => HeadShapes.CheckOutputs(architecture, metadata, ModelParts.BuiltIn));
        ModelMetadata changed = change(metadata) with { LibraryVersion = LibraryVersion() };
        CheckDescription(architecture, changed);
        Dictionary<string, string> texts = new(reader.Metadata) { [MetadataKey] = changed.ToJson() };
        return (texts, [.. reader.Keys.Select(name => KeyValuePair.Create(name, reader.Read(name)))]);
    }
}
