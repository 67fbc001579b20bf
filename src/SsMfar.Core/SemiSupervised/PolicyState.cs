using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.SemiSupervised;

/// <summary>
/// A policy's tensors by name: they outlive dispose scopes, change in place, follow the probabilities to their device, and are saved
/// and loaded exactly.
/// </summary>
internal sealed class PolicyState : IDisposable
{
    private readonly SortedDictionary<string, torch.Tensor> _tensors = new(StringComparer.Ordinal);

    public PolicyState() => FirstTensor.Allow();

    public torch.Tensor this[string name] => _tensors[name];

    public void Add(string name, double fill, params long[] shape) =>
        _tensors.Add(name, torch.full(shape, Scalars.Of(fill), torch.ScalarType.Float64, torch.CPU).DetachFromDisposeScope());

    public void Add(string name, double[] values) =>
        _tensors.Add(name, Transfers.ToDevice(values, [values.Length], torch.ScalarType.Float64, torch.CPU).DetachFromDisposeScope());

    public void AddIndices(string name, long fill, params long[] shape) =>
        _tensors.Add(name, torch.full(shape, Scalars.Of(fill), torch.ScalarType.Int64, torch.CPU).DetachFromDisposeScope());

    /// <summary>Moves all tensors to where another is, if they are not there yet.</summary>
    public void Follow(torch.Tensor other)
    {
        foreach (string name in _tensors.Keys.ToArray())
        {
            torch.Tensor tensor = _tensors[name];
            if (tensor.device_type == other.device_type && tensor.device_index == other.device_index)
            {
                return;
            }

            _tensors[name] = tensor.to(other.device).DetachFromDisposeScope();
            tensor.Dispose();
        }
    }

    /// <summary>Moves a running mean: momentum * old + (1 - momentum) * value, in place.</summary>
    public void Average(string name, torch.Tensor value, double momentum) =>
        _tensors[name].mul_(Scalars.Of(momentum)).PlusInPlace(value * Scalars.Of(1 - momentum));

    /// <summary>
    /// Moves a running mean by that of some rows: of as many as count, less those that are lost. Where none is left it stays as it is.
    /// </summary>
    /// <param name="name">The running mean.</param>
    /// <param name="rows">float64 [R], or [R, K].</param>
    /// <param name="counted">float64 [R]: 1 of a row that counts, else 0; null where all do.</param>
    /// <param name="momentum">How much of the old mean is kept.</param>
    /// <param name="lost">By how much the divisor is less than the rows: 1 for an unbiased variance.</param>
    public void AverageRows(string name, torch.Tensor rows, torch.Tensor? counted, double momentum, int lost = 0)
    {
        if (counted is null)
        {
            long left = rows.size(0) - lost;
            if (left > 0)
            {
                Average(name, rows.sum(dim: 0) / Scalars.Of(left), momentum);
            }

            return;
        }

        // How many count is known on the device alone.
        torch.Tensor before = _tensors[name].clone();
        torch.Tensor leftOf = counted.sum().Plus(-lost);
        Average(name, Sum(rows, counted) / leftOf.clamp_min(Scalars.Of(1)), momentum);
        _tensors[name].copy_(torch.where(leftOf.gt(Scalars.Of(0)), _tensors[name], before));
    }

    /// <summary>The mean of the rows that count, float64 [R] or [R, K]; 0 where none does, or of no row NaN where all do.</summary>
    public static torch.Tensor Mean(torch.Tensor rows, torch.Tensor? counted) => counted is null
        ? rows.mean([0L])
        : Sum(rows, counted) / counted.sum().clamp_min(Scalars.Of(1));

    // No product of vectors, which not every device has.
    private static torch.Tensor Sum(torch.Tensor rows, torch.Tensor counted) =>
        (rows * (rows.dim() == 1 ? counted : counted.unsqueeze(1))).sum(dim: 0);

    /// <summary>A float64 tensor's values; waits for the device.</summary>
    public double[] ToHost(string name)
    {
        using torch.Tensor host = Transfers.ToHost(_tensors[name]);
        return host.data<double>().ToArray();
    }

    public IReadOnlyDictionary<string, torch.Tensor> Save() => _tensors;

    public void Load(IReadOnlyDictionary<string, torch.Tensor> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        foreach ((string name, torch.Tensor tensor) in _tensors)
        {
            if (!state.TryGetValue(name, out torch.Tensor? saved))
            {
                throw new ArgumentException(
                    $"The saved pseudo-label policy lacks '{name}'; was it saved by another policy?",
                    nameof(state));
            }

            if (saved.dtype != tensor.dtype || !saved.shape.AsSpan().SequenceEqual(tensor.shape))
            {
                throw new ArgumentException(
                    $"The saved pseudo-label policy's '{name}' is {saved.dtype} [{string.Join(", ", saved.shape)}]; " +
                    $"this policy has {tensor.dtype} [{string.Join(", ", tensor.shape)}].",
                    nameof(state));
            }
        }

        using DisposeScope scope = torch.NewDisposeScope();
        foreach ((string name, torch.Tensor tensor) in _tensors)
        {
            tensor.copy_(state[name]);
        }
    }

    public void Dispose()
    {
        foreach (torch.Tensor tensor in _tensors.Values)
        {
            tensor.Dispose();
        }
    }
}
