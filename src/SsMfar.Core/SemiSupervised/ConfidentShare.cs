using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.SemiSupervised;

/// <summary>The share of rows, or of their weight, that a policy found confident, counted on the device, epoch by epoch.</summary>
internal sealed class ConfidentShare
{
    /// <summary>The name under which policies describe the share.</summary>
    public const string Name = "confidentShare";

    private const string Running = "confidentRows";

    private readonly PolicyState _state;

    public ConfidentShare(PolicyState state)
    {
        _state = state;
        state.Add(Running, 0, 2);
        state.Add(Name, 0, 1);
    }

    /// <summary>Counts entries of a batch; the state must have followed it to its device.</summary>
    /// <param name="confidence">The entries' weights.</param>
    /// <param name="asked">Whether each entry is one that was asked about.</param>
    public void Count(torch.Tensor confidence, torch.Tensor asked)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor running = _state[Running];
        running[0].PlusInPlace(confidence.sum(torch.ScalarType.Float64));
        running[1].PlusInPlace(asked.sum(torch.ScalarType.Float64));
    }

    /// <summary>Counts the rows of a batch; the state must have followed it to its device.</summary>
    public void Count(torch.Tensor confidence)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor running = _state[Running];
        running[0].PlusInPlace(confidence.sum(torch.ScalarType.Float64));
        running[1].PlusInPlace(confidence.size(0));
    }

    /// <summary>Fixes the share of the epoch that ended and starts anew; 0 when no row was asked about.</summary>
    public void EndEpoch()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor running = _state[Running];
        _state[Name].copy_(running[0] / running[1].clamp_min(Scalars.Of(1)));
        running.zero_();
    }

    public double[] Describe() => _state.ToHost(Name);
}
