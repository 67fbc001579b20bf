using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.Training;

namespace SsMfar.ConsoleApp.Commands;

/// <summary>What <c>train</c> was asked for. What is null is left to the recipe or the variant.</summary>
internal sealed record TrainArguments
{
    public required string Data { get; init; }

    public required string Train { get; init; }

    /// <summary>What to judge by, or null where <see cref="ValidationShare"/> is.</summary>
    public string? Validation { get; init; }

    /// <summary>The share of <see cref="Train"/> to judge by instead of learning from it.</summary>
    public double? ValidationShare { get; init; }

    public required SsMfarVariant Variant { get; init; }

    public required TrainingRecipe Recipe { get; init; }

    public BackboneFactory? Backbone { get; init; }

    public required int Size { get; init; }

    public int? BatchSize { get; init; }

    public int? Epochs { get; init; }

    public double? LearningRate { get; init; }

    /// <summary>Whether the heads alone are trained, on frozen features.</summary>
    public bool Frozen { get; init; }

    /// <summary>Whatever else was set, by name; it comes last.</summary>
    public OptionSettings Settings { get; init; } = OptionSettings.None;

    /// <summary>Whether other runs share the settings, so that this one need not have a use for each.</summary>
    public bool SettingsAreShared { get; init; }

    public required long Seed { get; init; }

    /// <summary>What the backbone starts from.</summary>
    public BackboneStart Start { get; init; } = BackboneStart.FromScratch;

    /// <summary>Whether nobody chose the start.</summary>
    public bool StartIsDefault { get; init; }

    /// <summary>The whole model that training starts from, or null.</summary>
    public string? StartFrom { get; init; }

    /// <summary>What the names of the weights' network start with; null: it is found.</summary>
    public string? Prefix { get; init; }

    public required ChannelOrder ChannelOrder { get; init; }

    public required ComputeDevice Device { get; init; }

    public required TrainingPrecision Precision { get; init; }

    public required ImageFailurePolicy OnBadImage { get; init; }

    public required double HideExpressions { get; init; }

    /// <summary>The share of each task's labels to hide, in rows chosen by the seed for each task by itself.</summary>
    public required double HideLabels { get; init; }

    /// <summary>The classes of the annotations, or null for those that the files name.</summary>
    public ExpressionClassSet? Classes { get; init; }

    /// <summary>The tasks to learn, or null for those that have labels.</summary>
    public IReadOnlyList<string>? Tasks { get; init; }

    public string? Cache { get; init; }

    public required string Out { get; init; }

    public required bool Resume { get; init; }

    /// <summary>The folder for TensorBoard's event files, or null.</summary>
    public string? TensorBoard { get; init; }

    /// <summary>Whether each epoch is written to the run's folder as it ends.</summary>
    public bool KeepsHistory { get; init; }

    /// <summary>Whether the page about the finished run is left out.</summary>
    public bool NoReport { get; init; }

    /// <summary>How long a rank waits for another; null: the library's limit.</summary>
    public TimeSpan? RankWait { get; init; }

    public required bool Verbose { get; init; }
}
