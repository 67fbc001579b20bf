
namespace SsMfar.Metadata;

/// <summary>
/// Reads one row of a task's outputs as a prediction, in two steps: <see cref="Activate"/> turns a head's outputs into values that may be
/// averaged over views of one face, <see cref="Decode"/> turns values into the prediction. Stateless and safe for many threads. A custom
/// decoder implements <see cref="ITaskDecoder{TSelf}"/>.
/// </summary>
public interface ITaskDecoder
{
    /// <summary>Gets what a model file says of this decoder, enough to make it again.</summary>
    PartDescription Description { get; }

    /// <summary>Gets how many outputs of a head it reads. The default is null, for a decoder that reads any number.</summary>
    int? OutputCount => null;

    /// <summary>
    /// Turns one image's outputs into values, in place: logits into probabilities, for instance. Flip-averaging averages what this gives.
    /// Unless implemented, outputs are values already, and flip-averaging averages the outputs.
    /// </summary>
    /// <param name="outputs">The head's outputs, in order; receives the values.</param>
    void Activate(Span<float> outputs)
    {
    }

    /// <summary>Decodes one image's values.</summary>
    /// <param name="values">What <see cref="Activate"/> gave, or the mean of that over an image and its mirror image.</param>
    /// <returns>An immutable value of the task's prediction type.</returns>
    object Decode(ReadOnlySpan<float> values);
}

/// <summary>A decoder that model files can name and that can be made again from what they say.</summary>
/// <typeparam name="TSelf">The decoder's own type.</typeparam>
public interface ITaskDecoder<TSelf> : ITaskDecoder
    where TSelf : class, ITaskDecoder<TSelf>
{
    /// <summary>Gets the name of this kind of decoder in model files. Never change it once a model is saved.</summary>
    static abstract string Kind { get; }

    /// <summary>Gets what a model file says of this decoder. The default is its kind, for a decoder without settings.</summary>
    PartDescription ITaskDecoder.Description => new(TSelf.Kind);

    /// <summary>Makes the decoder that a model file describes.</summary>
    /// <param name="description">What <see cref="ITaskDecoder.Description"/> was when the model was saved.</param>
    /// <exception cref="FormatException">A setting is missing or malformed.</exception>
    /// <exception cref="ArgumentException">A setting has a value that cannot be used.</exception>
    static abstract TSelf Create(PartDescription description);
}
