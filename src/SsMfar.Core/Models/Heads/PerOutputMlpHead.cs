using SsMfar.Metadata;
using SsMfar.Randomness;
using SsMfar.Runtime;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;

namespace SsMfar.Models;

/// <summary>
/// A head in which each output has a hidden layer of its own, SS-MFAR's for action units: output i = w_i · ReLU(A_i f + a_i) + b_i.
/// The hidden layers are one matrix. Parameter names: <c>hidden.weight</c> [outputs·hidden, inputs], rows i·hidden to
/// (i+1)·hidden - 1 being A_i, <c>hidden.bias</c>, <c>output.weight</c> [outputs, hidden], <c>output.bias</c> [outputs].
/// </summary>
internal sealed class PerOutputMlpHead : torch.nn.Module<torch.Tensor, torch.Tensor>, ITaskHead<PerOutputMlpHead>
{
    internal const string Kind = "per-output-mlp";

    private readonly int _width;

    [ComponentName(Name = "hidden")]
    private readonly Linear _hidden;
    [ComponentName(Name = "output")]
    private readonly Linear _output;

    /// <summary>Makes the head with PyTorch's initialisation of each of its layers.</summary>
    /// <param name="inputs">The number of features, at least 1.</param>
    /// <param name="hidden">The width of each hidden layer, at least 1; 16 in the paper.</param>
    /// <param name="outputs">The number of outputs, at least 1; 12 action units in the paper.</param>
    /// <param name="key">What the weights are drawn from.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is below 1.</exception>
    public PerOutputMlpHead(int inputs, int hidden, int outputs, RandomKey key)
        : base(FirstTensor.Allow(nameof(PerOutputMlpHead)))
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(hidden, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(outputs, 1);
        using var initializer = new WeightInitializer(key);
        _width = hidden;
        _hidden = initializer.Linear(inputs, checked(hidden * outputs));
        _output = initializer.Linear(hidden, outputs);
        Description = new PartDescription(Kind).With("inputs", inputs).With("hidden", hidden).With("outputs", outputs);
        OutputWidth = outputs;
        RegisterComponents();
    }

    /// <inheritdoc/>
    public int OutputWidth { get; }

    /// <summary>Gets the kind <c>per-output-mlp</c> with its sizes.</summary>
    public PartDescription Description { get; }

    static string ITaskHead<PerOutputMlpHead>.Kind => Kind;

    static PerOutputMlpHead ITaskHead<PerOutputMlpHead>.Create(PartDescription description, RandomKey key)
    {
        ArgumentNullException.ThrowIfNull(description);
        return new(description.Number("inputs"), description.Number("hidden"), description.Number("outputs"), key);
    }

    /// <summary>From features [N, inputs] to outputs [N, <see cref="OutputWidth"/>].</summary>
    /// <param name="input">The features.</param>
    public override torch.Tensor forward(torch.Tensor input)
    {
        using var scope = torch.NewDisposeScope();
        var hidden = _hidden.call(input).relu_().view(-1, OutputWidth, _width);
        return hidden.mul(_output.weight).sum(-1).PlusInPlace(_output.bias!).MoveToOuterDisposeScope();
    }
}
