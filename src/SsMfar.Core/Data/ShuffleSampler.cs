using SsMfar.Randomness;

namespace SsMfar.Data;

/// <summary>Every row once, in random order.</summary>
internal sealed class ShuffleSampler : ISampler
{
    /// <inheritdoc/>
    public int[] Sample(AnnotationSet annotations, RandomKey key)
    {
        ArgumentNullException.ThrowIfNull(annotations);
        int[] rows = [.. Enumerable.Range(0, annotations.Count)];
        RandomSource random = key.ToSource();
        random.Shuffle<int>(rows);
        return rows;
    }
}
