using SsMfar.Metadata;

namespace SsMfar.Models;

/// <summary>A model read from a file. Disposing it disposes the model.</summary>
public sealed class LoadedModel : IDisposable
{
    internal LoadedModel(MultiTaskModel model, ModelMetadata metadata)
    {
        Model = model;
        Metadata = metadata;
    }

    /// <summary>The model: float32, on the CPU, in evaluation mode.</summary>
    public MultiTaskModel Model { get; }

    /// <summary>What the file says about it.</summary>
    public ModelMetadata Metadata { get; }

    /// <summary>Disposes the model.</summary>
    public void Dispose() => Model.Dispose();
}
