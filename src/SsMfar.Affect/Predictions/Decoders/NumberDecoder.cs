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
    public int? OutputCount => 1;

    /// <inheritdoc/>
    public object Decode(ReadOnlySpan<float> values) => values[0];
}
