namespace SsMfar.Models;

/// <summary>How a file of weights is put onto a network.</summary>
public sealed class PretrainedOptions
{
    /// <summary>
    /// Gets what the names of the network's tensors start with in the file, such as <c>state_dict.module.</c>, with or without the last
    /// dot; empty for names without a prefix. The default is null: the prefix is found by looking for the first convolution.
    /// </summary>
    public string? Prefix { get; set; }

    /// <summary>
    /// Gets whether a file that does not fit may be used in part. The default is false: the file's network must be this one. Every tensor
    /// of the network is in the file, with its shape (batch normalisation's <c>num_batches_tracked</c> may be missing), and the file has no
    /// other inside of the network's layers, nor layers beyond them (<see cref="PretrainedReport.Foreign"/>). True: what is missing or
    /// mismatched keeps its value, what is foreign is left out, and the report names both. A classifier's tensors, such as
    /// <c>fc.weight</c>, are left alone either way.
    /// </summary>
    public bool AllowPartial { get; set; }

    /// <summary>
    /// Gets whether what a file has beyond the network is left out: the file's network may be a larger one, as long as every tensor of this
    /// one is in it with its shape. The default is false. <see cref="AllowPartial"/> includes it.
    /// </summary>
    public bool AllowForeign { get; set; }
}
