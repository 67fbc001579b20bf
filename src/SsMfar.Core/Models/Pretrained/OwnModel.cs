using SsMfar.Metadata;
using SsMfar.Weights;

namespace SsMfar.Models;

/// <summary>What a model file of this library, given for its backbone's weights, says of them.</summary>
internal static class OwnModel
{
    private const string BackbonePrefix = "backbone.";

    /// <summary>
    /// The kind of the backbone; null where the file is no model file, or the names behind the prefix are not its backbone's.
    /// </summary>
    /// <param name="file">The file.</param>
    /// <param name="prefix">What the names of the network start with.</param>
    /// <exception cref="ModelFileException">What the file says of its model is damaged, or newer than this library.</exception>
    public static string? KindOf(WeightFile file, string prefix) =>
        prefix == BackbonePrefix ? Describe(file)?.Architecture.Backbone.Kind : null;

    /// <summary>The images that it takes; null where the file is no model file.</summary>
    /// <exception cref="ModelFileException">What the file says of its model is damaged, or newer than this library.</exception>
    public static PretrainedInput? InputOf(WeightFile file) => Describe(file)?.Metadata.Input is { } input
        ? new() { ChannelOrder = input.ChannelOrder, Mean = input.Mean, StandardDeviation = input.StandardDeviation }
        : null;

    private static (ModelArchitecture Architecture, ModelMetadata Metadata)? Describe(WeightFile file) =>
        file is SafetensorsReader reader && ModelFile.IsModel(reader) ? ModelFile.ReadDescription(reader) : null;
}
