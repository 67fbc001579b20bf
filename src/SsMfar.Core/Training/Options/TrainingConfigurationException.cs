using System.Collections.Immutable;

namespace SsMfar.Training;

/// <summary>A trainer is configured in a way that cannot work; the message lists every fault with its remedy.</summary>
public sealed class TrainingConfigurationException : SsMfarException
{
    internal TrainingConfigurationException(params IEnumerable<string> faults)
        : this([.. faults])
    {
    }

    private TrainingConfigurationException(ImmutableArray<string> faults)
        : base(string.Join(" ", faults.Select(fault => fault.TrimEnd('.') + '.')), remedy: null) => Faults = faults;

    /// <summary>Gets the faults, each with what to do about it.</summary>
    public ImmutableArray<string> Faults { get; }
}
