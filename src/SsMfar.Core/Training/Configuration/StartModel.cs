using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Weights;

namespace SsMfar.Training;

/// <summary>A model file that a run starts from: what it says of itself; its weights are read when the run's model is there.</summary>
internal sealed record StartModel(string Path, ModelArchitecture Architecture, ModelMetadata Metadata)
{
    /// <summary>Reads what a file says of its model.</summary>
    /// <exception cref="ModelFileException">The file is damaged, no model file, or of a newer format version.</exception>
    public static StartModel Read(string path)
    {
        (ModelArchitecture architecture, ModelMetadata metadata) = ModelFile.ReadDescription(path);
        return new(path, architecture, metadata);
    }

    /// <summary>Gets the built-in backbone that the model has, or null where its backbone is a custom one.</summary>
    public BackboneFactory? Backbone => BackboneFactory.All.FirstOrDefault(backbone => backbone.Name == Architecture.Backbone.Kind);

    /// <summary>What tells the file's contents from others; where it lies, and how it is called, may change.</summary>
    public string Fingerprint() => RunDescription.ContentOf(Path);
}
