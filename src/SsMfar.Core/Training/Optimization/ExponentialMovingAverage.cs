using SsMfar.Kernels.TensorLists;
using SsMfar.Models;
using TorchSharp;

namespace SsMfar.Training;

/// <summary>
/// A model whose parameters and floating-point buffers follow another's as an exponential moving average; integer buffers are copied.
/// The decay at step t (from 0) is min(d, (1 + t) / (10 + t)), so that early averages are not held by the initial weights.
/// </summary>
internal sealed class ExponentialMovingAverage
{
    private readonly double _decay;
    private readonly ITensorListKernels _kernels;
    private readonly torch.Tensor[] _averages;
    private readonly torch.Tensor[] _values;
    private readonly (torch.Tensor Copy, torch.Tensor Value)[] _counters;

    /// <param name="average">The averaged model; starts as a copy of the other's weights and stays the caller's.</param>
    /// <param name="model">The trained model.</param>
    /// <param name="decay">d, in [0, 1).</param>
    /// <param name="kernels">How tensors are averaged.</param>
    /// <param name="headsAlone">Whether the backbone stays the copy that it starts as.</param>
    public ExponentialMovingAverage(
        MultiTaskModel average, MultiTaskModel model, double decay, ITensorListKernels kernels, bool headsAlone = false)
    {
        _decay = decay;
        _kernels = kernels;
        Dictionary<string, torch.Tensor> from = model.state_dict();
        var pairs = average.state_dict().Select(entry => (entry.Key, Copy: entry.Value, Value: from[entry.Key])).ToArray();
        using var noGradient = torch.no_grad();
        foreach ((_, torch.Tensor copy, torch.Tensor value) in pairs)
        {
            copy.copy_(value);
        }

        pairs = [.. pairs.Where(pair => !headsAlone || pair.Key.StartsWith("heads.", StringComparison.Ordinal))];
        var floating = pairs.Where(pair => pair.Copy.is_floating_point()).ToArray();
        _averages = [.. floating.Select(pair => pair.Copy)];
        _values = [.. floating.Select(pair => pair.Value)];
        _counters = [.. pairs.Where(pair => !pair.Copy.is_floating_point()).Select(pair => (pair.Copy, pair.Value))];
    }

    /// <summary>Follows the trained model after an optimizer step.</summary>
    /// <param name="step">The step just taken, from 0.</param>
    public void Update(long step)
    {
        using var noGradient = torch.no_grad();
        double decay = Math.Min(_decay, (1.0 + step) / (10.0 + step));
        _kernels.Lerp(_averages, _values, 1 - decay);
        foreach ((torch.Tensor copy, torch.Tensor value) in _counters)
        {
            copy.copy_(value);
        }
    }
}
