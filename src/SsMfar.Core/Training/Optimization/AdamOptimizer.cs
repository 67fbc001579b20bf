using SsMfar.Kernels.TensorLists;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Training;

/// <summary>
/// Adam and AdamW over four parameter groups: backbone and heads, each with and without weight decay. Built after the model has moved to
/// its device and memory format; its moments follow the parameters' layout.
/// </summary>
internal sealed class AdamOptimizer : IDisposable
{
    private const string FirstMoment = "first_moment.";
    private const string SecondMoment = "second_moment.";

    private readonly OptimizerOptions _options;
    private readonly ITensorListKernels _kernels;
    private readonly Group[] _groups;

    public AdamOptimizer(IEnumerable<ParameterRole> parameters, OptimizerOptions options, ITensorListKernels kernels)
    {
        _options = options;
        _kernels = kernels;
        _groups = [.. parameters.GroupBy(p => (p.IsHead, p.IsDecayed)).Select(group => new Group(
            group.Key.IsHead,
            group.Key.IsHead ? options.HeadLearningRate : options.BackboneLearningRate,
            group.Key.IsDecayed ? options.WeightDecay : 0,
            [.. group]))];
    }

    /// <summary>Gets or sets how many steps were taken.</summary>
    public AdamSteps StepsTaken { get; private set; }

    /// <summary>Takes a step from the parameters' gradients.</summary>
    /// <param name="learningRateFactor">What the groups' rates are multiplied by.</param>
    /// <param name="beta1">The decay of the first moment.</param>
    /// <param name="clipNorm">The largest norm of all gradients together, or null.</param>
    /// <param name="backboneIsFrozen">Whether only the heads take the step; the backbone's parameters then need no gradient.</param>
    public void Step(double learningRateFactor, double beta1, double? clipNorm, bool backboneIsFrozen = false)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        Group[] groups = [.. _groups.Where(group => group.IsHead || !backboneIsFrozen)];
        torch.Tensor[][] gradients = [.. groups.Select(group => group.Gradients())];
        if (clipNorm is double limit)
        {
            _kernels.ClipNorm([.. gradients.SelectMany(g => g)], limit);
        }

        StepsTaken = new(StepsTaken.Backbone + (backboneIsFrozen ? 0 : 1), StepsTaken.Heads + 1);
        for (int i = 0; i < groups.Length; i++)
        {
            Group group = groups[i];
            _kernels.Adam(
                new(group.Values, gradients[i], group.First, group.Second, group.Steps, StepsTaken.Of(group.IsHead)),
                new(
                    group.LearningRate * learningRateFactor,
                    beta1,
                    _options.Beta2,
                    _options.Epsilon,
                    group.WeightDecay,
                    _options.Kind == OptimizerKind.AdamW));
        }
    }

    /// <summary>Forgets the gradients.</summary>
    public void ClearGradients()
    {
        foreach (Group group in _groups)
        {
            foreach (ParameterRole role in group.Roles)
            {
                role.Parameter.grad = null;
            }
        }
    }

    /// <summary>The moments by name; they stay the optimizer's.</summary>
    public IEnumerable<KeyValuePair<string, torch.Tensor>> State()
    {
        foreach (Group group in _groups)
        {
            for (int i = 0; i < group.Roles.Length; i++)
            {
                yield return new(FirstMoment + group.Roles[i].Name, group.First[i]);
                yield return new(SecondMoment + group.Roles[i].Name, group.Second[i]);
            }
        }
    }

    /// <summary>Takes saved moments over.</summary>
    public void Load(Action<string, torch.Tensor> copyInto, AdamSteps stepsTaken)
    {
        StepsTaken = stepsTaken;
        foreach ((string name, torch.Tensor moment) in State())
        {
            copyInto(name, moment);
        }

        foreach (Group group in _groups)
        {
            foreach (torch.Tensor steps in group.Steps)
            {
                steps.fill_(Scalars.Of(stepsTaken.Of(group.IsHead)));
            }
        }
    }

    public void Dispose()
    {
        foreach (torch.Tensor tensor in _groups.SelectMany(group => group.First.Concat(group.Second).Concat(group.Steps)))
        {
            tensor.Dispose();
        }
    }

    private sealed class Group
    {
        public Group(bool isHead, double learningRate, double weightDecay, ParameterRole[] roles)
        {
            IsHead = isHead;
            LearningRate = learningRate;
            WeightDecay = weightDecay;
            Roles = roles;
            Values = [.. roles.Select(role => (torch.Tensor)role.Parameter)];
            First = [.. Values.Select(Zeros)];
            Second = [.. Values.Select(Zeros)];
            Steps = [.. Values.Select(
                value => torch.zeros([], dtype: torch.ScalarType.Float32, device: value.device).DetachFromDisposeScope())];
        }

        public bool IsHead { get; }

        public double LearningRate { get; }

        public double WeightDecay { get; }

        public ParameterRole[] Roles { get; }

        public torch.Tensor[] Values { get; }

        public torch.Tensor[] First { get; }

        public torch.Tensor[] Second { get; }

        public torch.Tensor[] Steps { get; }

        public torch.Tensor[] Gradients() =>
        [
            .. Roles.Select(role => role.Parameter.grad
                ?? throw new InvalidOperationException($"Parameter '{role.Name}' got no gradient: its part takes no part in any loss.")),
        ];

        private static torch.Tensor Zeros(torch.Tensor value)
        {
            using var noGradient = torch.no_grad();
            return torch.zeros_like(value, requires_grad: false).DetachFromDisposeScope();
        }
    }
}

/// <summary>
/// How many steps the backbone and the heads took: the bias correction of moments that begin later counts from where they begin.
/// </summary>
internal readonly record struct AdamSteps(long Backbone, long Heads)
{
    public long Of(bool isHead) => isHead ? Heads : Backbone;
}
