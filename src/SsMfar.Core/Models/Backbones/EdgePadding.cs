using TorchSharp;

namespace SsMfar.Models;

/// <summary>How a convolution pads its input with zeros, so that the output has ceil(size / stride) elements a side.</summary>
internal enum EdgePadding
{
    /// <summary>k/2 on every side, as PyTorch's networks have it.</summary>
    Centered,

    /// <summary>As much as is needed; what is odd goes to the bottom and right. TensorFlow calls it SAME.</summary>
    AsNeeded,
}

/// <summary>Kernel size, stride and padding of a square convolution.</summary>
/// <param name="kernel">The kernel's side, odd.</param>
/// <param name="stride">The stride, at least 1.</param>
/// <param name="padding">How the edges are padded.</param>
internal sealed class ConvolutionEdges(long kernel, long stride, EdgePadding padding)
{
    private static readonly long[] None = [0, 0];

    private readonly long[] _strides = [stride, stride];
    private readonly long[] _centered = [kernel / 2, kernel / 2];

    public long Kernel { get; } = kernel;

    public long Stride { get; } = stride;

    /// <summary>Gets the padding; with stride 1 both kinds are one.</summary>
    public EdgePadding Padding { get; } = stride == 1 ? EdgePadding.Centered : padding;

    /// <summary>The convolution.</summary>
    /// <param name="input">[N, I, H, W].</param>
    /// <param name="weight">[O, I / groups, k, k].</param>
    /// <param name="bias">[O], or null.</param>
    /// <param name="groups">The number of groups.</param>
    /// <returns>[N, O, ceil(H / stride), ceil(W / stride)]; the caller's.</returns>
    public torch.Tensor Convolve(torch.Tensor input, torch.Tensor weight, torch.Tensor? bias, long groups)
    {
        if (Padding == EdgePadding.Centered && !NeedsFloat32(input, groups))
        {
            return torch.nn.functional.conv2d(input, weight, bias, strides: _strides, padding: _centered, groups: groups);
        }

        using DisposeScope scope = torch.NewDisposeScope();
        if (Padding == EdgePadding.Centered)
        {
            const torch.ScalarType Exact = torch.ScalarType.Float32;
            return Convolve(input.to(Exact), weight.to(Exact), bias?.to(Exact), groups).to(input.dtype).MoveToOuterDisposeScope();
        }

        (long top, long bottom) = Needed(input.size(2));
        (long left, long right) = Needed(input.size(3));
        torch.Tensor padded = torch.nn.functional.pad(input, [left, right, top, bottom]);
        return torch.nn.functional.conv2d(padded, weight, bias, strides: _strides, padding: None, groups: groups)
            .MoveToOuterDisposeScope();
    }

    // The gradient of the weights by oneDNN 3.7, in bfloat16, where a kernel's first and last weights both see nothing but padding.
    private bool NeedsFloat32(torch.Tensor input, long groups) =>
        input.dtype == torch.ScalarType.BFloat16 && input.device_type == DeviceType.CPU && groups == 1
        && Math.Min(input.size(2), input.size(3)) <= Kernel / 2;

    private (long Before, long After) Needed(long size)
    {
        long outputs = (size + Stride - 1) / Stride;
        long needed = Math.Max(0, ((outputs - 1) * Stride) + Kernel - size);
        return (needed / 2, needed - (needed / 2));
    }
}
