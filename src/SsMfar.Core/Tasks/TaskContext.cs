using SsMfar.Data;
using SsMfar.Randomness;

namespace SsMfar.Tasks;

/// <summary>What a task's parts are made from, once seed, backbone and training data are known.</summary>
/// <param name="Annotations">The training labels, for class counts and weights.</param>
/// <param name="FeatureWidth">The number of features that a head gets.</param>
/// <param name="Key">Where a head's initial weights come from.</param>
public sealed record TaskContext(AnnotationSet Annotations, int FeatureWidth, RandomKey Key);
