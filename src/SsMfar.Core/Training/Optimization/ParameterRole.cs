using SsMfar.Models;
using TorchSharp.Modules;

namespace SsMfar.Training;

/// <summary>A parameter and how it is to be optimized.</summary>
/// <param name="Name">Its name in the model.</param>
/// <param name="Parameter">The parameter; the model's.</param>
/// <param name="IsHead">Whether it belongs to a task's head rather than to the backbone.</param>
/// <param name="IsDecayed">Whether weight decay applies: matrices and convolutions, never norms and biases.</param>
internal sealed record ParameterRole(string Name, Parameter Parameter, bool IsHead, bool IsDecayed)
{
    public static IReadOnlyList<ParameterRole> Of(MultiTaskModel model) =>
    [
        .. model.named_parameters()
            .Where(named => named.parameter.requires_grad)
            .Select(named => new ParameterRole(
                named.name,
                named.parameter,
                named.name.StartsWith("heads.", StringComparison.Ordinal),
                named.parameter.dim() > 1)),
    ];
}
