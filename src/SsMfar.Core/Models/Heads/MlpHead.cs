using SsMfar.Metadata;
using SsMfar.Randomness;
using SsMfar.Runtime;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;

namespace SsMfar.Models;

/// <summary>
/// A head of two fully connected layers with ReLU between, SS-MFAR's for expressions and for valence and arousal. Parameter names:
/// <c>hidden.weight</c> [hidden, inputs], <c>hidden.bias</c>, <c>output.weight</c> [outputs, hidden], <c>output.bias</c>.
/// </summary>
public sealed class MlpHead : torch.nn.Module<torch.Tensor, torch.Tensor>, ITaskHead<MlpHead>
{
    internal const string Kind = "mlp";

    [ComponentName(Name = "hidden")]
    private readonly Linear _hidden;
    [ComponentName(Name = "output")]
    private readonly Linear _output;

    /// <summary>Makes the head with PyTorch's initialisation.</summary>
    /// <param name="inputs">The number of features, at least 1.</param>
    /// <param name="hidden">The width between the layers, at least 1; 16 in the paper.</param>
    /// <param name="outputs">The number of outputs, at least 1.</param>
    /// <param name="key">What the weights are drawn from.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is below 1.</exception>
    public MlpHead(int inputs, int hidden, int outputs, RandomKey key)
        : base(FirstTensor.Allow(nameof(MlpHead)))
    {
        using var initializer = new WeightInitializer(key);
        _hidden = initializer.Linear(inputs, hidden);
        _output = initializer.Linear(hidden, outputs);
        Description = new PartDescription(Kind).With("inputs", inputs).With("hidden", hidden).With("outputs", outputs);
        OutputWidth = outputs;
        RegisterComponents();
    }

    /// <inheritdoc/>
    public int OutputWidth { get; }

    /// <summary>Gets the kind <c>mlp</c> with its sizes.</summary>
    public PartDescription Description { get; }

    static string ITaskHead<MlpHead>.Kind => Kind;

    static MlpHead ITaskHead<MlpHead>.Create(PartDescription description, RandomKey key)
    {
        ArgumentNullException.ThrowIfNull(description);
        return new(description.Number("inputs"), description.Number("hidden"), description.Number("outputs"), key);
    }

    /// <summary>From features [N, inputs] to outputs [N, <see cref="OutputWidth"/>].</summary>
    /// <param name="input">The features.</param>
    public override torch.Tensor forward(torch.Tensor input)
    {
        using var scope = torch.NewDisposeScope();
        return _output.call(_hidden.call(input).relu_()).MoveToOuterDisposeScope();
    }
}
