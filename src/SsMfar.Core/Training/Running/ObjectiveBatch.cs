using System.Collections.Frozen;
using SsMfar.Data;
using SsMfar.Losses;
using SsMfar.Models;
using TorchSharp;

namespace SsMfar.Training;

/// <summary>What the objective needs of a batch beside the outputs.</summary>
/// <param name="Labels">The labels of the N rows.</param>
/// <param name="StrongRows">int64 [S]: the rows with a strong view, in the order of the outputs after the first N; null for none.</param>
/// <param name="Counts">Each task's divisors.</param>
/// <param name="Epoch">From 1.</param>
/// <param name="Step">The optimizer step, from 0.</param>
/// <param name="Mixed">Which of the N rows were mixed, or null for none.</param>
/// <param name="Taught">
/// Without gradient: what the policies' teacher makes of the N weak views before any mixing; null where the model itself teaches.
/// </param>
internal sealed record ObjectiveBatch(
    LabelBatch Labels,
    torch.Tensor? StrongRows,
    IReadOnlyDictionary<string, LossCounts> Counts,
    int Epoch,
    long Step,
    MixedRows? Mixed = null,
    TaskOutputs? Taught = null)
{
    /// <summary>N.</summary>
    public long Rows => Labels.RowIds.size(0);

    /// <summary>Gets which strong views a task sees, of those that do not see all.</summary>
    public IReadOnlyDictionary<string, StrongPart> Parts { get; init; } = FrozenDictionary<string, StrongPart>.Empty;

    /// <summary>int64: the rows of the strong views that a task sees; null where it sees none.</summary>
    public torch.Tensor? StrongRowsOf(string task) =>
        StrongRows is null ? null : Parts.TryGetValue(task, out StrongPart? part) ? part.Rows : StrongRows;

    /// <summary>A task's outputs for the strong views that it sees, of those for the whole batch.</summary>
    public torch.Tensor StrongOf(string task, torch.Tensor outputs)
    {
        torch.Tensor strong = outputs.narrow(0, Rows, outputs.size(0) - Rows);
        return Parts.TryGetValue(task, out StrongPart? part) && part.Places is { } places ? strong.index_select(0, places) : strong;
    }
}

/// <summary>The strong views that a task sees, where it does not see all.</summary>
/// <param name="Rows">int64: the rows of the batch that they are of; null for none.</param>
/// <param name="Places">int64: their places among all strong views; null for none.</param>
internal sealed record StrongPart(torch.Tensor? Rows, torch.Tensor? Places);

/// <summary>A <see cref="MixPlan"/> on the device.</summary>
/// <param name="Partners">int64 [N]: the row that each was mixed with.</param>
/// <param name="Lambda">The share of the row itself.</param>
/// <param name="UnmixedRows">int64 [M]: those that stayed as they are.</param>
internal sealed record MixedRows(torch.Tensor Partners, double Lambda, torch.Tensor UnmixedRows);

/// <summary>The loss to minimise and its detached parts.</summary>
internal sealed record ObjectiveResult(torch.Tensor Total, IReadOnlyList<KeyValuePair<string, torch.Tensor>> Terms);
