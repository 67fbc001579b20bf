using Microsoft.Extensions.Diagnostics.HealthChecks;
using SsMfar.Imaging;
using SsMfar.Inference;

namespace SsMfar.WebApi;

/// <summary>Healthy while the model reads a black picture; what is thrown instead is unhealthy.</summary>
internal sealed class PredictorHealthCheck(IAffectPredictor predictor) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        (int width, int height) = (predictor.Metadata.Input.Width, predictor.Metadata.Input.Height);
        RgbImage black = new(width, height, new byte[3 * width * height]);
        await Task.Run(() => predictor.Predict(black), cancellationToken);
        return HealthCheckResult.Healthy();
    }
}
