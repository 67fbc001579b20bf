using System.Collections.Immutable;
using SsMfar.Weights;

namespace SsMfar.Models;

/// <summary>How a file of pretrained weights fits a network.</summary>
public sealed record PretrainedReport
{
    /// <summary>What the names of the network's tensors start with in the file; may be empty.</summary>
    public required string Prefix { get; init; }

    /// <summary>The network's tensors that the file has, by their names in the network, sorted.</summary>
    public required ImmutableArray<string> Matched { get; init; }

    /// <summary>The network's tensors that the file lacks, sorted; batch counters (<c>num_batches_tracked</c>) are not counted.</summary>
    public required ImmutableArray<string> Missing { get; init; }

    /// <summary>
    /// The file's tensors that the network has no place for and does not miss, such as <c>fc.weight</c>, by their names in the file,
    /// sorted.
    /// </summary>
    public required ImmutableArray<string> Unexpected { get; init; }

    /// <summary>
    /// The file's tensors that make its network another one, by their names in the file, sorted: inside of the network's own layers
    /// without a place there (further blocks, gates of squeeze-and-excitation or attention, biases of convolutions), or in layers beyond
    /// them.
    /// </summary>
    public required ImmutableArray<string> Foreign { get; init; }

    /// <summary>The tensors that both have, but in another shape or of a type that cannot be converted, sorted by name.</summary>
    public required ImmutableArray<MismatchedTensor> Mismatched { get; init; }

    /// <summary>Whether the file's network is this one: nothing is missing, mismatched or foreign.</summary>
    public bool IsComplete => Missing.IsEmpty && Mismatched.IsEmpty && Foreign.IsEmpty;
}

/// <summary>A tensor that a file and a network have in different shapes or types.</summary>
/// <param name="Name">Its name in the network.</param>
/// <param name="InFile">The file's tensor.</param>
/// <param name="Expected">The network's shape.</param>
public sealed record MismatchedTensor(string Name, WeightEntry InFile, ImmutableArray<long> Expected);
