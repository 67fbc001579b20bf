namespace SsMfar.Models;

/// <summary>Reads one row of a task's outputs as a prediction. Stateless and safe for many threads.</summary>
public interface ITaskDecoder
{
    /// <summary>How a model file names this part, so that it can be made again.</summary>
    PartDescription Description { get; }

    /// <summary>Decodes one image's outputs.</summary>
    /// <param name="outputs">The head's outputs, in order.</param>
    /// <returns>An immutable value of the task's prediction type.</returns>
    object Decode(ReadOnlySpan<float> outputs);
}
