using SsMfar.Data;

namespace SsMfar.Models;

/// <summary>Reads valence and arousal, each clamped to [-1, 1]. Decodes to <see cref="ValenceArousal"/>.</summary>
public sealed class ValenceArousalDecoder : ITaskDecoder
{
    /// <summary>The name of this part in model files.</summary>
    public const string Kind = "clamped-valence-arousal";

    /// <inheritdoc/>
    public PartDescription Description => new(Kind);

    /// <inheritdoc/>
    public object Decode(ReadOnlySpan<float> outputs) =>
        new ValenceArousal(Math.Clamp(outputs[0], -1, 1), Math.Clamp(outputs[1], -1, 1));
}
