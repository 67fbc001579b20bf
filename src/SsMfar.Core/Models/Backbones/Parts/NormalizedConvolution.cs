using SsMfar.Kernels;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;

namespace SsMfar.Models;

/// <summary>
/// Convolution, batch normalisation and what follows, with the names that a sequence of them has: <c>0</c>, <c>1</c> and, where it has
/// weights, <c>2</c>.
/// </summary>
internal sealed class NormalizedConvolution : torch.nn.Module<torch.Tensor, torch.Tensor>, IFusiblePart
{
    [ComponentName(Name = "0")]
    private readonly ConvolutionLayer _convolution;
    [ComponentName(Name = "1")]
    private readonly BatchNorm2d _norm;
    [ComponentName(Name = "2")]
    private readonly PReluLayer? _slopes;

    private readonly Activation _activation;

    public NormalizedConvolution(ConvolutionLayer convolution, Activation activation, double epsilon = 1e-5)
        : base(nameof(NormalizedConvolution))
    {
        int outputs = (int)convolution.Weight.size(0);
        _convolution = convolution;
        _norm = torch.nn.BatchNorm2d(outputs, eps: epsilon);
        _activation = activation;
        _slopes = activation == Activation.PRelu ? new(outputs) : null;
        RegisterComponents();
    }

    public torch.nn.Module<torch.Tensor, torch.Tensor> Fuse() => new FusedUnit(_convolution, _norm, _activation, _slopes);

    public override torch.Tensor forward(torch.Tensor input)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor output = CpuKernels.Normalize(_norm, _convolution.call(input));
        return (_activation switch
        {
            Activation.Silu => output.silu(),
            Activation.PRelu => _slopes!.call(output),
            _ => output,
        }).MoveToOuterDisposeScope();
    }
}
