using System.Diagnostics;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using SsMfar.Imaging;
using SsMfar.Inference;

namespace SsMfar.WebApi;

/// <summary>
/// Healthy while the model reads a black picture; what is thrown instead is unhealthy. It needs no place among the pictures, so that a full
/// service answers: no later than the last of the faces that are with the model. It is tried once a second at most, so that asking is no
/// work: whoever asks meanwhile hears the same.
/// </summary>
internal sealed class PredictorHealthCheck(IAffectPredictor predictor) : IHealthCheck
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private Task? _trial;
    private long _started;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        await Trial().WaitAsync(cancellationToken);
        return HealthCheckResult.Healthy();
    }

    /// <summary>Reads a black picture.</summary>
    public static void Try(IAffectPredictor predictor)
    {
        (int width, int height) = (predictor.Metadata.Input.Width, predictor.Metadata.Input.Height);
        predictor.Predict(new RgbImage(width, height, new byte[3 * width * height]));
    }

    private Task Trial()
    {
        lock (_gate)
        {
            if (_trial is null || (_trial.IsCompleted && Stopwatch.GetElapsedTime(_started) > Lifetime))
            {
                (_trial, _started) = (Task.Run(() => Try(predictor)), Stopwatch.GetTimestamp());
            }

            return _trial;
        }
    }
}
