using System.Collections.Immutable;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Training;

/// <summary>Sums loss terms by name on the device over an epoch; the host reads them only when asked.</summary>
internal sealed class LossAccumulator : IDisposable
{
    private readonly List<string> _names = [];
    private torch.Tensor? _sums;
    private ImmutableSortedDictionary<string, double> _resumed = ImmutableSortedDictionary<string, double>.Empty;

    /// <summary>Gets or sets how many optimizer steps were completed.</summary>
    public long Count { get; private set; }

    /// <summary>Adds terms; a custom loss may report other ones from batch to batch.</summary>
    public void Add(IReadOnlyList<KeyValuePair<string, torch.Tensor>> terms)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor values = torch.stack([.. terms.Select(term => term.Value.to(torch.ScalarType.Float64))]);
        torch.Tensor sums = SumsWith(terms, values.device);
        if (terms.Select(term => term.Key).SequenceEqual(_names))
        {
            sums.PlusInPlace(values);
        }
        else
        {
            long[] indices = [.. terms.Select(term => (long)_names.IndexOf(term.Key))];
            torch.Tensor places = Transfers.ToDevice(indices, [indices.Length], values.device);
            sums.index_add_(0, places, values, Scalars.Of(1));
        }
    }

    /// <summary>Counts a step, after the terms of its micro-batches were added.</summary>
    public void CompleteStep() => Count++;

    /// <summary>The means so far; waits for the device.</summary>
    public ImmutableSortedDictionary<string, double> Means() =>
        Sums().ToImmutableSortedDictionary(sum => sum.Key, sum => sum.Value / Count, StringComparer.Ordinal);

    /// <summary>The sums by name; waits for the device.</summary>
    public ImmutableSortedDictionary<string, double> Sums()
    {
        if (_sums is null)
        {
            return _resumed;
        }

        using torch.Tensor host = Transfers.ToHost(_sums);
        return _resumed.SetItems(_names.Zip(host.data<double>(), KeyValuePair.Create));
    }

    /// <summary>Starts a new epoch, or goes on from the sums of an interrupted one.</summary>
    public void Restart(ImmutableSortedDictionary<string, double> sums, long count)
    {
        _sums?.Dispose();
        _sums = null;
        _names.Clear();
        _resumed = sums;
        Count = count;
    }

    public void Dispose() => _sums?.Dispose();

    private torch.Tensor SumsWith(IEnumerable<KeyValuePair<string, torch.Tensor>> terms, torch.Device device)
    {
        string[] added = [.. terms.Select(term => term.Key).Except(_names)];
        if (added.Length == 0)
        {
            return _sums!;
        }

        double[] resumed = [.. added.Select(name => _resumed.GetValueOrDefault(name))];
        torch.Tensor starts = Transfers.ToDevice(resumed, [resumed.Length], torch.ScalarType.Float64, device);
        torch.Tensor sums = _sums is null ? starts : torch.cat([_sums, starts]);
        sums.DetachFromDisposeScope();
        _sums?.Dispose();
        _names.AddRange(added);
        return _sums = sums;
    }
}
