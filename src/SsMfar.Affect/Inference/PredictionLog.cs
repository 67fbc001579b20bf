using Microsoft.Extensions.Logging;

namespace SsMfar.Inference;

/// <summary>What an engine logs of images among many, whose failure is an item and no exception; event ids are stable.</summary>
internal static partial class PredictionLog
{
    public static void Failed(ILogger logger, PredictionItem item)
    {
        if (item.Error is NonFiniteOutputException output)
        {
            OutputsNotFinite(logger, item.Name, output.Message);
        }
        else if (item.Error is { } unreadable)
        {
            ImageNotRead(logger, item.Name, unreadable.Message);
        }
    }

    [LoggerMessage(202, LogLevel.Debug, "No prediction for {Image}: {Problem}")]
    private static partial void ImageNotRead(ILogger logger, string image, string problem);

    [LoggerMessage(203, LogLevel.Warning, "No prediction for {Image}: {Problem}")]
    private static partial void OutputsNotFinite(ILogger logger, string image, string problem);
}
