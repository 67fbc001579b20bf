using SsMfar.Metadata;
using SsMfar.Randomness;
using SsMfar.Runtime;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;

namespace SsMfar.Models;

/// <summary>
/// A head of ordinal labels, each with a hidden layer and one score of its own, and with a bias a step (Cao, Mirjalili and Raschka, 2020):
/// output (i, k) = w_i · ReLU(A_i f + a_i) + b_ik. Weights that the steps share keep their order. Parameter names:
/// <c>hidden.weight</c> [labels·hidden, inputs], <c>hidden.bias</c>, <c>output.weight</c> [labels, hidden], <c>biases</c>
/// [labels·steps], label by label.
/// </summary>
internal sealed class OrdinalMlpHead : torch.nn.Module<torch.Tensor, torch.Tensor>, ITaskHead<OrdinalMlpHead>
{
    internal const string Kind = "ordinal-mlp";

    private readonly int _width;
    private readonly int _labels;
    private readonly int _steps;

    [ComponentName(Name = "hidden")]
    private readonly Linear _hidden;
    [ComponentName(Name = "output")]
    private readonly Linear _output;
    [ComponentName(Name = "biases")]
    private readonly Parameter _biases;

    /// <summary>Makes the head with PyTorch's initialisation of its layers.</summary>
    /// <param name="inputs">The number of features, at least 1.</param>
    /// <param name="hidden">The width of each hidden layer, at least 1.</param>
    /// <param name="labels">The number of labels, at least 1.</param>
    /// <param name="steps">The number of outputs a label, one less than its grades, at least 1.</param>
    /// <param name="key">What the weights are drawn from.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is below 1.</exception>
    public OrdinalMlpHead(int inputs, int hidden, int labels, int steps, RandomKey key)
        : base(FirstTensor.Allow(nameof(OrdinalMlpHead)))
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(hidden, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(labels, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        using var initializer = new WeightInitializer(key);
        (_width, _labels, _steps) = (hidden, labels, steps);
        _hidden = initializer.Linear(inputs, checked(hidden * labels));
        _output = torch.nn.Linear(initializer.Uniform(1 / Math.Sqrt(hidden), labels, hidden), null);

        // In order from the start, as in the reference implementation (coral-pytorch): steps / steps, ..., 1 / steps.
        _biases = WeightInitializer.Constant(0, checked(labels * steps));
        SetBiases([.. Enumerable.Range(0, labels * steps).Select(i => (float)(steps - (i % steps)) / steps)]);
        OutputWidth = checked(labels * steps);
        Description = new PartDescription(Kind).With("inputs", inputs).With("hidden", hidden).With("outputs", OutputWidth)
            .With("steps", steps);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public int OutputWidth { get; }

    /// <summary>Gets the kind <c>ordinal-mlp</c> with its sizes.</summary>
    public PartDescription Description { get; }

    static string ITaskHead<OrdinalMlpHead>.Kind => Kind;

    static OrdinalMlpHead ITaskHead<OrdinalMlpHead>.Create(PartDescription description, RandomKey key)
    {
        ArgumentNullException.ThrowIfNull(description);
        (int outputs, int steps) = (description.Number("outputs"), description.Number("steps"));
        return steps >= 1 && outputs % steps == 0
            ? new(description.Number("inputs"), description.Number("hidden"), outputs / steps, steps, key)
            : throw new FormatException($"The {outputs} outputs of part '{Kind}' are no multiple of its {steps} steps.");
    }

    /// <summary>Sets the biases, label by label: what the head gives before it has learned anything.</summary>
    /// <param name="values">As many as outputs.</param>
    public void SetBiases(float[] values)
    {
        using var noGradient = torch.no_grad();
        using torch.Tensor source = Transfers.ToDevice(values, [values.Length], _biases.device);
        _biases.copy_(source);
    }

    /// <summary>From features [N, inputs] to outputs [N, <see cref="OutputWidth"/>].</summary>
    /// <param name="input">The features.</param>
    public override torch.Tensor forward(torch.Tensor input)
    {
        using var scope = torch.NewDisposeScope();
        torch.Tensor hidden = _hidden.call(input).relu_().view(-1, _labels, _width);
        torch.Tensor scores = hidden.mul(_output.weight).sum(-1, keepdim: true);
        return scores.Plus(_biases.view(_labels, _steps)).flatten(1).MoveToOuterDisposeScope();
    }
}
