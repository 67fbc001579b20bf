using System.Collections.Frozen;
using SsMfar.Data;
using SsMfar.Losses;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.SemiSupervised;
using SsMfar.Tasks;
using TorchSharp;

namespace SsMfar.Training;

/// <summary>
/// The overall loss (Eq. 9): the tasks' losses over one forward pass of [weak; strong], with pseudo-labels of the tasks that have a policy,
/// summed unless another balancing is asked for, and a coupling of tasks where there is one. It neither knows images nor waits for the
/// device.
/// </summary>
internal sealed class MultiTaskObjective : IDisposable
{
    private const string BalancingPrefix = "balancing.";

    private readonly List<(string Task, ITaskLoss Loss)> _losses = [];
    private readonly FrozenSet<string> _ofLabelsAlone;

    /// <param name="losses">The tasks' losses, by name; disposed with the objective where disposable.</param>
    /// <param name="policies">The pseudo-label policies, by task, or null for none; disposed with the objective.</param>
    /// <param name="balancing">Makes one loss of the tasks', or null for their sum; disposed with the objective where disposable.</param>
    /// <param name="coupling">Holds two tasks together, or null; disposed with the objective.</param>
    /// <param name="rampUp">How the weight of the policies' own losses grows over the epochs; null for all at once.</param>
    public MultiTaskObjective(
        IEnumerable<KeyValuePair<string, ITaskLoss>> losses,
        IReadOnlyDictionary<string, IPseudoLabelPolicy>? policies,
        ITaskBalancing? balancing = null,
        TaskCoupling? coupling = null,
        RampUpOptions? rampUp = null)
    {
        RampUp = rampUp ?? new();
        Policies = policies ?? FrozenDictionary<string, IPseudoLabelPolicy>.Empty;
        Balancing = balancing ?? new WeightedSumBalancing();
        Coupling = coupling;
        try
        {
            _losses.AddRange(losses.Select(loss => (loss.Key, loss.Value)));
        }
        catch
        {
            Dispose();
            throw;
        }

        _ofLabelsAlone = _losses.Where(entry => TaskLoss.IsOfLabelsAlone(entry.Loss)).Select(entry => entry.Task)
            .ToFrozenSet(StringComparer.Ordinal);
    }

    public IReadOnlyDictionary<string, IPseudoLabelPolicy> Policies { get; }

    public ITaskBalancing Balancing { get; }

    public TaskCoupling? Coupling { get; }

    public RampUpOptions RampUp { get; }

    public IEnumerable<(string Task, ITaskLoss Loss)> Losses => _losses;

    /// <summary>Gets the tasks with a policy whose loss has no use for its pseudo-labels, as far as that is known.</summary>
    public IEnumerable<string> IgnoredPolicies => Policies.Keys.Where(_ofLabelsAlone.Contains);

    /// <summary>The loss of a batch and the terms worth logging, the total first; the caller's scope owns them.</summary>
    public ObjectiveResult Compute(TaskOutputs outputs, ObjectiveBatch batch)
    {
        Dictionary<string, PseudoLabels?> pseudoLabels = Policies.ToDictionary(
            policy => policy.Key, policy => Follow(policy.Key, policy.Value, outputs, batch), StringComparer.Ordinal);
        List<(string Task, TaskLossResult Result)> results =
        [
            .. _losses.Select(entry => (
                entry.Task,
                Compute(
                    entry.Task,
                    entry.Loss,
                    Input(entry.Task, outputs, batch, pseudoLabels.GetValueOrDefault(entry.Task)),
                    batch.Mixed))),
        ];
        Dictionary<string, PolicyLoss> ofPolicies = [];
        foreach ((string task, PseudoLabels? labels) in pseudoLabels)
        {
            if (labels is not null && Regularize(task, outputs, batch, labels) is { } loss)
            {
                ofPolicies.Add(task, loss);
            }
        }

        int microBatches = batch.Counts[results[0].Task].MicroBatches;
        TaskLossResult balanced = Balancing.Combine(new(
            [.. results.Select(entry => Balanced(entry.Task, entry.Result, batch.Counts[entry.Task]))],
            microBatches,
            batch.Epoch));

        RequireScalar(balanced.Total, "balancing", Balancing);

        // Outside of the balance: a policy's loss is no task's error, and below 0 for some, which learned weights cannot bear; a coupling
        // is of two tasks at once, and of labelled rows too, so that it has no ramp-up.
        double factor = RampUp.Factor(batch.Epoch);
        torch.Tensor total = ofPolicies.Values.Aggregate(
            balanced.Total, (sum, loss) => sum.Plus(loss.Value * Scalars.Of(loss.Weight * factor)));
        torch.Tensor? coupling = Coupling?.Compute(outputs, batch.Rows, microBatches);
        if (coupling is not null)
        {
            total = total.Plus(coupling * Scalars.Of(Coupling!.Weight));
        }

        return new(total,
        [
            .. Detached("", [new(StepValues.Total, total)]),
            .. results.SelectMany(entry => Detached("", [new(entry.Task, entry.Result.Total)]).Concat(
                Detached(entry.Task + '.', [.. entry.Result.Terms, .. TermOf(ofPolicies.GetValueOrDefault(entry.Task))]))),
            .. Detached("", coupling is null ? [] : [new(StepValues.Coupling, coupling)]),
            .. Detached(BalancingPrefix, balanced.Terms),
        ]);
    }

    public void Dispose()
    {
        foreach (IPseudoLabelPolicy policy in Policies.Values)
        {
            policy.Dispose();
        }

        Coupling?.Dispose();
        (Balancing as IDisposable)?.Dispose();
        foreach ((_, ITaskLoss loss) in _losses)
        {
            (loss as IDisposable)?.Dispose();
        }
    }

    private static TaskLossResult Compute(string task, ITaskLoss loss, TaskLossInput input, MixedRows? mixed)
    {
        TaskLossResult result =
            mixed is null ? loss.Compute(input) : MixedLoss.Compute(loss, input, mixed.Partners, mixed.Lambda);
        RequireScalar(result.Total, "loss", loss, task);
        return result;
    }

    private static void RequireScalar(torch.Tensor value, string role, object part, string? task = null)
    {
        if (value.dim() != 0)
        {
            throw new InvalidOperationException(
                $"The {role} {part.GetType().Name}{(task is null ? "" : $" of task '{task}'")} gives a tensor of the shape " +
                    $"[{string.Join(", ", value.shape)}]; it is to be one number, as of mean().");
        }
    }

    private static TaskLossInput Input(string task, TaskOutputs outputs, ObjectiveBatch batch, PseudoLabels? pseudoLabels)
    {
        torch.Tensor all = outputs[task];
        TaskLabels labels = batch.Labels.Tasks[task];
        return new()
        {
            Weak = all.narrow(0, 0, batch.Rows),
            Values = labels.Values,
            Mask = labels.Mask,
            Learnable = labels.Learnable,
            Weights = batch.Labels.Weights,
            Counts = batch.Counts[task],
            Strong = batch.StrongRowsOf(task) is { } rows ? new(batch.StrongOf(task, all), rows, pseudoLabels) : null,
            Epoch = batch.Epoch,
        };
    }

    private static IEnumerable<KeyValuePair<string, torch.Tensor>> Detached(
        string prefix, IEnumerable<KeyValuePair<string, torch.Tensor>> terms) =>
        terms.Select(term => KeyValuePair.Create(prefix + term.Key, term.Value.detach()));

    private static IEnumerable<KeyValuePair<string, torch.Tensor>> TermOf(PolicyLoss? loss) =>
        loss is null ? [] : [new(loss.Name, loss.Value)];

    // Its value as a mean over the step's micro-batches.
    private PolicyLoss? Regularize(string task, TaskOutputs outputs, ObjectiveBatch batch, PseudoLabels pseudoLabels)
    {
        if (Policies[task].Regularize(batch.StrongOf(task, outputs[task]), pseudoLabels) is not { } loss)
        {
            return null;
        }

        RequireScalar(loss.Value, "policy", Policies[task], task);
        return new(loss.Name, loss.Value / Scalars.Of(Math.Max(1, batch.Counts[task].MicroBatches)), loss.Weight);
    }

    private BalancedTask Balanced(string task, TaskLossResult result, LossCounts counts) =>
        new(task, result.Total, IsLearned(task, counts) || (result.LearnedShare is not null && counts.StrongRows > 0))
        {
            LearnedShare = result.LearnedShare,
        };

    // From labels, or from strong views: where there are policies, those teach the policies' tasks alone.
    private bool IsLearned(string task, LossCounts counts) =>
        counts.ValidEntries > 0 ||
        (counts.StrongRows > 0 && (Policies.Count == 0 || Policies.ContainsKey(task)) && !_ofLabelsAlone.Contains(task));

    private PseudoLabels? Follow(string task, IPseudoLabelPolicy policy, TaskOutputs outputs, ObjectiveBatch batch)
    {
        using var noGradient = torch.no_grad();
        TaskLabels labels = batch.Labels.Tasks[task];
        PolicyBatch all = new(
            policy.Predict(batch.Taught is { } taught ? taught[task].detach() : outputs[task].detach().narrow(0, 0, batch.Rows)),
            labels.Values,
            labels.Mask,
            batch.Labels.RowIds,
            batch.Epoch,
            batch.Step);
        PseudoLabels? pseudoLabels = policy.ObservesFirst ? null : Assign();

        // What the model says of a mixture is nothing that a policy may learn from.
        policy.Observe(batch is { Mixed: { } mixed, Taught: null } ? all.Select(mixed.UnmixedRows) : all);
        return policy.ObservesFirst ? Assign() : pseudoLabels;

        PseudoLabels? Assign() =>
            batch.StrongRowsOf(task) is { } rows ? Checked(task, policy, policy.Assign(all.Select(rows)), all, rows) : null;
    }

    // Another shape would be broadcast in silence by our losses; what one of the user's makes of it is its own business, and one of labels
    // alone never looks.
    private PseudoLabels Checked(string task, IPseudoLabelPolicy policy, PseudoLabels assigned, PolicyBatch all, torch.Tensor rows)
    {
        ITaskLoss loss = _losses.First(entry => entry.Task == task).Loss;
        if (loss.GetType().Assembly != typeof(ITaskLoss).Assembly || _ofLabelsAlone.Contains(task))
        {
            return assigned;
        }

        long[] shape = loss is CategoricalTaskLoss ? [rows.size(0)] : [rows.size(0), all.Values.size(1)];
        return assigned.Targets.shape.AsSpan().SequenceEqual(shape) && assigned.Confidence.shape.AsSpan().SequenceEqual(shape)
            ? assigned
            : throw new InvalidOperationException(
                $"The policy {policy.GetType().Name} of task '{task}' assigns targets [{string.Join(", ", assigned.Targets.shape)}] and " +
                    $"confidences [{string.Join(", ", assigned.Confidence.shape)}]; both are to be [{string.Join(", ", shape)}].");
    }
}
