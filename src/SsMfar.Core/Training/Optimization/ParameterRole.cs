using SsMfar.Losses;
using SsMfar.Models;
using TorchSharp.Modules;

namespace SsMfar.Training;

/// <summary>A parameter and how it is to be optimized.</summary>
/// <param name="Name">Its name in the model, or that of the balancing after <c>balancing.</c></param>
/// <param name="Parameter">The parameter; the model's or the balancing's.</param>
/// <param name="IsHead">Whether it is optimized as a task's head is, rather than as the backbone.</param>
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

    /// <summary>What a balancing learns: as a head's biases.</summary>
    public static IEnumerable<ParameterRole> Of(ITaskBalancing balancing) =>
        balancing.Module?.named_parameters().Where(named => named.parameter.requires_grad)
            .Select(named => new ParameterRole($"balancing.{named.name}", named.parameter, IsHead: true, IsDecayed: false)) ?? [];
}
