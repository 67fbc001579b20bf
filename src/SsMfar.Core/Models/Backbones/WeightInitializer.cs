using SsMfar.Randomness;
using SsMfar.Runtime;
using TorchSharp;
using TorchSharp.Modules;

namespace SsMfar.Models;

/// <summary>
/// Draws the initial weights of a part from a <see cref="RandomKey"/>, in the order asked for. The same key gives the same weights, and
/// the global random state of torch is neither read nor changed. Parameters are float32 on the CPU, belong to no dispose scope, and are
/// owned by the module that they are given to. While a model file is loaded they are zeros: nothing is drawn that the file replaces.
/// </summary>
/// <param name="key">What the weights are a function of.</param>
/// <exception cref="TorchRuntimeException">libtorch cannot be loaded.</exception>
public sealed class WeightInitializer(RandomKey key) : IDisposable
{
    private readonly torch.Generator _generator = Generator(key);

    /// <summary>
    /// A fully connected layer as PyTorch initialises it: weights and biases uniform in ±1/sqrt(<paramref name="inputs"/>).
    /// </summary>
    /// <param name="inputs">The number of inputs, at least 1.</param>
    /// <param name="outputs">The number of outputs, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is below 1.</exception>
    public Linear Linear(int inputs, int outputs)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(inputs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(outputs, 1);
        double bound = 1 / Math.Sqrt(inputs);
        return torch.nn.Linear(Uniform(bound, outputs, inputs), Uniform(bound, outputs));
    }

    /// <summary>A parameter uniform in ±<paramref name="bound"/>.</summary>
    /// <param name="bound">The largest magnitude.</param>
    /// <param name="shape">The parameter's shape.</param>
    public Parameter Uniform(double bound, params long[] shape) => Draw(shape, values => values.uniform_(-bound, bound, _generator));

    /// <summary>
    /// A convolution's weights [outputs, inputs, k, k], normal with variance 2/(outputs·k²) (He et al., 2015, fan-out mode, for layers
    /// followed by ReLU), as torchvision initialises its ResNets and EfficientNets.
    /// </summary>
    /// <param name="outputs">The number of output channels.</param>
    /// <param name="inputs">The number of input channels, of a group where there are groups.</param>
    /// <param name="kernel">The kernel's side k.</param>
    public Parameter KaimingNormal(int outputs, int inputs, int kernel)
    {
        double deviation = Math.Sqrt(2.0 / ((double)outputs * kernel * kernel));
        return Normal(deviation, outputs, inputs, kernel, kernel);
    }

    /// <summary>A parameter, normal around 0.</summary>
    /// <param name="deviation">The standard deviation.</param>
    /// <param name="shape">The parameter's shape.</param>
    public Parameter Normal(double deviation, params long[] shape) => Draw(shape, values => values.normal_(0, deviation, _generator));

    /// <summary>A parameter of one value; nothing is drawn.</summary>
    internal static Parameter Constant(double value, params long[] shape) =>
        ToParameter(torch.empty(shape, dtype: torch.ScalarType.Float32).fill_(Scalars.Of(value)));

    /// <summary>Releases the generator; the parameters made live on.</summary>
    public void Dispose() => _generator.Dispose();

    // Where a file replaces them, zeros: drawing those of a ResNet-18 takes longer than reading them.
    private Parameter Draw(long[] shape, Func<torch.Tensor, torch.Tensor> draw)
    {
        torch.Tensor values = torch.zeros(shape, dtype: torch.ScalarType.Float32);
        return ToParameter(key.IsOfNoValues ? values : draw(values));
    }

    private static torch.Generator Generator(RandomKey key)
    {
        FirstTensor.Allow();
#pragma warning disable RS0030 // On the host: weights are drawn there, and the model moves to its device afterwards.
        return new(key.Value);
#pragma warning restore RS0030
    }

    private static Parameter ToParameter(torch.Tensor values)
    {
        var parameter = torch.nn.Parameter(values);
        parameter.DetachFromDisposeScope();
        return parameter;
    }
}
