using SsMfar.Data;
using SsMfar.Randomness;

namespace SsMfar.Tasks;

/// <summary>What a task's parts are made from, once seed, backbone and training data are known.</summary>
public sealed class TaskContext
{
    /// <summary>Makes the value.</summary>
    /// <param name="annotations">The training labels, for class counts and weights.</param>
    /// <param name="featureWidth">The number of features that a head gets.</param>
    /// <param name="key">Where a head's initial weights come from.</param>
    public TaskContext(AnnotationSet annotations, int featureWidth, RandomKey key) =>
        (Annotations, FeatureWidth, Key) = (annotations, featureWidth, key);

    /// <summary>Gets the training labels, for class counts and weights.</summary>
    public AnnotationSet Annotations { get; }

    /// <summary>Gets the number of features that a head gets.</summary>
    public int FeatureWidth { get; }

    /// <summary>Gets where a head's initial weights come from.</summary>
    public RandomKey Key { get; }
}
