using SsMfar.Kernels.Native;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Kernels.Fixed;

/// <summary>What follows a convolution: a bias, perhaps a sum, perhaps ReLU.</summary>
/// <param name="Bias">[O].</param>
/// <param name="Addend">Of the output's shape; null for none.</param>
/// <param name="Rectifies">Whether negative values become 0.</param>
internal readonly record struct ConvolutionEpilogue(torch.Tensor Bias, torch.Tensor? Addend = null, bool Rectifies = false)
{
    /// <summary>The same on addresses. The current scope keeps what they point at.</summary>
    /// <param name="output">[N, H, W, O], without gaps.</param>
    public unsafe NativeEpilogue On(torch.Tensor output) => new(
        NativeMaps.Address(Bias),
        Addend is null ? 0 : (nint)(NativeMaps.Address(NativeMaps.ChannelsAtEnd(Addend)) - NativeMaps.Address(output)),
        Rectifies);

    /// <summary>The sum and ReLU, in place.</summary>
    /// <param name="output">What has its bias.</param>
    public torch.Tensor Apply(torch.Tensor output)
    {
        torch.Tensor sum = Addend is null ? output : output.PlusInPlace(Addend);
        return Rectifies ? sum.relu_() : sum;
    }
}
