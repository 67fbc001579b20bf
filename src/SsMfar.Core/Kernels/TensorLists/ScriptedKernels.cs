using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Kernels.TensorLists;

/// <summary>The kernels as libtorch's fused and multi-tensor operations, reached through a constant TorchScript.</summary>
internal sealed class ScriptedKernels : ITensorListKernels
{
    // TorchSharp does not bind these operations. The script never changes at run time: one that does not compile aborts the process. It
    // makes no lists of its own: libtorch takes what is done in place to the tensors of such a list for unused, and leaves it out.
    private const string Source = """
        def adam(parameters: List[Tensor], gradients: List[Tensor], first: List[Tensor], second: List[Tensor], steps: List[Tensor],
                 lr: float, beta1: float, beta2: float, eps: float, weight_decay: float, decoupled: bool):
            none: List[Tensor] = []
            torch._foreach_add_(steps, 1)
            if decoupled:
                torch._fused_adamw_(parameters, gradients, first, second, none, steps, lr=lr, beta1=beta1, beta2=beta2,
                                    weight_decay=weight_decay, eps=eps, amsgrad=False, maximize=False)
            else:
                torch._fused_adam_(parameters, gradients, first, second, none, steps, lr=lr, beta1=beta1, beta2=beta2,
                                   weight_decay=weight_decay, eps=eps, amsgrad=False, maximize=False)
            return 0

        def lerp(averages: List[Tensor], values: List[Tensor], weight: float):
            torch._foreach_lerp_(averages, values, weight)
            return 0

        def clip_norm(tensors: List[Tensor], limit: float):
            total = torch.linalg_vector_norm(torch.stack(torch._foreach_norm(tensors, 2)), 2)
            torch._foreach_mul_(tensors, torch.clamp(limit / (total + 1e-6), max=1.0))
            return 0

        """;

    private readonly torch.jit.CompilationUnit _script = torch.jit.compile(Source);

    public void Adam(AdamTensors tensors, in AdamRates rates)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Invoke(
            "adam",
            InMemory(tensors.Parameters),
            InMemory(LaidOut(tensors.Gradients, tensors.Parameters)),
            InMemory(tensors.FirstMoments),
            InMemory(tensors.SecondMoments),
            tensors.Steps,
            Scalars.Of(rates.LearningRate),
            Scalars.Of(rates.Beta1),
            Scalars.Of(rates.Beta2),
            Scalars.Of(rates.Epsilon),
            Scalars.Of(rates.WeightDecay),
            rates.DecoupledDecay);
    }

    public void Lerp(torch.Tensor[] averages, torch.Tensor[] values, double weight) => Invoke("lerp", averages, values, Scalars.Of(weight));

    public void ClipNorm(torch.Tensor[] tensors, double limit) => Invoke("clip_norm", tensors, Scalars.Of(limit));

    // Fused Adam goes through memory value by value, whatever the strides say, so that gradients have to lie as their parameters do.
    private static torch.Tensor[] LaidOut(torch.Tensor[] gradients, torch.Tensor[] parameters) =>
    [
        .. gradients.Zip(parameters, (gradient, parameter) => gradient.stride().AsSpan().SequenceEqual(parameter.stride())
            ? gradient
            : torch.empty_like(parameter).copy_(gradient)),
    ];

    // Of a gradient that is not contiguous it first makes a copy, which it never reads: channels-last weights are contiguous with their
    // channels at the end.
    private static torch.Tensor[] InMemory(torch.Tensor[] tensors) =>
        [.. tensors.Select(tensor => tensor.dim() == 4 && !tensor.is_contiguous() ? tensor.permute(0, 2, 3, 1) : tensor)];

    // Numbers come as Scalars: of a double TorchSharp would make one that nothing keeps. Nor does it keep the tensors that it is given.
    private void Invoke(string function, params object[] arguments)
    {
        _script.invoke(function, arguments);
        GC.KeepAlive(arguments);
    }
}
