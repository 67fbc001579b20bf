using TorchSharp;

namespace SsMfar.Models;

/// <summary>
/// The channels-last memory layout, in which convolutions run faster on most CPUs and on CUDA tensor cores. Shapes and values stay; only
/// strides change. A convolution whose weights are channels-last gives channels-last output, so converting weights is enough.
/// </summary>
internal static class ChannelsLast
{
    /// <summary>
    /// Gives every four-dimensional parameter of a module channels-last strides, in place: parameters keep their identity, and loading
    /// weights, moving to a device and converting keep the layout. Call it before the optimizer is built, so that its moments take the
    /// same layout.
    /// </summary>
    /// <param name="module">The module.</param>
    public static void Apply(torch.nn.Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        using var noGradient = torch.no_grad();
        foreach (var parameter in module.parameters().Where(p => p.dim() == 4))
        {
            using var scope = torch.NewDisposeScope();
            parameter.set_(Convert(parameter.detach()));
        }
    }

    /// <summary>A tensor with the same shape and values and channels-last strides; belongs to the caller's dispose scope.</summary>
    /// <param name="images">[N, C, H, W].</param>
    public static torch.Tensor Convert(torch.Tensor images)
    {
        ArgumentNullException.ThrowIfNull(images);
        using var scope = torch.NewDisposeScope();
        return images.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2).MoveToOuterDisposeScope();
    }

    /// <summary>Whether a tensor's strides are those of channels-last.</summary>
    /// <param name="images">[N, C, H, W].</param>
    public static bool Holds(torch.Tensor images)
    {
        ArgumentNullException.ThrowIfNull(images);
        using var rows = images.permute(0, 2, 3, 1);
        return rows.is_contiguous();
    }
}
