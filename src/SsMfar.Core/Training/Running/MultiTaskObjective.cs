using SsMfar.Data;
using SsMfar.Losses;
using SsMfar.Metadata;
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
    private const string Regularized = AffectTaskNames.Expression;

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
        PseudoLabels? pseudoLabels = FollowPolicy(outputs, batch);
        List<(string Task, TaskLossResult Result)> results =
            [.. _losses.Select(entry => (entry.Task, Compute(entry.Loss, Input(entry.Task, outputs, batch, pseudoLabels), batch.Mixed)))];
        PolicyLoss? ofPolicy = Regularize(outputs, batch, pseudoLabels);
        TaskLossResult balanced = Balancing.Combine(new(
            [.. results.Select(entry => Balanced(entry.Task, entry.Result, batch.Counts[entry.Task]))],
            batch.Counts[results[0].Task].MicroBatches,
            batch.Epoch));

        // Outside of the balance: it is no task's error, and below 0 for some policies, which learned weights cannot bear.
        torch.Tensor total = ofPolicy is null ? balanced.Total : balanced.Total.Plus(ofPolicy.Value * Scalars.Of(ofPolicy.Weight));
        return new(total,
        [
            .. Detached("", [new(Total, total)]),
            .. results.SelectMany(entry => Detached("", [new(entry.Task, entry.Result.Total)])
                .Concat(Detached(entry.Task + '.', [.. entry.Result.Terms, .. entry.Task == Regularized ? TermOf(ofPolicy) : []]))),
            .. Detached(BalancingPrefix, balanced.Terms),
        ]);
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

    private static TaskLossResult Compute(ITaskLoss loss, TaskLossInput input, MixedRows? mixed) =>
        mixed is null ? loss.Compute(input) : MixedLoss.Compute(loss, input, mixed.Partners, mixed.Lambda);

    private static TaskLossInput Input(string task, TaskOutputs outputs, ObjectiveBatch batch, PseudoLabels? pseudoLabels)
    {
        torch.Tensor all = outputs[task];
        TaskLabels labels = batch.Labels.Tasks[task];
        return new()
        {
            Weak = all.narrow(0, 0, batch.Rows),
            Values = labels.Values,
            Mask = labels.Mask,
            Counts = batch.Counts[task],
            Strong = batch.StrongRows is { } strongRows
                ? new(Strong(all, batch), strongRows, task == AffectTaskNames.Expression ? pseudoLabels : null)
                : null,
            Epoch = batch.Epoch,
        };
    }

    private static torch.Tensor Strong(torch.Tensor outputs, ObjectiveBatch batch) =>
        outputs.narrow(0, batch.Rows, outputs.size(0) - batch.Rows);

    private static IEnumerable<KeyValuePair<string, torch.Tensor>> Detached(
        string prefix, IEnumerable<KeyValuePair<string, torch.Tensor>> terms) =>
        terms.Select(term => KeyValuePair.Create(prefix + term.Key, term.Value.detach()));

    private static IEnumerable<KeyValuePair<string, torch.Tensor>> TermOf(PolicyLoss? loss) =>
        loss is null ? [] : [new(loss.Name, loss.Value)];

    // What the model says of a mixture is nothing that a policy may learn from.
    private static PolicyObservation Of(PolicyObservation observation, torch.Tensor rows) => new(
        observation.Probabilities.index_select(0, rows),
        observation.Classes.index_select(0, rows),
        observation.Labelled.index_select(0, rows),
        observation.RowIds.index_select(0, rows),
        observation.Epoch,
        observation.Step);

    // Its value as a mean over the step's micro-batches.
    private PolicyLoss? Regularize(TaskOutputs outputs, ObjectiveBatch batch, PseudoLabels? pseudoLabels) =>
        pseudoLabels is not null && Policy!.Regularize(Strong(outputs[Regularized], batch), pseudoLabels) is { } loss
            ? new(loss.Name, loss.Value / Scalars.Of(Math.Max(1, batch.Counts[Regularized].MicroBatches)), loss.Weight)
            : null;

    private BalancedTask Balanced(string task, TaskLossResult result, LossCounts counts) =>
        new(task, result.Total, IsLearned(task, counts) || (result.LearnedShare is not null && counts.StrongRows > 0))
        {
            LearnedShare = result.LearnedShare,
        };

    // From labels, or from strong views: with pseudo-labels those teach the expression alone.
    private bool IsLearned(string task, LossCounts counts) =>
        counts.ValidEntries > 0 || (counts.StrongRows > 0 && (Policy is null || task == AffectTaskNames.Expression));

    private PseudoLabels? FollowPolicy(TaskOutputs outputs, ObjectiveBatch batch)
    {
        if (Policy is null)
        {
            return null;
        }

        using var noGradient = torch.no_grad();
        torch.Tensor logits = batch.TeacherLogits ?? outputs[AffectTaskNames.Expression].detach().narrow(0, 0, batch.Rows);
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
    torch.Tensor? TeacherLogits = null)
{
    /// <summary>N.</summary>
    public long Rows => Labels.RowIds.size(0);
}

/// <summary>A <see cref="MixPlan"/> on the device.</summary>
/// <param name="Partners">int64 [N]: the row that each was mixed with.</param>
/// <param name="Lambda">The share of the row itself.</param>
/// <param name="UnmixedRows">int64 [M]: those that stayed as they are.</param>
internal sealed record MixedRows(torch.Tensor Partners, double Lambda, torch.Tensor UnmixedRows);

/// <summary>The loss to minimise and its detached parts.</summary>
internal sealed record ObjectiveResult(torch.Tensor Total, IReadOnlyList<KeyValuePair<string, torch.Tensor>> Terms);
