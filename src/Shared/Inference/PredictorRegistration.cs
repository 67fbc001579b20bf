using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace SsMfar.Inference;

/// <summary>How a predictor becomes a service, on whichever inference library it runs.</summary>
internal static class PredictorRegistration
{
    /// <summary>Adds one predictor as its own type and as <see cref="IAffectPredictor"/>, and the validation of its options.</summary>
    /// <returns>The options, to be configured.</returns>
    public static OptionsBuilder<TOptions> Add<
        TPredictor, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicParameterlessConstructor)] TOptions>(
        IServiceCollection services, Func<string, TOptions, TPredictor> load)
        where TPredictor : class, IAffectPredictor
        where TOptions : PredictionOptions, IModelFileOptions
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<TOptions>>(new Validation<TOptions>()));
        services.TryAddSingleton(provider =>
        {
            TOptions options = provider.GetRequiredService<IOptions<TOptions>>().Value;
            options.LoggerFactory ??= provider.GetService<ILoggerFactory>();
            return load(options.ModelPath, options);
        });
        services.TryAddSingleton<IAffectPredictor>(provider => provider.GetRequiredService<TPredictor>());
        return services.AddOptions<TOptions>().ValidateOnStart();
    }

    /// <summary>Has what configuration says of units checked, which the binder would pass over.</summary>
    /// <returns>The same options, to be bound.</returns>
    public static OptionsBuilder<TOptions> RequireThresholds<TOptions>(this OptionsBuilder<TOptions> options, IConfiguration configuration)
        where TOptions : PredictionOptions
    {
        ArgumentNullException.ThrowIfNull(configuration);
        options.Services.AddSingleton<IValidateOptions<TOptions>>(new ConfiguredThresholds<TOptions>(configuration));
        return options;
    }

    private sealed class Validation<TOptions> : IValidateOptions<TOptions>
        where TOptions : class, IModelFileOptions
    {
        public ValidateOptionsResult Validate(string? name, TOptions options)
        {
            string? noPath = string.IsNullOrWhiteSpace(options.ModelPath)
                ? $"{nameof(options.ModelPath)} is empty; it must name the model file."
                : null;
            string[] faults = [.. options.Faults().Prepend(noPath).OfType<string>()];
            return faults.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
        }
    }
}
