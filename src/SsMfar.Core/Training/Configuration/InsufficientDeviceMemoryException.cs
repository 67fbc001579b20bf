using System.Globalization;

namespace SsMfar.Training;

/// <summary>
/// A fit needed more memory than its device, or the host, had. The message says what the fit asked for and what to change.
/// </summary>
public sealed class InsufficientDeviceMemoryException : SsMfarException
{
    private InsufficientDeviceMemoryException(string problem, string remedy, Exception cause)
        : base($"{problem} {remedy}", remedy, cause)
    {
    }

    internal static InsufficientDeviceMemoryException Of(TrainerConfiguration configuration, Exception cause)
    {
        TrainingOptions options = configuration.Options;
        return new(
            string.Create(
                CultureInfo.InvariantCulture,
                $"The memory of the device ({configuration.Device}) did not suffice for batches of {options.BatchSize} at " +
                    $"{options.ImageSize} pixels with {configuration.Backbone.Name}."),
            string.Create(
                CultureInfo.InvariantCulture,
                $"Lower {nameof(TrainingOptions.BatchSize)} and raise {nameof(TrainingOptions.AccumulationSteps)} (now " +
                    $"{options.AccumulationSteps}) by as much, which keeps the effective batch; or lower " +
                    $"{nameof(TrainingOptions.ImageSize)}, give the image cache less of the device " +
                    $"({nameof(MultiTaskTrainerBuilder.UseImageCache)}), or end what else uses it."),
            cause);
    }
}
