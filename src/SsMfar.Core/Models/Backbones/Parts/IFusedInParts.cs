namespace SsMfar.Models;

/// <summary>A backbone whose copy for inference consists of parts that the ONNX exporter knows.</summary>
internal interface IFusedInParts : IFusible
{
    /// <summary>What <see cref="IFusible.Fuse"/> gives.</summary>
    FusedNetwork FuseParts();
}
