using SsMfar.Data;
using SsMfar.Losses;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.SemiSupervised;
using TorchSharp;

namespace SsMfar.Training;

/// <summary>
/// The overall loss (Eq. 9): the tasks' losses over one forward pass of [weak; strong], with pseudo-labels where there is a policy, summed
/// unless another balancing is asked for. It neither knows images nor waits for the device.
/// </summary>
internal sealed class MultiTaskObjective : IDisposable
{
    /// <summary>The name of what is minimised among the terms.</summary>
    public const string Total = "total";

    private const string BalancingPrefix = "balancing.";

    private readonly List<(string Task, ITaskLoss Loss)> _losses = [];

    /// <param name="losses">The tasks' losses, by name; disposed with the objective where disposable.</param>
    /// <param name="policy">Assigns pseudo-labels to the expression task, or null; disposed with the objective.</param>
    /// <param name="balancing">Makes one loss of the tasks', or null for their sum; disposed with the objective where disposable.</param>
    public MultiTaskObjective(
        IEnumerable<KeyValuePair<string, ITaskLoss>> losses, IPseudoLabelPolicy? policy, ITaskBalancing? balancing = null)
    {
        Policy = policy;
        Balancing = balancing ?? new WeightedSumBalancing();
        try
        {
            _losses.AddRange(losses.Select(loss => (loss.Key, loss.Value)));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public IPseudoLabelPolicy? Policy { get; }

    public ITaskBalancing Balancing { get; }

    public IEnumerable<(string Task, ITaskLoss Loss)> Losses => _losses;

    /// <summary>The loss of a batch and the terms worth logging, the total first; the caller's scope owns them.</summary>
    public ObjectiveResult Compute(TaskOutputs outputs, ObjectiveBatch batch)
    {
        long rows = batch.Labels.RowIds.size(0);
        PseudoLabels? pseudoLabels = FollowPolicy(outputs, batch, rows);
        var balanced = new List<BalancedTask>();
        var terms = new List<KeyValuePair<string, torch.Tensor>>();
        torch.Tensor? ofPolicy = null;
        foreach ((string task, ITaskLoss loss) in _losses)
        {
            torch.Tensor all = outputs[task];
            TaskLabels labels = batch.Labels.Tasks[task];
            StrongViews? strong = batch.StrongRows is null
                ? null
                : new(all.narrow(0, rows, all.size(0) - rows), batch.StrongRows, task == AffectTaskNames.Expression ? pseudoLabels : null);
            TaskLossInput input = new()
            {
                Weak = all.narrow(0, 0, rows),
                Values = labels.Values,
                Mask = labels.Mask,
                Counts = batch.Counts[task],
                Strong = strong,
                Epoch = batch.Epoch,
            };
            TaskLossResult result = batch.Mixed is { } mixed ?
                MixedLoss.Compute(loss, input, mixed.Partners, mixed.Lambda) :
                loss.Compute(input);
            if (strong?.PseudoLabels is not null && Policy!.Regularize(strong.Outputs, strong.PseudoLabels) is { } own)
            {
                torch.Tensor value = own.Value / Scalars.Of(Math.Max(1, batch.Counts[task].MicroBatches));
                ofPolicy = value * Scalars.Of(own.Weight);
                result = result with { Terms = [.. result.Terms, new(own.Name, value)] };
            }

            bool isLearned = IsLearned(task, batch.Counts[task]) || (result.LearnedShare is not null && batch.Counts[task].StrongRows > 0);
            balanced.Add(new(task, result.Total, isLearned) { LearnedShare = result.LearnedShare });
            terms.Add(new(task, result.Total.detach()));
            terms.AddRange(result.Terms.Select(term => KeyValuePair.Create($"{task}.{term.Key}", term.Value.detach())));
        }

        TaskLossResult total = Balancing.Combine(new(balanced, batch.Counts[balanced[0].Name].MicroBatches, batch.Epoch));
        terms.AddRange(total.Terms.Select(term => KeyValuePair.Create(BalancingPrefix + term.Key, term.Value.detach())));

        // Outside of the balance: it is no task's error, and below 0 for some policies, which learned weights cannot bear.
        torch.Tensor sum = ofPolicy is null ? total.Total : total.Total.Plus(ofPolicy);
        terms.Insert(0, new(Total, sum.detach()));
        return new(sum, terms);
    }

    public void Dispose()
    {
        Policy?.Dispose();
        (Balancing as IDisposable)?.Dispose();
        foreach ((_, ITaskLoss loss) in _losses)
        {
            (loss as IDisposable)?.Dispose();
        }
    }

    // What the model says of a mixture is nothing that a policy may learn from.
    private static PolicyObservation Of(PolicyObservation observation, torch.Tensor rows) => observation with
    {
        Probabilities = observation.Probabilities.index_select(0, rows),
        Classes = observation.Classes.index_select(0, rows),
        Labelled = observation.Labelled.index_select(0, rows),
        RowIds = observation.RowIds.index_select(0, rows),
    };

    // From labels, or from strong views: with pseudo-labels those teach the expression alone.
    private bool IsLearned(string task, LossCounts counts) =>
        counts.ValidEntries > 0 || (counts.StrongRows > 0 && (Policy is null || task == AffectTaskNames.Expression));

    private PseudoLabels? FollowPolicy(TaskOutputs outputs, ObjectiveBatch batch, long rows)
    {
        if (Policy is null)
        {
            return null;
        }

        using var noGradient = torch.no_grad();
        torch.Tensor logits = batch.TeacherLogits ?? outputs[AffectTaskNames.Expression].detach().narrow(0, 0, rows);
        torch.Tensor probabilities = logits.softmax(1);
        torch.Tensor rowIds = batch.Labels.RowIds;
        PseudoLabels? pseudoLabels = Policy.ObservesFirst ? null : Assign();
        TaskLabels labels = batch.Labels.Tasks[AffectTaskNames.Expression];
        PolicyObservation observation = new(
            probabilities,
            labels.Values.squeeze(1).to(torch.ScalarType.Int64),
            labels.Mask.squeeze(1).to(probabilities.dtype),
            rowIds,
            batch.Epoch,
            batch.Step);
        Policy.Observe(batch is { Mixed: { } mixed, TeacherLogits: null } ? Of(observation, mixed.UnmixedRows) : observation);
        return Policy.ObservesFirst ? Assign() : pseudoLabels;

        PseudoLabels? Assign() => batch.StrongRows is null
            ? null
            : Policy.Assign(probabilities.index_select(0, batch.StrongRows), rowIds.index_select(0, batch.StrongRows));
    }
}

/// <summary>What the objective needs of a batch beside the outputs.</summary>
/// <param name="Labels">The labels of the N rows.</param>
/// <param name="StrongRows">int64 [S]: the rows with a strong view, in the order of the outputs after the first N; null for none.</param>
/// <param name="Counts">Each task's divisors.</param>
/// <param name="Epoch">From 1.</param>
/// <param name="Step">The optimizer step, from 0.</param>
/// <param name="Mixed">Which of the N rows were mixed, or null for none.</param>
/// <param name="TeacherLogits">
/// floating point [N, K], without gradient: the expression that the policy's teacher sees in the weak views before any mixing; null where
/// the model itself teaches.
/// </param>
internal sealed record ObjectiveBatch(
    LabelBatch Labels,
    torch.Tensor? StrongRows,
    IReadOnlyDictionary<string, LossCounts> Counts,
    int Epoch,
    long Step,
    MixedRows? Mixed = null,
    torch.Tensor? TeacherLogits = null);

/// <summary>A <see cref="MixPlan"/> on the device.</summary>
/// <param name="Partners">int64 [N]: the row that each was mixed with.</param>
/// <param name="Lambda">The share of the row itself.</param>
/// <param name="UnmixedRows">int64 [M]: those that stayed as they are.</param>
internal sealed record MixedRows(torch.Tensor Partners, double Lambda, torch.Tensor UnmixedRows);

/// <summary>The loss to minimise and its detached parts.</summary>
internal sealed record ObjectiveResult(torch.Tensor Total, IReadOnlyList<KeyValuePair<string, torch.Tensor>> Terms);
