using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Tests.Models;

/// <summary>Networks whose weights are formulas of name and position, as in write.py beside this file.</summary>
internal static class Formulas
{
    private const string Counter = "num_batches_tracked";
    private const string Variance = "running_var";
    private const string Weight = "weight";

    /// <summary>A built-in backbone in float64, in evaluation mode; the caller disposes its module.</summary>
    public static IBackbone Network(string name)
    {
        TorchRuntime.Initialize();
        IBackbone network = BackboneFactory.Parse(name).Create(RandomKey.FromSeed(1));
        network.Module.to(torch.ScalarType.Float64);
        Fill(network.Module);
        network.Module.eval();
        return network;
    }

    /// <summary>Gives every tensor but counters its formula's values, in the tensor's own type.</summary>
    public static void Fill(torch.nn.Module module)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        Dictionary<string, torch.Tensor> state = module.state_dict();
        string[] names = [.. Names(module)];
        for (int i = 0; i < names.Length; i++)
        {
            string name = names[i];
            torch.Tensor target = state[name];
            bool isNorm = state.ContainsKey(name[..^Weight.Length] + Variance);
            double size = target.dim() == 4 ? Math.Sqrt(6.0 / (target.size(1) * target.size(2) * target.size(3))) : 0;
            Func<double, double> value = name switch
            {
                _ when name.EndsWith(Variance, StringComparison.Ordinal) => u => u + 0.5,
                _ when name.EndsWith("running_mean", StringComparison.Ordinal) => u => (u * 0.4) - 0.2,
                _ when name.EndsWith("bias", StringComparison.Ordinal) => u => (u * 0.2) - 0.1,
                _ when target.dim() == 4 => u => ((u * 2) - 1) * size,
                _ => isNorm ? u => (u * 0.5) + 0.75 : u => (u * 0.3) + 0.05,
            };
            target.copy_(Draw(target.numel(), i, value).reshape(target.shape));
        }
    }

    /// <summary>The names of a module's tensors but counters, sorted.</summary>
    public static IEnumerable<string> Names(torch.nn.Module module) =>
        module.state_dict().Keys.Where(name => !name.EndsWith(Counter, StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    /// <summary>float64 [2, 3, height, width].</summary>
    public static torch.Tensor Images(int height, int width)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return Draw(2 * 3 * height * width, 100003, u => ((u * 2) - 1) * 1.7).reshape(2, 3, height, width).MoveToOuterDisposeScope();
    }

    /// <summary>float64 numbers from 0 to 1 that depend on their position and an index, or what is made of them.</summary>
    public static torch.Tensor Draw(long count, int index, Func<double, double>? value = null)
    {
        double[] values = new double[count];
        for (long k = 0; k < count; k++)
        {
            uint h = unchecked(((uint)k * 0x9E3779B1) + ((uint)index * 0x85EBCA77) + 1);
            h = unchecked((h ^ (h >> 16)) * 0x85EBCA6B);
            h = unchecked((h ^ (h >> 13)) * 0xC2B2AE35);
            double u = (h ^ (h >> 16)) / 4294967296.0;
            values[k] = value is null ? u : value(u);
        }

        return torch.tensor(values);
    }
}
