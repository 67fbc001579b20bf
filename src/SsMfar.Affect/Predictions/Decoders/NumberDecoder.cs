using SsMfar.Models;

namespace SsMfar.Predictions;

/// <summary>Reads a single output as it is, for a regression task of your own. Decodes to <see cref="float"/>.</summary>
public sealed class NumberDecoder : ITaskDecoder
{
    /// <summary>The name of this part in model files.</summary>
    public const string Kind = "number";

    /// <inheritdoc/>
    public PartDescription Description => new(Kind);

    /// <inheritdoc/>
    int? ITaskDecoder.OutputCount => 1;

    /// <inheritdoc/>
    object ITaskDecoder.Decode(ReadOnlySpan<float> values) => values[0];
}
