using SsMfar.Runtime;
using TorchSharp;
using TorchSharp.Modules;

namespace SsMfar.Tests.Kernels;

/// <summary>Batch norms whose statistics and weights show, and how far two results are from each other.</summary>
internal static class NormCase
{
    /// <summary>A norm with weights of either sign, none near 0, drawn by libtorch's generator.</summary>
    public static BatchNorm2d Norm(int channels, torch.ScalarType type)
    {
        using var noGradient = torch.no_grad();
        BatchNorm2d norm = torch.nn.BatchNorm2d(channels, dtype: type);
        norm.weight!.uniform_(-1.4, 1.4);
        norm.weight!.add_(norm.weight!.sign(), alpha: Scalars.Of(0.1));
        norm.bias!.uniform_(-1, 1);
        norm.running_mean!.uniform_(-1, 1);
        return norm;
    }

    /// <summary>The values, by rows, in float64.</summary>
    public static double[] Values(torch.Tensor tensor) =>
        tensor.detach().to(torch.ScalarType.Float64).contiguous().data<double>().ToArray();

    /// <summary>The largest difference.</summary>
    public static double Worst(double[] actual, double[] expected) => actual.Zip(expected, (a, e) => Math.Abs(a - e)).Max();

    /// <summary>The largest difference.</summary>
    public static double Worst(torch.Tensor actual, torch.Tensor expected) => Worst(Values(actual), Values(expected));

    /// <summary>The largest difference, in parts of the largest value.</summary>
    public static double Relative(torch.Tensor actual, torch.Tensor expected) =>
        Worst(actual, expected) / Math.Max(1e-3, Values(expected).Max(Math.Abs));
}
