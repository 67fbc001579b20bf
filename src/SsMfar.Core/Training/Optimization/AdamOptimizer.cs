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
            group.Key.IsHead ? options.HeadLearningRate : options.BackboneLearningRate,
            group.Key.IsDecayed ? options.WeightDecay : 0,
            [.. group]))];
    }

    /// <summary>How many steps were taken.</summary>
    public long StepsTaken { get; private set; }

    /// <summary>Takes a step from the parameters' gradients.</summary>
    public void Step(double learningRateFactor, double beta1, double? clipNorm)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        torch.Tensor[][] gradients = [.. _groups.Select(group => group.Gradients())];
        if (clipNorm is double limit)
        {
            _kernels.ClipNorm([.. gradients.SelectMany(g => g)], limit);
        }

        StepsTaken++;
        for (int i = 0; i < _groups.Length; i++)
        {
            Group group = _groups[i];
            _kernels.Adam(
                new(group.Values, gradients[i], group.First, group.Second, group.Steps, StepsTaken),
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
    public void Load(Action<string, torch.Tensor> copyInto, long stepsTaken)
    {
        StepsTaken = stepsTaken;
        foreach ((string name, torch.Tensor moment) in State())
        {
            copyInto(name, moment);
        }

        foreach (torch.Tensor steps in _groups.SelectMany(group => group.Steps))
        {
            steps.fill_(stepsTaken);
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
        public Group(double learningRate, double weightDecay, ParameterRole[] roles)
        {
            LearningRate = learningRate;
            WeightDecay = weightDecay;
            Roles = roles;
            Values = [.. roles.Select(role => (torch.Tensor)role.Parameter)];
            First = [.. Values.Select(Zeros)];
            Second = [.. Values.Select(Zeros)];
            Steps = [.. Values.Select(value => torch.zeros([], dtype: torch.ScalarType.Float32, device: value.device).DetachFromDisposeScope())];
        }

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
