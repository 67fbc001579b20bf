using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Randomness;

namespace SsMfar.Training;

/// <summary>What policy, balancing, sampler and views are made from, once the training data are known.</summary>
public sealed class TrainingContext
{
    internal TrainingContext(AnnotationSet annotations, ImmutableArray<string> tasks, TrainingOptions options, RandomKey key) =>
        (Annotations, Tasks, Options, Key) = (annotations, tasks, options, key);

    /// <summary>Gets the training labels, without the rows whose image could not be decoded.</summary>
    public AnnotationSet Annotations { get; }

    /// <summary>Gets the names of the tasks that are learned, in the model's order.</summary>
    public ImmutableArray<string> Tasks { get; }

    /// <summary>Gets the run's options; a copy, changing it has no effect.</summary>
    public TrainingOptions Options { get; }

    /// <summary>Gets a key that follows from the seed and is used for nothing else.</summary>
    public RandomKey Key { get; }

    /// <summary>Gets the expression classes.</summary>
    public ExpressionClassSet Classes => Annotations.ExpressionClasses;

    /// <summary>Gets the counts of labels.</summary>
    public AnnotationStatistics Statistics => Annotations.Statistics;

    /// <summary>Gets the number of training rows, which row indices stay below.</summary>
    public int Rows => Annotations.Count;

    /// <summary>Gets the number of rows with an expression label.</summary>
    public int LabelledRows => Rows - UnlabelledRows;

    /// <summary>Gets the number of rows without an expression label.</summary>
    public int UnlabelledRows => Statistics.InvalidExpression;
}
