using TorchSharp;

namespace SsMfar.SemiSupervised;

/// <summary>A loss that a policy adds to that of its task.</summary>
public sealed class PolicyLoss
{
    /// <summary>Creates a loss.</summary>
    /// <param name="name">Its name among the task's terms.</param>
    /// <param name="value">Scalar, with a gradient into the strong outputs.</param>
    /// <param name="weight">What it is multiplied by; the term is reported without.</param>
    public PolicyLoss(string name, torch.Tensor value, double weight) =>
        (Name, Value, Weight) = (name, value, weight);

    /// <summary>Gets its name among the task's terms.</summary>
    public string Name { get; }

    /// <summary>Gets the scalar, with a gradient into the strong outputs.</summary>
    public torch.Tensor Value { get; }

    /// <summary>Gets what it is multiplied by; the term is reported without.</summary>
    public double Weight { get; }
}
