using SsMfar.Data;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Randomness;

namespace SsMfar.Tasks;

/// <summary>What a task's parts are made from, once seed, backbone and training data are known.</summary>
/// <param name="annotations">The training labels.</param>
/// <param name="featureWidth">The number of features that a head gets.</param>
/// <param name="key">What a head's initial weights are drawn from.</param>
public sealed class TaskContext(AnnotationSet annotations, int featureWidth, RandomKey key)
{
    /// <summary>Gets the training labels, for class counts and weights.</summary>
    public AnnotationSet Annotations { get; } = annotations;

    /// <summary>Gets the number of features that a head gets.</summary>
    public int FeatureWidth { get; } = featureWidth;

    /// <summary>Gets what a head's initial weights are drawn from.</summary>
    public RandomKey Key { get; } = key;

    /// <summary>
    /// Makes a head from its settings: <c>inputs</c>, which is <see cref="FeatureWidth"/>, <c>outputs</c>, and those given here.
    /// </summary>
    /// <typeparam name="THead">The head.</typeparam>
    /// <param name="outputs">The number of outputs a row.</param>
    /// <param name="settings">Further settings, such as <c>("hidden", 64)</c>.</param>
    public THead CreateHead<THead>(int outputs, params ReadOnlySpan<(string Name, IConvertible Value)> settings)
        where THead : class, ITaskHead<THead>
    {
        PartDescription description = new PartDescription(THead.Kind).With("inputs", FeatureWidth).With("outputs", outputs);
        foreach ((string name, IConvertible value) in settings)
        {
            description = description.With(name, value);
        }

        return THead.Create(description, Key);
    }
}
