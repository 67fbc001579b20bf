using System.Collections.Immutable;
using SsMfar.Weights;

namespace SsMfar.Models;

/// <summary>How a file of pretrained weights fits a network.</summary>
public sealed class PretrainedReport
{
    internal PretrainedReport()
    {
    }

    /// <summary>Gets what the names of the network's tensors start with in the file; may be empty.</summary>
    public string Prefix { get; internal init; } = "";

    /// <summary>Gets the network's tensors that the file has, by their names in the network, sorted.</summary>
    public ImmutableArray<string> Matched { get; internal init; } = [];

    /// <summary>
    /// Gets the network's tensors that the file lacks, sorted; batch counters (<c>num_batches_tracked</c>) are not counted.
    /// </summary>
    public ImmutableArray<string> Missing { get; internal init; } = [];

    /// <summary>
    /// Gets the file's tensors that the network has no place for and does not miss, such as <c>fc.weight</c>, by their names in the file,
    /// sorted.
    /// </summary>
    public ImmutableArray<string> Unexpected { get; internal init; } = [];

    /// <summary>
    /// Gets the file's tensors that make its network another one, by their names in the file, sorted: inside of the network's own layers
    /// without a place there (further blocks, gates of squeeze-and-excitation or attention, biases of convolutions), or in layers beyond
    /// them.
    /// </summary>
    public ImmutableArray<string> Foreign { get; internal init; } = [];

    /// <summary>Gets the tensors that both have, but in another shape or of a type that cannot be converted, sorted by name.</summary>
    public ImmutableArray<MismatchedTensor> Mismatched { get; internal init; } = [];

    /// <summary>Gets whether the file's network is this one: nothing is missing, mismatched or foreign.</summary>
    public bool IsComplete => Missing.IsEmpty && Mismatched.IsEmpty && Foreign.IsEmpty;
}

/// <summary>A tensor that a file and a network have in different shapes or types.</summary>
public sealed class MismatchedTensor
{
    internal MismatchedTensor(string name, WeightEntry inFile, ImmutableArray<long> expected)
    {
        Name = name;
        InFile = inFile;
        Expected = expected;
    }

    /// <summary>Gets its name in the network.</summary>
    public string Name { get; }

    /// <summary>Gets the file's tensor.</summary>
    public WeightEntry InFile { get; }

    /// <summary>Gets the network's shape.</summary>
    public ImmutableArray<long> Expected { get; }
}
