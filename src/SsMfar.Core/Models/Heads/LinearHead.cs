using SsMfar.Metadata;
using SsMfar.Randomness;
using SsMfar.Runtime;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;

namespace SsMfar.Models;

/// <summary>A head of one fully connected layer. Parameter names: <c>output.weight</c> [outputs, inputs], <c>output.bias</c>.</summary>
internal sealed class LinearHead : torch.nn.Module<torch.Tensor, torch.Tensor>, ITaskHead<LinearHead>
{
    internal const string Kind = "linear";

    [ComponentName(Name = "output")]
    private readonly Linear _output;

    /// <summary>Makes the head with PyTorch's initialisation.</summary>
    /// <param name="inputs">The number of features, at least 1.</param>
    /// <param name="outputs">The number of outputs, at least 1.</param>
    /// <param name="key">What the weights are drawn from.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is below 1.</exception>
    public LinearHead(int inputs, int outputs, RandomKey key)
        : base(FirstTensor.Allow(nameof(LinearHead)))
    {
        using var initializer = new WeightInitializer(key);
        _output = initializer.Linear(inputs, outputs);
        Description = new PartDescription(Kind).With("inputs", inputs).With("outputs", outputs);
        OutputWidth = outputs;
        RegisterComponents();
    }

    /// <inheritdoc/>
    public int OutputWidth { get; }

    /// <summary>Gets the kind <c>linear</c> with its sizes.</summary>
    public PartDescription Description { get; }

    static string ITaskHead<LinearHead>.Kind => Kind;

    static LinearHead ITaskHead<LinearHead>.Create(PartDescription description, RandomKey key)
    {
        ArgumentNullException.ThrowIfNull(description);
        return new(description.Number("inputs"), description.Number("outputs"), key);
    }

    /// <summary>From features [N, inputs] to outputs [N, <see cref="OutputWidth"/>].</summary>
    /// <param name="input">The features.</param>
    public override torch.Tensor forward(torch.Tensor input) => _output.call(input);
}
