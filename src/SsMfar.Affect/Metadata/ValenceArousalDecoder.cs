using SsMfar.Data;

namespace SsMfar.Metadata;

/// <summary>Reads valence and arousal, each clamped to [-1, 1]. Decodes to <see cref="ValenceArousal"/>.</summary>
public sealed class ValenceArousalDecoder : ITaskDecoder<ValenceArousalDecoder>
{
    /// <inheritdoc/>
    public static string Kind => "clamped-valence-arousal";

    /// <inheritdoc/>
    public PartDescription Description => new(Kind);

    /// <inheritdoc/>
    public static ValenceArousalDecoder Create(PartDescription description) => new();

    /// <inheritdoc/>
    int? ITaskDecoder.OutputCount => 2;

    /// <summary>Clamps both outputs to [-1, 1]: flip-averaging averages clamped values.</summary>
    /// <param name="outputs">Valence and arousal; receives the values.</param>
    void ITaskDecoder.Activate(Span<float> outputs)
    {
        foreach (ref float output in outputs)
        {
            output = Math.Clamp(output, -1, 1);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">There are not two values.</exception>
    object ITaskDecoder.Decode(ReadOnlySpan<float> values) => values.Length == 2
        ? new ValenceArousal(Math.Clamp(values[0], -1, 1), Math.Clamp(values[1], -1, 1))
        : throw new ArgumentException($"Valence and arousal are two values, not {values.Length}.", nameof(values));
}
