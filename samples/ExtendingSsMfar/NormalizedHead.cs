using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;

namespace ExtendingSsMfar;

/// <summary>A head of layer normalisation, a hidden layer with GELU, and an output layer.</summary>
internal sealed class NormalizedHead : torch.nn.Module<torch.Tensor, torch.Tensor>, ITaskHead
{
    public const string Kind = "normalized-mlp";

    // The names under which a model file keeps the weights: heads.TASK.norm.weight and so on.
    [ComponentName(Name = "norm")]
    private readonly LayerNorm _norm;
    [ComponentName(Name = "hidden")]
    private readonly Linear _hidden;
    [ComponentName(Name = "output")]
    private readonly Linear _output;

    public NormalizedHead(int inputs, int hidden, int outputs, RandomKey key)
        : base(nameof(NormalizedHead))
    {
        using var initializer = new WeightInitializer(key);
        _norm = torch.nn.LayerNorm(inputs);
        _hidden = initializer.Linear(inputs, hidden);
        _output = initializer.Linear(hidden, outputs);
        OutputWidth = outputs;
        Description = new PartDescription(Kind).With("inputs", inputs).With("hidden", hidden).With("outputs", outputs);
        RegisterComponents();
    }

    public int OutputWidth { get; }

    public PartDescription Description { get; }

    torch.nn.Module<torch.Tensor, torch.Tensor> ITaskHead.Module => this;

    /// <summary>Makes the head that a model file describes; its weights are read over the drawn ones.</summary>
    public static NormalizedHead From(PartDescription part, RandomKey key) =>
        new(part.Number("inputs"), part.Number("hidden"), part.Number("outputs"), key);

    public override torch.Tensor forward(torch.Tensor input)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return _output.call(torch.nn.functional.gelu(_hidden.call(_norm.call(input)))).MoveToOuterDisposeScope();
    }
}
