namespace SsMfar.Tasks;

/// <summary>What a step reports beside its tasks, under names that no task can have.</summary>
internal static class StepValues
{
    /// <summary>The loss that is learned by.</summary>
    public const string Total = "total";

    /// <summary>The coupling of expressions and units.</summary>
    public const string Coupling = "coupling";
}
