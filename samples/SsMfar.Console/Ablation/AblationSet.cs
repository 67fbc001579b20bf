using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Training;

namespace SsMfar.ConsoleApp.Ablation;

/// <summary>A data set and the rows of a table that are run on it.</summary>
internal sealed record AblationSet
{
    /// <summary>The layout: 1, or 2 for expressions alone.</summary>
    public required int Table { get; init; }

    /// <summary>What the data is, for readers.</summary>
    public required string Title { get; init; }

    public required string Images { get; init; }

    public required string TrainFile { get; init; }

    public required string ValidationFile { get; init; }

    public required AnnotationSet Training { get; init; }

    public required AnnotationSet Validation { get; init; }

    /// <summary>The tasks that the training set has labels of.</summary>
    public required ImmutableArray<string> Tasks { get; init; }

    public required ImmutableArray<SsMfarVariant> Variants { get; init; }

    public ExpressionClassSet Classes => Training.ExpressionClasses;
}
