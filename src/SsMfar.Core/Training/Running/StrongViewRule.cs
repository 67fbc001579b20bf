using SsMfar.Data;
using SsMfar.SemiSupervised;

namespace SsMfar.Training;

/// <summary>Which rows get a strong view, and for which tasks: those that any policy asks for, all of them, or none.</summary>
/// <param name="mode">What is learned from strong views.</param>
/// <param name="labels">What is known of the rows.</param>
/// <param name="policies">The tasks' policies.</param>
internal sealed class StrongViewRule(
    SemiSupervisionMode mode, LabelTable labels, IReadOnlyDictionary<string, IPseudoLabelPolicy> policies)
{
    /// <summary>Gets the tasks that choose their strong views; the others see all.</summary>
    public IEnumerable<string> Choosing => policies.Keys;

    /// <summary>Whether a row gets a strong view.</summary>
    public bool IsStrong(int row) => mode switch
    {
        SemiSupervisionMode.Agreement => true,
        SemiSupervisionMode.PseudoLabels => policies.Any(policy => Asks(policy.Key, policy.Value, row)),
        _ => false,
    };

    /// <summary>Whether a row gets a strong view that a task sees.</summary>
    public bool IsStrong(string task, int row) =>
        policies.TryGetValue(task, out IPseudoLabelPolicy? policy) ? Asks(task, policy, row) : IsStrong(row);

    private bool Asks(string task, IPseudoLabelPolicy policy, int row) => policy.NeedsStrongView(labels.Settled(task, row));
}
