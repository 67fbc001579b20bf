using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using SsMfar.Inference;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds an <see cref="AffectPredictor"/> to an application's services.</summary>
/// <remarks>
/// One predictor serves the whole application, as <see cref="AffectPredictor"/> and as <see cref="IAffectPredictor"/>. The model is loaded
/// when the predictor is first asked for, which throws what <see cref="AffectPredictor.Load"/> throws, and disposed with the container. The
/// predictor logs where the application does. A host validates the options when it starts: an <see cref="OptionsValidationException"/>
/// names every setting that cannot be used. Further calls, and <c>services.Configure</c>, add to the options.
/// </remarks>
public static class AffectPredictorServiceCollectionExtensions
{
    /// <summary>Adds a predictor of a model file.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="modelPath">The model file.</param>
    /// <param name="configure">Sets further options; null for the defaults.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddAffectPredictor(
        this IServiceCollection services, string modelPath, Action<AffectPredictorOptions>? configure = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(modelPath);
        return services.AddAffectPredictor(options =>
        {
            options.ModelPath = modelPath;
            configure?.Invoke(options);
        });
    }

    /// <summary>Adds a predictor.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Sets the options, <see cref="AffectPredictorOptions.ModelPath"/> among them.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddAffectPredictor(this IServiceCollection services, Action<AffectPredictorOptions> configure) =>
        Add(services).Configure(configure).Services;

    /// <summary>Adds a predictor whose options are in configuration.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configuration">A section with the names of <see cref="AffectPredictorOptions"/>, <c>ModelPath</c> among them.</param>
    /// <returns>The same services.</returns>
    [RequiresUnreferencedCode("Binding reads the options' properties. A trimmed application sets them in code.")]
    [RequiresDynamicCode("Binding reads the options' properties. A NativeAOT application sets them in code.")]
    public static IServiceCollection AddAffectPredictor(this IServiceCollection services, IConfiguration configuration) =>
        Add(services).RequireThresholds(configuration).Bind(configuration).Services;

    private static OptionsBuilder<AffectPredictorOptions> Add(IServiceCollection services) =>
        PredictorRegistration.Add<AffectPredictor, AffectPredictorOptions>(services, AffectPredictor.Load);
}
