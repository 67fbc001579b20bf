using System.Collections.Immutable;

namespace SsMfar.Training;

/// <summary>A trainer was configured in a way that cannot work; the message lists every fault.</summary>
public sealed class TrainingConfigurationException : Exception
{
    /// <summary>Makes an exception.</summary>
    public TrainingConfigurationException()
    {
    }

    /// <summary>Makes an exception.</summary>
    /// <param name="message">What is wrong and what to do.</param>
    public TrainingConfigurationException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception.</summary>
    /// <param name="message">What is wrong and what to do.</param>
    /// <param name="innerException">The cause.</param>
    public TrainingConfigurationException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Makes an exception of several faults.</summary>
    /// <param name="faults">Each fault and what to do about it.</param>
    public TrainingConfigurationException(IEnumerable<string> faults)
        : this([.. faults])
    {
    }

    private TrainingConfigurationException(ImmutableArray<string> faults)
        : base(string.Join(" ", faults.Select(fault => fault.TrimEnd('.') + '.')))
    {
        Faults = faults;
    }

    /// <summary>Each fault.</summary>
    public ImmutableArray<string> Faults { get; } = [];
}
