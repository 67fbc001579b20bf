namespace SsMfar.Inference;

/// <summary>
/// A model's outputs for an image are NaN or infinite, so that there is nothing to read in them: its weights hold such numbers, or are so
/// large that a product overflows. The message names the model, the task and a remedy.
/// </summary>
public sealed class NonFiniteOutputException : SsMfarException
{
    private const string RemedyText =
        "The model's weights are damaged, or its training went wrong: train it again, or give another model.";

    internal NonFiniteOutputException(string model, string task, int output, float value, Exception? innerException = null)
        : base(
            FormattableString.Invariant($"{model}: output {output} of the task '{task}' is {value}, which is no prediction. {RemedyText}"),
            RemedyText,
            innerException) => (Model, Task, Output, Value) = (model, task, output, value);

    /// <summary>Gets the model, as its network calls it: its file, where it was loaded from one.</summary>
    internal string Model { get; }

    /// <summary>Gets the task whose outputs are not finite.</summary>
    internal string Task { get; }

    /// <summary>Gets the first such output of the image, from 0.</summary>
    internal int Output { get; }

    /// <summary>Gets its value.</summary>
    internal float Value { get; }

    /// <summary>The same fault, for another throw of it.</summary>
    internal NonFiniteOutputException Again() => new(Model, Task, Output, Value, this);
}
