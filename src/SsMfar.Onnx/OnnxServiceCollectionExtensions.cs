using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using SsMfar.Inference;

namespace SsMfar.Onnx;

/// <summary>Adds a predictor to an application's services.</summary>
public static class OnnxServiceCollectionExtensions
{
    /// <summary>
    /// Adds one <see cref="IAffectPredictor"/> for the whole application, unless there is one. The model is loaded when the predictor is first
    /// asked for, and disposed with the services.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="modelPath">An ONNX file that SsMfar exported.</param>
    /// <param name="configure">Sets options; the defaults when null.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddOnnxAffectPredictor(
        this IServiceCollection services, string modelPath, Action<OnnxPredictionOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(modelPath);
        services.TryAddSingleton<IAffectPredictor>(_ =>
        {
            var options = new OnnxPredictionOptions();
            configure?.Invoke(options);
            return OnnxAffectPredictor.Load(modelPath, options);
        });
        return services;
    }
}
