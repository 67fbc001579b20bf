using System.Globalization;

namespace SsMfar.Training;

/// <summary>
/// A fit needed more memory than its device, or the host, had. The message says what the fit asked for and what to change.
/// </summary>
public sealed class InsufficientDeviceMemoryException : Exception
{
    /// <summary>Makes the exception with a standard message.</summary>
    public InsufficientDeviceMemoryException()
        : this("The memory of the device does not suffice for the training.")
    {
    }

    /// <summary>Makes the exception.</summary>
    /// <param name="message">What the fit asked for, and what to change.</param>
    public InsufficientDeviceMemoryException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the exception.</summary>
    /// <param name="message">What the fit asked for, and what to change.</param>
    /// <param name="innerException">libtorch's word.</param>
    public InsufficientDeviceMemoryException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal static InsufficientDeviceMemoryException Of(TrainerConfiguration configuration, Exception cause)
    {
        TrainingOptions options = configuration.Options;
        return new(
            string.Create(CultureInfo.InvariantCulture,
                $"The memory of the device ({configuration.Device}) did not suffice for batches of {options.BatchSize} at " +
                    $"{options.ImageSize} pixels with {configuration.Backbone.Name}. Lower {nameof(TrainingOptions.BatchSize)} and " +
                    $"raise {nameof(TrainingOptions.AccumulationSteps)} (now {options.AccumulationSteps}) by as much, which keeps the " +
                    $"effective batch; or lower {nameof(TrainingOptions.ImageSize)}, give the image cache less of the device " +
                    $"({nameof(MultiTaskTrainerBuilder.UseImageCache)}), or end what else uses it."),
            cause);
    }
}
