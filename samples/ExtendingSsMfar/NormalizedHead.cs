using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Randomness;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;

namespace ExtendingSsMfar;

/// <summary>A head of layer normalisation, a hidden layer with GELU, and an output layer.</summary>
internal sealed class NormalizedHead : torch.nn.Module<torch.Tensor, torch.Tensor>, ITaskHead<NormalizedHead>
{
    // The names under which a model file keeps the weights: heads.TASK.norm.weight and so on.
    [ComponentName(Name = "norm")]
    private readonly LayerNorm _norm;
    [ComponentName(Name = "hidden")]
    private readonly Linear _hidden;
    [ComponentName(Name = "output")]
    private readonly Linear _output;

    private NormalizedHead(PartDescription description, RandomKey key)
        : base(Kind)
    {
        Description = description;
        (int inputs, int hidden) = (description.Number("inputs"), description.Number("hidden"));
        using var initializer = new WeightInitializer(key);
        _norm = torch.nn.LayerNorm(inputs);
        _hidden = initializer.Linear(inputs, hidden);
        _output = initializer.Linear(hidden, description.Number("outputs"));
        RegisterComponents();
    }

    public static string Kind => "normalized-mlp";

    public PartDescription Description { get; }

    public static NormalizedHead Create(PartDescription description, RandomKey key) => new(description, key);

    public override torch.Tensor forward(torch.Tensor input)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return _output.call(torch.nn.functional.gelu(_hidden.call(_norm.call(input)))).MoveToOuterDisposeScope();
    }
}
