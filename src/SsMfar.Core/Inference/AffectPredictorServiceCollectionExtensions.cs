using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace SsMfar.Inference;

/// <summary>A predictor as a service of an application.</summary>
public static class AffectPredictorServiceCollectionExtensions
{
    /// <summary>
    /// Adds one <see cref="AffectPredictor"/> for the whole application, as that type and as <see cref="IAffectPredictor"/>. The model is
    /// loaded when the predictor is first asked for and disposed with the container. Options are validated when a host starts, and on
    /// loading at the latest.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Sets the options; further <c>Configure</c> calls and bound configuration add to it.</param>
    /// <returns>The same services.</returns>
    /// <remarks>
    /// Asking for the predictor throws <see cref="OptionsValidationException"/> for options that cannot be used, and what
    /// <see cref="AffectPredictor.Load"/> throws for a model that cannot be loaded.
    /// </remarks>
    public static IServiceCollection AddAffectPredictor(this IServiceCollection services, Action<AffectPredictorOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        OptionsBuilder<AffectPredictorOptions> options = services.AddOptions<AffectPredictorOptions>().ValidateOnStart();
        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<AffectPredictorOptions>, Validation>());
        services.TryAddSingleton(provider => Load(provider.GetRequiredService<IOptions<AffectPredictorOptions>>().Value));
        services.TryAddSingleton<IAffectPredictor>(provider => provider.GetRequiredService<AffectPredictor>());
        return services;
    }

    private static AffectPredictor Load(AffectPredictorOptions options) =>
        AffectPredictor.Load(options.ModelPath, options.Parts, options.Device, options);

    private sealed class Validation : IValidateOptions<AffectPredictorOptions>
    {
        public ValidateOptionsResult Validate(string? name, AffectPredictorOptions options)
        {
            string[] faults = [.. options.Faults()];
            return faults.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
        }
    }
}
