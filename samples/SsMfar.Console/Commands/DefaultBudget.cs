using SsMfar.Training;

namespace SsMfar.ConsoleApp.Commands;

/// <summary>How much is trained where nothing is given; no recipe sets it.</summary>
internal static class DefaultBudget
{
    private static readonly TrainingOptions Options = new();

    public static int FrozenEpochs { get; } = Frozen().Epochs;

    public static int Epochs => Options.Epochs;

    public static int BatchSize => Options.BatchSize;

    private static TrainingOptions Frozen()
    {
        TrainingOptions options = new();
        options.UseFrozenFeatures();
        return options;
    }
}
