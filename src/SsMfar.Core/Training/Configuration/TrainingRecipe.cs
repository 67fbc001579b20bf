using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Losses;
using SsMfar.SemiSupervised;

namespace SsMfar.Training;

/// <summary>A named set of options to start from. Recipes are data: nothing in the library asks for a recipe's name.</summary>
public sealed class TrainingRecipe
{
    /// <summary>Creates a recipe.</summary>
    /// <param name="name">The name, as in the console: lower case.</param>
    /// <param name="create">Makes fresh options.</param>
    public TrainingRecipe(string name, Func<TrainingOptions> create) =>
        (Name, Create) = (name, create);

    /// <summary>Gets the name, as in the console: lower case.</summary>
    public string Name { get; }

    /// <summary>Gets what makes fresh options.</summary>
    public Func<TrainingOptions> Create { get; }

    /// <summary>
    /// Gets what changes fresh options where the backbone starts from pretrained weights, before variant and user do; the default is null:
    /// nothing. <see cref="CreateFor"/> applies it.
    /// </summary>
    public Action<TrainingOptions>? AdaptToPretrained { get; init; }

    /// <summary>
    /// Gets the data, such as <c>ImageNet</c>, whose pretrained weights the recipe is meant to start from where a backbone has them; null
    /// where it is about none in particular. The builder takes no weights by itself: whoever chooses them, such as the console, asks.
    /// </summary>
    public string? PretrainedOn { get; init; }

    /// <summary>
    /// Gets what measures best so far; the default. From pretrained weights the backbone learns at 0.0005, a quarter of its rate from
    /// scratch.
    /// </summary>
    public static TrainingRecipe Recommended { get; } = new("recommended", () => new TrainingOptions())
    {
        AdaptToPretrained = options => options.Optimizer.BackboneLearningRate = 5e-4,
        PretrainedOn = "ImageNet",
    };

    /// <summary>Gets the constants of the paper (section 3.2 and equations 1 to 9).</summary>
    public static TrainingRecipe Paper { get; } = new("paper", () => AsPublished(new()
    {
        Optimizer = new() { Kind = OptimizerKind.Adam, BackboneLearningRate = 1e-3, HeadLearningRate = 1e-2, WeightDecay = 0 },
        ExpressionLoss = ExpressionLossWeights.Paper,
        SemiSupervision = new() { Threshold = AdaptiveThresholdOptions.Paper },
        Views = ViewPreset.Paper,
    }));

    /// <summary>
    /// Gets the constants of the paper's published code, where they differ from the paper; its faults are not reproduced.
    /// </summary>
    public static TrainingRecipe Published { get; } = new("published", () => AsPublished(new()
    {
        Optimizer = new() { Kind = OptimizerKind.Adam, BackboneLearningRate = 5e-4, HeadLearningRate = 5e-4, WeightDecay = 0 },
        ExpressionLoss = ExpressionLossWeights.Published,
        SemiSupervision = new() { Threshold = AdaptiveThresholdOptions.Published, BatchStatistics = BatchStatistics.WeakViews },
        Views = ViewPreset.Published,
        Imbalance = new() { ActionUnitWeighting = ActionUnitWeighting.NOver2Positive },
    }));

    /// <summary>Gets every recipe.</summary>
    public static ImmutableArray<TrainingRecipe> All { get; } = [Paper, Published, Recommended];

    /// <summary>The recipe of a name.</summary>
    /// <param name="name">As in <see cref="Name"/>; case does not matter.</param>
    /// <exception cref="ArgumentException">No recipe has that name; the message lists those that exist.</exception>
    public static TrainingRecipe Parse(string name) =>
        All.FirstOrDefault(recipe => string.Equals(recipe.Name, name, StringComparison.OrdinalIgnoreCase))
            ?? throw new ArgumentException(
                $"There is no recipe '{name}'; there are {string.Join(", ", All.Select(r => r.Name))}.",
                nameof(name));

    /// <summary>Makes fresh options for a backbone that starts from scratch, or from pretrained weights.</summary>
    /// <param name="pretrained">Whether it starts from pretrained weights.</param>
    public TrainingOptions CreateFor(bool pretrained)
    {
        TrainingOptions options = Create();
        if (pretrained)
        {
            AdaptToPretrained?.Invoke(options);
        }

        return options;
    }

    private static TrainingOptions AsPublished(TrainingOptions options)
    {
        options.Schedule = new() { Kind = ScheduleKind.Constant, WarmUpFraction = 0 };
        options.EmaDecay = null;
        options.Heads = new() { HiddenWidth = 16, Dropout = 0.5, L2Normalize = true };
        options.Imbalance.ExpressionPower = 1;
        options.Imbalance.NormalizeExpressionWeights = false;
        options.Imbalance.ActionUnitPower = 1;
        return options;
    }
}
