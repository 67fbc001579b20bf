namespace SsMfar.Runtime;

/// <summary>A device was demanded that this machine, or the libtorch that the application uses, does not have.</summary>
public sealed class DeviceNotAvailableException : SsMfarException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="problem">What is wrong, in sentences.</param>
    /// <param name="remedy">What to do, in sentences.</param>
    /// <param name="innerException">The cause, where there is one.</param>
    internal DeviceNotAvailableException(string problem, string remedy, Exception? innerException = null)
        : base($"{problem} {remedy}", remedy, innerException)
    {
    }
}
