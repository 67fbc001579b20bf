namespace SsMfar.Models;

/// <summary>How a file of weights is put onto a network.</summary>
public sealed record PretrainedOptions
{
    /// <summary>
    /// What the names of the network's tensors start with in the file, such as <c>state_dict.module.</c>, with or without the last dot;
    /// empty for names without a prefix. Null, the default: it is found, by looking for the first convolution.
    /// </summary>
    public string? Prefix { get; init; }

    /// <summary>
    /// False, the default: every tensor of the network must be in the file, with its shape (batch normalisation's
    /// <c>num_batches_tracked</c> may be missing). True: what is missing or misshapen keeps its value, and the report names it. Tensors of
    /// the file that the network has no place for, such as <c>fc.weight</c>, are left alone either way.
    /// </summary>
    public bool AllowPartial { get; init; }
}
