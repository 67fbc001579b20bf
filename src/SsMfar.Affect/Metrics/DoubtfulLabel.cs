using SsMfar.Data;

namespace SsMfar.Metrics;

/// <summary>A label that the predictions disbelieve.</summary>
public sealed class DoubtfulLabel
{
    internal DoubtfulLabel()
    {
    }

    /// <summary>Gets the row of the annotations, from 0.</summary>
    public int Row { get; internal init; }

    /// <summary>Gets the row's image.</summary>
    public string Image { get; internal init; } = "";

    /// <summary>Gets the task.</summary>
    public ScoredTask Task { get; internal init; }

    /// <summary>Gets the unit; null for other tasks.</summary>
    public ActionUnit? Unit { get; internal init; }

    /// <summary>
    /// Gets the label in words: a class, <c>present</c> or <c>absent</c>, or the values of valence and arousal, those that are known.
    /// </summary>
    public string Label { get; internal init; } = "";

    /// <summary>Gets what the predictions say instead, likewise.</summary>
    public string Suggested { get; internal init; } = "";

    /// <summary>
    /// Gets how much the label is doubted, from 0 to 1, comparable within a task: of a class or unit how probable any other is; of valence
    /// and arousal the share of rows that would lie nearer to what is expected.
    /// </summary>
    public double Doubt { get; internal init; }

    /// <summary>
    /// Gets whether the label is likelier wrong than right: the predictions are as sure of another class as they are, on average, of rows
    /// that are labelled so; or valence and arousal are further off than one row in a thousand would be.
    /// </summary>
    public bool IsSuspect { get; internal init; }
}
