using SsMfar.Runtime;
using TorchSharp;
using TorchSharp.Modules;

namespace SsMfar.Kernels.Normalization;

/// <summary>Keeps the running statistics of batch norms as they are while training passes go through them, until disposed.</summary>
internal sealed class HeldStatistics : IDisposable
{
    private readonly (BatchNorm Norm, double? Momentum)[] _norms;

    /// <param name="module">Whose batch norms are held.</param>
    public HeldStatistics(torch.nn.Module module)
    {
        _norms = [.. module.modules().OfType<BatchNorm>().Where(norm => norm.training).Select(norm => (norm, norm.momentum))];
        foreach ((BatchNorm norm, _) in _norms)
        {
            norm.momentum = 0;
        }
    }

    /// <summary>Lets them move again. For a single pass in between: each norm has counted it.</summary>
    public void Dispose()
    {
        foreach ((BatchNorm norm, double? momentum) in _norms)
        {
            norm.momentum = momentum;
            norm.num_batches_tracked?.PlusInPlace(-1);
        }
    }
}
