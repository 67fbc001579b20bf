using TorchSharp;
using TorchSharp.Modules;

namespace SsMfar.Kernels.Normalization;

/// <summary>Makes batch norms normalise training passes by their running statistics, and leave those alone, until disposed.</summary>
internal sealed class RunningStatistics : IDisposable
{
    private readonly BatchNorm[] _norms;

    /// <param name="module">Whose batch norms are meant.</param>
    public RunningStatistics(torch.nn.Module module)
    {
        _norms = [.. module.modules().OfType<BatchNorm>().Where(norm => norm.training)];
        foreach (BatchNorm norm in _norms)
        {
            norm.eval();
        }
    }

    /// <summary>Lets them take statistics of the batch again.</summary>
    public void Dispose()
    {
        foreach (BatchNorm norm in _norms)
        {
            norm.train();
        }
    }
}
