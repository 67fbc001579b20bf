using SsMfar.SemiSupervised;
using TorchSharp;

namespace SsMfar.Tests.SemiSupervised;

/// <summary>A policy that learns nothing and keeps nothing, for tests of what policies are asked and told.</summary>
internal abstract class QuietPolicy : IPseudoLabelPolicy
{
    public bool Disposed { get; private set; }

    public abstract PseudoLabels Assign(PolicyBatch strong);

    public virtual void Observe(PolicyBatch batch)
    {
    }

    public virtual void EndEpoch(int epoch)
    {
    }

    public IReadOnlyDictionary<string, torch.Tensor> SaveState() => new Dictionary<string, torch.Tensor>();

    public void LoadState(IReadOnlyDictionary<string, torch.Tensor> state) => state.Should().BeEmpty();

    public IReadOnlyDictionary<string, double[]> Describe() => new Dictionary<string, double[]>();

    public void Dispose() => Disposed = true;
}
