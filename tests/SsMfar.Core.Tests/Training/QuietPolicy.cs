using SsMfar.SemiSupervised;
using TorchSharp;

namespace SsMfar.Tests.Training;

/// <summary>A policy that learns nothing and keeps nothing, for tests of what policies assign.</summary>
internal abstract class QuietPolicy : IPseudoLabelPolicy
{
    public abstract PseudoLabels Assign(PolicyBatch strong);

    public virtual void Observe(PolicyBatch batch)
    {
    }

    public void EndEpoch(int epoch)
    {
    }

    public IReadOnlyDictionary<string, torch.Tensor> SaveState() => new Dictionary<string, torch.Tensor>();

    public void LoadState(IReadOnlyDictionary<string, torch.Tensor> state)
    {
    }

    public IReadOnlyDictionary<string, double[]> Describe() => new Dictionary<string, double[]>();

    public void Dispose()
    {
    }
}
