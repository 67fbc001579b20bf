
namespace SsMfar.Metadata;

/// <summary>Reads a single output as it is, for a custom regression task. Decodes to <see cref="float"/>.</summary>
public sealed class NumberDecoder : ITaskDecoder<NumberDecoder>
{
    /// <inheritdoc/>
    public static string Kind => "number";

    /// <inheritdoc/>
    public PartDescription Description => new(Kind);

    /// <inheritdoc/>
    public static NumberDecoder Create(PartDescription description) => new();

    /// <inheritdoc/>
    int? ITaskDecoder.OutputCount => 1;

    /// <inheritdoc/>
    object ITaskDecoder.Decode(ReadOnlySpan<float> values) => values[0];
}
