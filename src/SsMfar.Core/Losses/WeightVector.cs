using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Losses;

/// <summary>Constant weights, copied once to the device and type they are used with.</summary>
internal sealed class WeightVector : IDisposable
{
    private readonly double[] _values;
    private readonly string _what;
    private torch.Tensor? _tensor;

    private WeightVector(double[] values, string what)
    {
        _values = values;
        _what = what;
    }

    /// <summary>Gets the weights, one an output.</summary>
    public IReadOnlyList<double> Values => _values;

    /// <summary>Checks and copies the weights.</summary>
    /// <param name="weights">One finite, non-negative weight an output, or null for none.</param>
    /// <param name="what">What the weights are, for messages.</param>
    /// <exception cref="ArgumentException">There is no weight, or one is negative or not finite.</exception>
    public static WeightVector? From(IReadOnlyList<double>? weights, string what)
    {
        if (weights is null)
        {
            return null;
        }

        if (weights.Count == 0)
        {
            throw new ArgumentException($"The {what} are empty; give one an output, or null for none.", nameof(weights));
        }

        for (int i = 0; i < weights.Count; i++)
        {
            if (!double.IsFinite(weights[i]) || weights[i] < 0)
            {
                throw new ArgumentException(
                    FormattableString.Invariant(
                        $"The {what} must be finite and not negative; the one at {i} is {weights[i]}."), nameof(weights));
            }
        }

        return new([.. weights], what);
    }

    /// <summary>The weights as [K] on the outputs' device and of their type; they stay this object's.</summary>
    /// <param name="outputs">floating point [N, K].</param>
    /// <exception cref="ArgumentException">The outputs have another width.</exception>
    public torch.Tensor For(torch.Tensor outputs)
    {
        if (outputs.size(1) != _values.Length)
        {
            throw new ArgumentException($"There are {_values.Length} {_what} for outputs of width {outputs.size(1)}.", nameof(outputs));
        }

        if (_tensor is null || _tensor.dtype != outputs.dtype || _tensor.device_type != outputs.device_type
            || _tensor.device_index != outputs.device_index)
        {
            _tensor?.Dispose();
            _tensor = Transfers.ToDevice(_values, [_values.Length], outputs.dtype, outputs.device).DetachFromDisposeScope();
        }

        return _tensor;
    }

    public void Dispose() => _tensor?.Dispose();
}
