namespace SsMfar.Export;

/// <summary>
/// A custom backbone or head (<see cref="Models.IBackbone"/>, <see cref="Models.ITaskHead"/>) that can be written to an ONNX file.
/// The built-in parts need no such thing.
/// </summary>
public interface IOnnxExportable
{
    /// <summary>
    /// Adds to a graph what the part's module computes in evaluation mode, with the weights that it has now.
    /// </summary>
    /// <param name="graph">The graph. Names of initializers are those of this part alone.</param>
    /// <param name="input">
    /// What the module gets, float32: normalised images [N, 3, H, W] for a backbone, features [N, feature width] for a head. N is not
    /// known.
    /// </param>
    /// <returns>
    /// What the module gives, float32: a feature map [N, feature width, h, w] or features [N, feature width] for a backbone, as its module;
    /// outputs [N, output width] for a head.
    /// </returns>
    OnnxValue AddTo(OnnxGraph graph, OnnxValue input);
}
