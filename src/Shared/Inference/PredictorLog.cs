using Microsoft.Extensions.Logging;
using SsMfar.Metadata;

namespace SsMfar.Inference;

/// <summary>What predictors log when they load a model; event ids are stable.</summary>
internal static partial class PredictorLog
{
    /// <summary>Logs where the whole predictor can be used.</summary>
    public static void ModelLoaded(ILogger logger, string model, string device, IEnumerable<string> tasks, ModelMetadata metadata)
    {
        if (logger.IsEnabled(LogLevel.Information))
        {
            ModelLoaded(logger, model, device, string.Join(", ", tasks), metadata.Input.Width, metadata.Input.Height);
        }
    }

    [LoggerMessage(201, LogLevel.Information, "Loaded the model {Model} on {Device}: {Tasks} of faces of {Width}x{Height} pixels")]
    private static partial void ModelLoaded(ILogger logger, string model, string device, string tasks, int width, int height);
}
