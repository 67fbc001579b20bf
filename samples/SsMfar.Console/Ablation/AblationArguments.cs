using System.Collections.Immutable;
using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Sharding;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Runtime;
using SsMfar.Training;

namespace SsMfar.ConsoleApp.Ablation;

/// <summary>What <c>ablate</c> was asked for. What is null is left to the recipes, or to the data.</summary>
internal sealed record AblationArguments
{
    /// <summary>Images and annotations, or null for faces drawn on the fly.</summary>
    public required GivenData? Given { get; init; }

    public required int Faces { get; init; }

    public required int ValidationFaces { get; init; }

    public required ImmutableArray<int> Tables { get; init; }

    public required ImmutableArray<SsMfarVariant> Variants { get; init; }

    public required ImmutableArray<TrainingRecipe> Recipes { get; init; }

    public required ImmutableArray<long> Seeds { get; init; }

    public required WeightFiles Weights { get; init; }

    public required ChannelOrder ChannelOrder { get; init; }

    public required int Size { get; init; }

    public required int? BatchSize { get; init; }

    public required int? Epochs { get; init; }

    public required double? LearningRate { get; init; }

    public required OptionSettings Settings { get; init; }

    public required double HideExpressions { get; init; }

    /// <summary>The share of each task's labels to hide, in rows chosen by the seed for each task by itself.</summary>
    public required double HideLabels { get; init; }

    /// <summary>What is drawn for the intervals of differences.</summary>
    public required ImageGrouping Grouping { get; init; }

    public required ComputeDevice Device { get; init; }

    public required TrainingPrecision Precision { get; init; }

    public required string? Cache { get; init; }

    public required string Out { get; init; }

    public required bool Resume { get; init; }

    /// <summary>Which of several parts of the runs; all when null.</summary>
    public required Shard? Shard { get; init; }

    public required bool PlanOnly { get; init; }

    public required bool KeepModels { get; init; }

    public required bool Verbose { get; init; }
}

/// <summary>A data set of the user's.</summary>
/// <param name="Images">The folder or archive.</param>
/// <param name="Train">The annotations to learn from.</param>
/// <param name="Validation">The annotations to score on.</param>
/// <param name="Classes">The expression classes.</param>
internal sealed record GivenData(string Images, string Train, string Validation, ExpressionClassSet? Classes);
