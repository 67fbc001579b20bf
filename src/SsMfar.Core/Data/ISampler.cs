using SsMfar.Randomness;

namespace SsMfar.Data;

/// <summary>Decides which rows an epoch visits, in which order. Stateless: the order is a function of the set and the key.</summary>
public interface ISampler
{
    /// <summary>The rows of one epoch.</summary>
    /// <param name="annotations">The training set.</param>
    /// <param name="key">The epoch's key.</param>
    /// <returns>Row indices; a row may repeat or be absent.</returns>
    int[] Sample(AnnotationSet annotations, RandomKey key);
}
