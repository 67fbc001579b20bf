using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Kernels.TensorLists;

/// <summary>The kernels as plain tensor operations: slower, and right for any libtorch.</summary>
internal sealed class PlainKernels : ITensorListKernels
{
    private const double NormFloor = 1e-6;

    public static PlainKernels Instance { get; } = new();

    public void Adam(AdamTensors tensors, in AdamRates rates)
    {
        double correction1 = 1 - Math.Pow(rates.Beta1, tensors.Step);
        double correction2 = Math.Sqrt(1 - Math.Pow(rates.Beta2, tensors.Step));
        for (int i = 0; i < tensors.Parameters.Length; i++)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            torch.Tensor parameter = tensors.Parameters[i];
            torch.Tensor gradient = tensors.Gradients[i];
            torch.Tensor first = tensors.FirstMoments[i];
            torch.Tensor second = tensors.SecondMoments[i];
            tensors.Steps[i].PlusInPlace(1);
            if (rates.WeightDecay != 0)
            {
                if (rates.DecoupledDecay)
                {
                    parameter.mul_(Scalars.Of(1 - (rates.LearningRate * rates.WeightDecay)));
                }
                else
                {
                    gradient = gradient.add(parameter, alpha: Scalars.Of(rates.WeightDecay));
                }
            }

            first.mul_(Scalars.Of(rates.Beta1)).add_(gradient, alpha: Scalars.Of(1 - rates.Beta1));
            second.mul_(Scalars.Of(rates.Beta2)).addcmul_(gradient, gradient, Scalars.Of(1 - rates.Beta2));
            torch.Tensor denominator = second.sqrt().div_(Scalars.Of(correction2)).PlusInPlace(rates.Epsilon);
            parameter.addcdiv_(first, denominator, Scalars.Of(-rates.LearningRate / correction1));
        }
    }

    public void Lerp(torch.Tensor[] averages, torch.Tensor[] values, double weight)
    {
        for (int i = 0; i < averages.Length; i++)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            averages[i].add_(values[i] - averages[i], alpha: Scalars.Of(weight));
        }
    }

    public void ClipNorm(torch.Tensor[] tensors, double limit)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor total = torch.stack([.. tensors.Select(t => t.norm())]).norm();
        torch.Tensor factor = (total.Plus(NormFloor).reciprocal() * Scalars.Of(limit)).clamp_max(Scalars.Of(1));
        foreach (torch.Tensor tensor in tensors)
        {
            tensor.mul_(factor);
        }
    }
}
