using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SsMfar.Faces;
using SsMfar.Inference;
using SsMfar.Metadata;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds a <see cref="FaceReader"/> to an application's services.</summary>
/// <remarks>
/// One reader serves the whole application. It reads with the <see cref="IAffectPredictor"/> that is a service, and detects alone where
/// none is; it finds faces with the <see cref="IFaceDetector"/> that is a service, else with the file of
/// <see cref="FaceReaderOptions.DetectorPath"/>, which is refused beside such a service, else with the detector that comes with the
/// package. A host validates the options when it starts. Further calls, and <c>services.Configure</c>, add to the options.
/// </remarks>
public static class FaceReaderServiceCollectionExtensions
{
    private const string PointsPath = $"{nameof(FaceReaderOptions.Template)}:{nameof(FaceTemplate.Points)}";

    /// <summary>Adds a reader.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Sets options; null for the defaults.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddFaceReader(this IServiceCollection services, Action<FaceReaderOptions>? configure = null)
    {
        OptionsBuilder<FaceReaderOptions> options = Add(services);
        return configure is null ? services : options.Configure(configure).Services;
    }

    /// <summary>Adds a reader whose options are in configuration.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configuration">
    /// A section with the names of <see cref="FaceReaderOptions"/>; a template is the name of a built-in one.
    /// </param>
    /// <returns>The same services.</returns>
    [RequiresUnreferencedCode("Binding reads the options' properties. A trimmed application sets them in code.")]
    [RequiresDynamicCode("Binding reads the options' properties. A NativeAOT application sets them in code.")]
    public static IServiceCollection AddFaceReader(this IServiceCollection services, IConfiguration configuration) =>
        Add(services).Bind(configuration)

            // The binder would leave them out, and the template be a box.
            .Validate(
                _ => !configuration.GetSection(PointsPath).GetChildren().Any(),
                $"{nameof(FaceReaderOptions.Template)} has points, which configuration cannot give: name a built-in template there, or " +
                    "set it in code.")
            .Services;

    private static OptionsBuilder<FaceReaderOptions> Add(IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<FaceReaderOptions>>(new Validation()));
        services.TryAddSingleton<OwnDetector>();
        services.TryAddSingleton<IFaceDetector>(provider =>
        {
            FaceReaderOptions options = provider.GetRequiredService<IOptions<FaceReaderOptions>>().Value;
            return provider.GetRequiredService<OwnDetector>().Detector = options.DetectorPath is { } path
                ? OnnxFaceDetector.Load(path, options.Detection) : OnnxFaceDetector.LoadBuiltIn(options.Detection);
        });
        services.TryAddSingleton(provider =>
        {
            FaceReaderOptions options = provider.GetRequiredService<IOptions<FaceReaderOptions>>().Value;
            options.LoggerFactory ??= provider.GetService<ILoggerFactory>();
            IFaceDetector detector = provider.GetRequiredService<IFaceDetector>();
            bool isOwn = ReferenceEquals(detector, provider.GetRequiredService<OwnDetector>().Detector);
            return FaceReader.ForServices(detector, isOwn, provider.GetService<IAffectPredictor>(), options);
        });
        return services.AddOptions<FaceReaderOptions>().ValidateOnStart();
    }

    // Which detector the options made: beside another one they would be about nothing.
    private sealed class OwnDetector
    {
        public IFaceDetector? Detector { get; set; }
    }

    private sealed class Validation : IValidateOptions<FaceReaderOptions>
    {
        public ValidateOptionsResult Validate(string? name, FaceReaderOptions options)
        {
            string[] faults = [.. options.Faults().OfType<string>()];
            return faults.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
        }
    }
}
