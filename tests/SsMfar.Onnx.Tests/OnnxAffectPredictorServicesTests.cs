using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SsMfar.Inference;
using SsMfar.Onnx;

namespace SsMfar.Tests.Onnx;

public sealed class OnnxAffectPredictorServicesTests(ExportedModel model) : IClassFixture<ExportedModel>
{
    [Fact]
    public void An_application_gets_one_predictor_from_its_services_loaded_when_it_is_asked_for()
    {
        using ServiceProvider services = new ServiceCollection()
            .AddOnnxAffectPredictor(model.PathOf("never-loaded.onnx"))
            .AddOnnxAffectPredictor(options => (options.ModelPath, options.Threads) = (model.Onnx, 1))
            .BuildServiceProvider();

        IAffectPredictor predictor = services.GetRequiredService<IAffectPredictor>();

        predictor.Should().BeOfType<OnnxAffectPredictor>().And.BeSameAs(services.GetRequiredService<OnnxAffectPredictor>());
        predictor.Predict(model.Faces[0]).Expression.Should().NotBeNull();
        services.Dispose();
        FluentActions.Invoking(() => predictor.Predict(model.Faces[0])).Should().Throw<ObjectDisposedException>();
    }

    [Fact]
    public void The_application_s_log_is_the_predictor_s()
    {
        LogBook log = new();
        using ServiceProvider services = new ServiceCollection().AddSingleton<ILoggerFactory>(log)
            .AddOnnxAffectPredictor(model.Onnx).BuildServiceProvider();

        services.GetRequiredService<IAffectPredictor>();

        LogBook.Entry entry = log.Entries.Should().ContainSingle().Subject;
        (entry.Category, entry.Level, entry.Id).Should().Be(("SsMfar.Onnx.OnnxAffectPredictor", LogLevel.Information, 201));
        entry.Text.Should().MatchRegex(
            @"^Loaded the model .*model\.onnx on ONNX Runtime 1\.\d+\.\d+ on the CPU: expression, .* of faces of 64x64 pixels$");
        LogBook configured = new();
        model.Load(new() { LoggerFactory = configured, ConfigureSession = _ => { } }).Dispose();
        configured.Entries.Single().Text.Should().Contain("as configured");
    }

    [Fact]
    public void Options_are_bound_from_configuration()
    {
        using ServiceProvider services = Configured(new()
        {
            ["ModelPath"] = model.Onnx,
            ["Threads"] = "1",
            ["Spinning"] = "false",
            ["Decoder:MaximumPixels"] = "1234",
        });

        OnnxAffectPredictorOptions options = services.GetRequiredService<IOptions<OnnxAffectPredictorOptions>>().Value;

        (options.Threads, options.Spinning, options.Decoder.MaximumPixels).Should().Be((1, false, 1234));
        services.GetRequiredService<IAffectPredictor>().Metadata.Input.Width.Should().Be(64);
    }

    [Fact]
    public void Settings_that_cannot_be_used_are_all_named_when_the_host_starts()
    {
        using ServiceProvider services = Configured(new() { ["Threads"] = "0", ["BatchSize"] = "0" });

        services.Invoking(s => s.GetRequiredService<IStartupValidator>().Validate()).Should().Throw<OptionsValidationException>()
            .Which.Message.Should().ContainAll("ModelPath is empty", "Threads is 0; it must be at least 1", "BatchSize is 0");
        services.Invoking(s => s.GetRequiredService<IAffectPredictor>()).Should().Throw<OptionsValidationException>();
    }

    [Theory]
    [InlineData("AU99", "0.4")]
    [InlineData("AU 4", "0.3")]
    [InlineData("AU4", "0,35")]
    public void Thresholds_that_the_binder_passes_over_are_named_when_the_host_starts(string unit, string threshold)
    {
        using ServiceProvider services = Configured(new() { ["ModelPath"] = model.Onnx, [$"ActionUnitThresholds:{unit}"] = threshold });

        services.Invoking(s => s.GetRequiredService<IStartupValidator>().Validate()).Should().Throw<OptionsValidationException>()
            .WithMessage($"Affect:ActionUnitThresholds:{unit} is '{threshold}'; a threshold is named by its unit, such as AU4*");
    }

    private static ServiceProvider Configured(Dictionary<string, string?> settings)
    {
        IConfiguration configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create($"Affect:{setting.Key}", setting.Value))).Build();
        return new ServiceCollection().AddOnnxAffectPredictor(configuration.GetSection("Affect")).BuildServiceProvider();
    }
}
