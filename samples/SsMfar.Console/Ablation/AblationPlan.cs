using System.Collections.Immutable;
using System.Globalization;
using SsMfar.ConsoleApp.Commands;
using SsMfar.Data;
using SsMfar.Training;

namespace SsMfar.ConsoleApp.Ablation;

/// <summary>The tables' rows and the arguments of their runs: each is a run of <c>train</c> in a folder of its own.</summary>
internal static class AblationPlan
{
    public static ImmutableArray<AblationTable> Of(AblationArguments arguments, IEnumerable<AblationSet> sets) =>
    [
        .. from set in sets
           from recipe in arguments.Recipes
           select new AblationTable {
               Set = set,
               Recipe = recipe.Name,
               Rows = [.. set.Variants.Select(variant => Row(arguments, set, recipe, variant))] },
    ];

    private static AblationRow Row(AblationArguments arguments, AblationSet set, TrainingRecipe recipe, SsMfarVariant variant)
    {
        BackboneStart start = arguments.Weights.For(variant);
        bool lacks = variant.PretrainedOn is not null && !start.IsPretrained;
        ImmutableArray<TrainArguments> plan = lacks ?
            [] :
            [.. arguments.Seeds.Select(seed => Run(arguments, set, recipe, variant, start, seed))];
        PaperRow paper = PaperRow.Of(variant).Instead(arguments.Weights.InsteadOf(variant));
        AblationRow row = new() { Paper = paper, Plan = plan, Configuration = null };
        if (lacks)
        {
            return row;
        }

        MultiTaskTrainer trainer = TrainerSetup.Builder(plan[0]).UseTasks(set.Tasks).Build();
        return row with { Configuration = EffectiveConfiguration.Of(trainer, plan[0], set.Tasks), UnusedOptions = trainer.UnusedOptions };
    }

    private static TrainArguments Run(
        AblationArguments arguments, AblationSet set, TrainingRecipe recipe, SsMfarVariant variant, BackboneStart start, long seed) => new()
        {
            Data = set.Images,
            Train = set.TrainFile,
            Validation = set.ValidationFile,
            Variant = variant,
            Recipe = recipe,
            Size = arguments.Size,
            BatchSize = arguments.BatchSize,
            Epochs = arguments.Epochs,
            LearningRate = arguments.LearningRate,
            Settings = arguments.Settings,
            SettingsAreShared = true,
            Seed = seed,
            Start = start,
            ChannelOrder = arguments.ChannelOrder,
            Device = arguments.Device,
            Precision = arguments.Precision,
            OnBadImage = ImageFailurePolicy.Fail,
            HideExpressions = arguments.HideExpressions,
            HideLabels = arguments.HideLabels,
            Classes = set.Classes,
            Cache = arguments.Cache ?? Path.Combine(arguments.Out, "cache"),
            Out = Path.Combine(
                arguments.Out,
                "runs",
                string.Create(CultureInfo.InvariantCulture, $"table-{set.Table}"),
                recipe.Name,
                variant.Name,
                string.Create(CultureInfo.InvariantCulture, $"seed-{seed}")),
            Resume = true,
            Verbose = arguments.Verbose,
        };
}
