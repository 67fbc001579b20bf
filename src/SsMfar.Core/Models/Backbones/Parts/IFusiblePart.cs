using TorchSharp;
using TorchSharp.Modules;

namespace SsMfar.Models;

/// <summary>A part of a network that has a copy for inference.</summary>
internal interface IFusiblePart
{
    /// <summary>
    /// The copy, with the weights of now: float32, on the CPU, of <see cref="Sequential"/>, <see cref="FusedUnit"/>,
    /// <see cref="FusedSum"/>, <see cref="FusedGate"/> and <see cref="FusedScaling"/> alone, which the ONNX exporter knows; the caller's.
    /// </summary>
    torch.nn.Module<torch.Tensor, torch.Tensor> Fuse();

    /// <summary>The copy of a part, or of a sequence of parts; the caller's.</summary>
    static torch.nn.Module<torch.Tensor, torch.Tensor> Fuse(torch.nn.Module part) => part is Sequential sequence
        ? torch.nn.Sequential(sequence.children().Select(Fuse))
        : ((IFusiblePart)part).Fuse();
}
