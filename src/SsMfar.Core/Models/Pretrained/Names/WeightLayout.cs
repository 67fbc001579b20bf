using System.Collections.Immutable;

namespace SsMfar.Models;

/// <summary>One way in which files name the tensors of a family of networks.</summary>
/// <param name="firstConvolution">What the first convolution's weights are called.</param>
/// <param name="marks">Other tensors that a file of this layout has; with the first convolution they tell it.</param>
/// <param name="layers">What the names of the network's own tensors start with, up to the first dot.</param>
/// <param name="inFile">From a tensor's name in the network to its name in the file, without prefix.</param>
/// <param name="heads">Words in the names of layers that come after the features, besides the usual ones.</param>
internal sealed class WeightLayout(
    string firstConvolution, ImmutableArray<string> marks, ImmutableArray<string> layers, Func<string, string>? inFile = null,
    ImmutableArray<string> heads = default)
{
    // What a classifier's layers are called, wherever in the name; what others call them only matters where they are convolutions.
    private static readonly string[] HeadWords = ["fc", "head", "classif", "linear", "logit"];

    private const string StagePrefix = "layer";

    public string FirstConvolution { get; } = firstConvolution;

    /// <summary>Gets the names that tell it, for a message.</summary>
    public string Signature => string.Join(" and ", marks.Prepend(FirstConvolution));

    /// <summary>A tensor's name in the file, without prefix.</summary>
    /// <param name="name">Its name in the network.</param>
    public string InFile(string name) => inFile is null ? name : inFile(name);

    /// <summary>Whether a file's names have the marks behind a prefix.</summary>
    public bool HasMarks(Func<string, bool> has, string prefix) => marks.All(mark => has(prefix + mark));

    /// <summary>Whether a layer is one of the network's own.</summary>
    /// <param name="layer">The start of a name, up to the first dot.</param>
    public bool IsOwn(string layer) => layers.Contains(layer, StringComparer.Ordinal);

    /// <summary>Whether a layer would be a further stage of the network.</summary>
    public bool IsStage(string layer) => layers.Contains("layer1", StringComparer.Ordinal)
        && layer.StartsWith(StagePrefix, StringComparison.Ordinal) && int.TryParse(layer.AsSpan(StagePrefix.Length), out _);

    /// <summary>Whether a layer that is not the network's own comes after the features.</summary>
    public bool IsHead(string layer) => HeadWords.Any(word => layer.Contains(word, StringComparison.OrdinalIgnoreCase))
        || (!heads.IsDefault && heads.Contains(layer, StringComparer.Ordinal));
}
