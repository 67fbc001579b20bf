using SsMfar.Losses;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Training;

/// <summary>The coupling of expressions and units (<see cref="DistributionMatching"/>), with its table where the outputs are.</summary>
internal sealed class TaskCoupling : IDisposable
{
    private readonly torch.Tensor _shares;
    private readonly torch.Tensor _known;
    private (torch.Tensor Shares, torch.Tensor Known)? _used;

    /// <param name="shares">Of each class, the share of its faces that show each unit; null where it is not known.</param>
    /// <param name="weight">What the loss is multiplied by.</param>
    /// <param name="bothWays">Whether the gradient reaches the classes.</param>
    public TaskCoupling(IReadOnlyList<IReadOnlyList<double?>> shares, double weight, bool bothWays)
    {
        (Shares, Weight, BothWays) = (shares, weight, bothWays);
        _shares = Tensor(share => share ?? 0);
        _known = Tensor(share => share is null ? 0 : 1);

        torch.Tensor Tensor(Func<double?, double> value)
        {
            double[] values = [.. shares.SelectMany(row => row).Select(value)];
            return Transfers.ToDevice(values, [shares.Count, shares[0].Count], torch.ScalarType.Float64, torch.CPU)
                .DetachFromDisposeScope();
        }
    }

    public IReadOnlyList<IReadOnlyList<double?>> Shares { get; }

    public double Weight { get; }

    public bool BothWays { get; }

    /// <summary>The coupling that the options ask for; null for none, or where one of the two tasks is not learned.</summary>
    /// <exception cref="TrainingConfigurationException">Its table says nothing of the run's classes and units.</exception>
    public static TaskCoupling? Create(SemiSupervisionOptions options, TrainingContext context)
    {
        if (!TaskSelection.AreCoupled(context.Tasks, options))
        {
            return null;
        }

        bool isOfRows = options.Coupling.Table == CouplingTable.LabelledRows;
        IReadOnlyList<IReadOnlyList<double?>> shares = isOfRows
            ? UnitShares.OfLabelledRows(context.Annotations)
            : UnitShares.OfBasicExpressions(context.Classes, context.Annotations.Units);
        if (shares.SelectMany(row => row).All(share => share is null))
        {
            const string Coupling = $"{nameof(TrainingOptions.SemiSupervision)}.{nameof(SemiSupervisionOptions.Coupling)}";
            throw new TrainingConfigurationException(
                (isOfRows ? "No row has an expression and a unit" : "None of the run's classes is a basic expression or neutral, or none " +
                    "of its units is of the challenge's twelve") + $", so that {Coupling}.{nameof(TaskCouplingOptions.Table)} " +
                    $"{options.Coupling.Table} has nothing to couple them by: choose another table, or set " +
                    $"{Coupling}.{nameof(TaskCouplingOptions.Weight)} to 0");
        }

        return new(shares, options.Coupling.Weight, options.Coupling.BothWays);
    }

    /// <summary>The loss of a micro-batch's weak views, without the weight.</summary>
    public torch.Tensor Compute(TaskOutputs outputs, long rows, int microBatches)
    {
        torch.Tensor expressions = outputs[AffectTaskNames.Expression].narrow(0, 0, rows);
        (torch.Tensor shares, torch.Tensor known) = For(expressions);
        return DistributionMatching.Compute(
            expressions, outputs[AffectTaskNames.ActionUnits].narrow(0, 0, rows), shares, known, BothWays, microBatches);
    }

    public void Dispose()
    {
        _shares.Dispose();
        _known.Dispose();
        Forget();
    }

    private (torch.Tensor Shares, torch.Tensor Known) For(torch.Tensor outputs)
    {
        if (_used is not { } used || used.Shares.dtype != outputs.dtype || used.Shares.device_type != outputs.device_type ||
            used.Shares.device_index != outputs.device_index)
        {
            Forget();
            used = (Copy(_shares), Copy(_known));
            _used = used;
        }

        return used;

        torch.Tensor Copy(torch.Tensor table) => table.to(outputs.dtype, outputs.device, copy: true).DetachFromDisposeScope();
    }

    private void Forget()
    {
        _used?.Shares.Dispose();
        _used?.Known.Dispose();
        _used = null;
    }
}
