using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using SsMfar.Inference;

namespace SsMfar.Onnx;

/// <summary>A predictor as a service of an application.</summary>
public static class OnnxAffectPredictorServiceCollectionExtensions
{
    /// <summary>
    /// Adds one <see cref="OnnxAffectPredictor"/> for the whole application, as that type and as <see cref="IAffectPredictor"/>. The model
    /// is loaded when the predictor is first asked for and disposed with the container. Options are validated when a host starts, and on
    /// loading at the latest.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Sets the options; further <c>Configure</c> calls and bound configuration add to it.</param>
    /// <returns>The same services.</returns>
    /// <remarks>
    /// Asking for the predictor throws <see cref="OptionsValidationException"/> for options that cannot be used, and what
    /// <see cref="OnnxAffectPredictor.Load(string, OnnxPredictionOptions, Predictions.TaskDecoders)"/> throws for a model that cannot be
    /// loaded.
    /// </remarks>
    public static IServiceCollection AddOnnxAffectPredictor(
        this IServiceCollection services,
        Action<OnnxAffectPredictorOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        OptionsBuilder<OnnxAffectPredictorOptions> options = services.AddOptions<OnnxAffectPredictorOptions>().ValidateOnStart();
        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<OnnxAffectPredictorOptions>, Validation>());
        services.TryAddSingleton(provider => Load(provider.GetRequiredService<IOptions<OnnxAffectPredictorOptions>>().Value));
        services.TryAddSingleton<IAffectPredictor>(provider => provider.GetRequiredService<OnnxAffectPredictor>());
        return services;
    }

    private static OnnxAffectPredictor Load(OnnxAffectPredictorOptions options) =>
        OnnxAffectPredictor.Load(options.ModelPath, options, options.Decoders);

    private sealed class Validation : IValidateOptions<OnnxAffectPredictorOptions>
    {
        public ValidateOptionsResult Validate(string? name, OnnxAffectPredictorOptions options)
        {
            string[] faults = [.. options.Faults()];
            return faults.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
        }
    }
}
