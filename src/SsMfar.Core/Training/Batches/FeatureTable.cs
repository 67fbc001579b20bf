using System.Runtime.InteropServices;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Training;

/// <summary>The pooled features of a set's views, on the host or on the device that computed them.</summary>
/// <param name="features">float32 [rows x views, width], the views of a row together; this table's from now on.</param>
/// <param name="views">How many views a row has.</param>
/// <param name="rows">Which rows of the tensor are this table's, which then is another's and not disposed here; null for all.</param>
internal sealed class FeatureTable(torch.Tensor features, int views, int[]? rows = null) : IDisposable
{
    private torch.Tensor _features = features;

    /// <summary>Gets the number of rows of the tensor.</summary>
    public int Rows => (int)(_features.size(0) / views);

    /// <summary>Gets the number of features.</summary>
    public long Width => _features.size(1);

    /// <summary>Gets how many views a row has.</summary>
    public int Views => views;

    /// <summary>Gets how much memory the features take.</summary>
    public long Bytes => _features.numel() * sizeof(float);

    /// <summary>A table of some of the tensor's rows; this one must outlive it.</summary>
    public FeatureTable Only(int[] some) => new(_features, views, some);

    /// <summary>
    /// Puts the features on a device where they fit the budget and the device's free memory; they stay on the host otherwise.
    /// </summary>
    public void Place(torch.Device device, DeviceImageBudget budget)
    {
        if (device.type != DeviceType.CPU)
        {
            Place(features => features.to(device), budget);
        }
    }

    /// <inheritdoc cref="Place(torch.Device, DeviceImageBudget)"/>
    internal void Place(Func<torch.Tensor, torch.Tensor> copy, DeviceImageBudget budget)
    {
        if (Bytes > budget.Remaining)
        {
            return;
        }

        torch.Tensor placed;
        try
        {
            placed = copy(_features).DetachFromDisposeScope();
        }
        catch (ExternalException noMemory) when (DeviceMemory.IsExhausted(noMemory))
        {
            return;
        }

        budget.Take(Bytes);
        _features.Dispose();
        _features = placed;
    }

    /// <summary>Some rows, a view of each.</summary>
    /// <param name="asked">Rows of the set.</param>
    /// <param name="ofRows">A view for each of them.</param>
    /// <param name="device">Where the features are to be.</param>
    /// <returns>float32 [rows, width], without gradient; the caller, or its dispose scope, disposes it.</returns>
    public torch.Tensor Gather(ReadOnlySpan<int> asked, ReadOnlySpan<int> ofRows, torch.Device device)
    {
        long[] places = new long[asked.Length];
        for (int i = 0; i < places.Length; i++)
        {
            places[i] = ((long)(rows is null ? asked[i] : rows[asked[i]]) * views) + ofRows[i];
        }

        using torch.Tensor indices = Transfers.ToDevice(places, [places.Length], _features.device);
        torch.Tensor gathered = _features.index_select(0, indices);
        if (_features.device_type == DeviceType.CPU)
        {
            return Transfers.ToDevice(gathered, device);
        }

        // Copied only where heads learn elsewhere than the features were computed.
        using (gathered)
        {
            return gathered.to(device);
        }
    }

    public void Dispose()
    {
        if (rows is null)
        {
            _features.Dispose();
        }
    }
}
