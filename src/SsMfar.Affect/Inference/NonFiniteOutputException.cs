namespace SsMfar.Inference;

/// <summary>
/// A model's outputs for an image are NaN or infinite, so that there is nothing to read in them: its weights hold such numbers, or are so
/// large that a product overflows. The message names the model, the task and a remedy.
/// </summary>
public sealed class NonFiniteOutputException : Exception
{
    /// <summary>Makes an exception.</summary>
    public NonFiniteOutputException()
    {
    }

    /// <summary>Makes an exception.</summary>
    /// <param name="message">What is wrong and what to do.</param>
    public NonFiniteOutputException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception.</summary>
    /// <param name="message">What is wrong and what to do.</param>
    /// <param name="innerException">The cause.</param>
    public NonFiniteOutputException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal NonFiniteOutputException(string model, string task, int output, float value, Exception? innerException = null)
        : base(
            FormattableString.Invariant($"{model}: output {output} of the task '{task}' is {value}, which is no prediction. ") +
            "The model's weights are damaged, or its training went wrong: train it again, or give another model.",
            innerException) => (Model, Task, Output, Value) = (model, task, output, value);

    /// <summary>The model, as its network calls it: its file, where it was loaded from one.</summary>
    public string Model { get; } = "";

    /// <summary>The task whose outputs are no numbers.</summary>
    public string Task { get; } = "";

    /// <summary>The first such output of the image, from 0.</summary>
    public int Output { get; }

    /// <summary>What it is.</summary>
    public float Value { get; }

    /// <summary>The same fault, for another throw of it.</summary>
    internal NonFiniteOutputException Again() => new(Model, Task, Output, Value, this);
}
