namespace SsMfar.Data;

/// <summary>How a task reads its labels from an annotated row.</summary>
public interface ITaskLabels
{
    /// <summary>Gets how many values a row has: 1 for a class, 2 for valence and arousal, 12 for the action units.</summary>
    int Width { get; }

    /// <summary>Reads a row.</summary>
    /// <param name="annotations">The set.</param>
    /// <param name="row">0 to Count - 1.</param>
    /// <param name="values">Receives <see cref="Width"/> values; 0 where unknown.</param>
    /// <param name="known">Receives, for each value, whether it is known.</param>
    /// <exception cref="InvalidOperationException">The set lacks a column that the task needs.</exception>
    void Read(AnnotationSet annotations, int row, Span<float> values, Span<bool> known);
}
