using Microsoft.Extensions.Logging;

namespace SsMfar.Inference;

/// <summary>What an engine logs of failures that no exception tells: images among many, batches of calls; event ids are stable.</summary>
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

    [LoggerMessage(204, LogLevel.Warning, "A batch of {Count} images of several calls failed; each call runs by itself: {Problem}")]
    public static partial void BatchFailed(ILogger logger, int count, string problem);

    [LoggerMessage(202, LogLevel.Debug, "No prediction for {Image}: {Problem}")]
    private static partial void ImageNotRead(ILogger logger, string image, string problem);

    [LoggerMessage(203, LogLevel.Warning, "No prediction for {Image}: {Problem}")]
    private static partial void OutputsNotFinite(ILogger logger, string image, string problem);
}
