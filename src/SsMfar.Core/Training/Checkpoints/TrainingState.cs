using SsMfar.Models;
using SsMfar.SemiSupervised;
using TorchSharp;

namespace SsMfar.Training;

/// <summary>Everything of a run that learns.</summary>
/// <param name="Model">The trained model.</param>
/// <param name="AveragedModel">Its moving average, or null.</param>
/// <param name="Optimizer">The optimizer.</param>
/// <param name="Policies">The pseudo-label policies, by task.</param>
/// <param name="Balancing">What the balancing of the tasks learns and remembers, or null.</param>
internal sealed record TrainingState(
    MultiTaskModel Model, MultiTaskModel? AveragedModel, AdamOptimizer Optimizer,
    IReadOnlyDictionary<string, IPseudoLabelPolicy> Policies, torch.nn.Module? Balancing = null)
{
    /// <summary>Gets what is evaluated and saved.</summary>
    public MultiTaskModel EvaluatedModel => AveragedModel ?? Model;
}
