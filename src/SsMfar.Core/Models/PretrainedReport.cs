using System.Collections.Immutable;

namespace SsMfar.Models;

/// <summary>What became of a file of pretrained weights.</summary>
/// <param name="Matched">The network's tensors that were loaded, by their names in the network, sorted.</param>
/// <param name="Unexpected">The file's tensors that the network has no place for, such as <c>fc.weight</c>, sorted.</param>
public sealed record PretrainedReport(ImmutableArray<string> Matched, ImmutableArray<string> Unexpected);
