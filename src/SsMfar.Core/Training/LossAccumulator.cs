using System.Collections.Immutable;
using TorchSharp;

namespace SsMfar.Training;

/// <summary>Sums loss terms on the device over an epoch; the host reads them only when asked.</summary>
internal sealed class LossAccumulator : IDisposable
{
    private torch.Tensor? _sums;
    private string[] _names = [];
    private double[] _resumed = [];

    /// <summary>How many optimizer steps were completed.</summary>
    public long Count { get; private set; }

    public void Add(IReadOnlyList<KeyValuePair<string, torch.Tensor>> terms)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor values = torch.stack([.. terms.Select(term => term.Value.to(torch.ScalarType.Float64))]);
        if (_sums is null)
        {
            _names = [.. terms.Select(term => term.Key)];
            _sums = torch.zeros_like(values);
            if (_resumed.Length == _names.Length)
            {
                using torch.Tensor start = torch.tensor(_resumed, device: values.device);
                _sums.copy_(start);
            }

            _sums.DetachFromDisposeScope();
        }

        _sums.add_(values);
    }

    /// <summary>Counts a step, after the terms of its micro-batches were added.</summary>
    public void CompleteStep() => Count++;

    /// <summary>The means so far; waits for the device.</summary>
    public ImmutableSortedDictionary<string, double> Means()
    {
        double[] sums = Sums();
        return _names.Select((name, i) => KeyValuePair.Create(name, sums[i] / Count)).ToImmutableSortedDictionary(StringComparer.Ordinal);
    }

    /// <summary>The sums, in the order of the terms; waits for the device.</summary>
    public double[] Sums()
    {
        if (_sums is null)
        {
            return _resumed;
        }

        using torch.Tensor host = _sums.cpu();
        return host.data<double>().ToArray();
    }

    /// <summary>Starts a new epoch, or goes on from the sums of an interrupted one.</summary>
    public void Restart(double[]? sums = null, long count = 0)
    {
        _sums?.Dispose();
        _sums = null;
        _resumed = sums ?? [];
        Count = count;
    }

    public void Dispose() => _sums?.Dispose();
}
