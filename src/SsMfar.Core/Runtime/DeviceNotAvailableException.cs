namespace SsMfar.Runtime;

/// <summary>A device was demanded that this machine, or the libtorch the application uses, does not have.</summary>
public sealed class DeviceNotAvailableException : Exception
{
    /// <summary>Creates the exception without a message.</summary>
    public DeviceNotAvailableException()
    {
    }

    /// <summary>Creates the exception with a message.</summary>
    /// <param name="message">Which device is missing and what to do about it.</param>
    public DeviceNotAvailableException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with a message and its cause.</summary>
    /// <param name="message">Which device is missing and what to do about it.</param>
    /// <param name="innerException">The failure underneath.</param>
    public DeviceNotAvailableException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
