using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Models;
using SsMfar.Predictions;
using SsMfar.Runtime;
using SsMfar.Tests.Models;
using SsMfar.Weights;

namespace SsMfar.Tests.Inference;

public sealed class AffectPredictorServicesTests
{
    [Fact]
    public void One_predictor_is_made_when_it_is_asked_for_and_disposed_with_the_container()
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("model.safetensors");
        ServiceProvider services = new ServiceCollection()
            .AddAffectPredictor(options => options.ModelPath = file)
            .AddAffectPredictor(options => options.Device = ComputeDevice.Cpu)
            .Configure<AffectPredictorOptions>(options => options.ActionUnitThresholds[ActionUnit.AU4] = 0.25f)
            .BuildServiceProvider(validateScopes: true);
        PaperModel.Save(file); // Only now: nothing was loaded before.

        var predictor = services.GetRequiredService<IAffectPredictor>();

        predictor.Should().BeSameAs(services.GetRequiredService<IAffectPredictor>()).And
            .BeSameAs(services.GetRequiredService<AffectPredictor>());
        services.GetServices<IAffectPredictor>().Should().ContainSingle();
        predictor.Predict(PaperModel.Face(1)).ActionUnits!.Thresholds[2].Should().Be(0.25f);
        services.Dispose();
        predictor.Invoking(p => p.Predict(PaperModel.Face(1))).Should().Throw<ObjectDisposedException>();
    }

    [Fact]
    public void Options_that_cannot_be_used_are_named_before_anything_is_loaded()
    {
        using ServiceProvider services = new ServiceCollection().AddAffectPredictor(options => options.BatchSize = 0)
            .BuildServiceProvider();

        services.Invoking(s => s.GetRequiredService<IAffectPredictor>()).Should().Throw<OptionsValidationException>()
            .Which.Message.Should().ContainAll("ModelPath is empty", "BatchSize is 0");
        services.Invoking(s => s.GetRequiredService<IStartupValidator>().Validate()).Should().Throw<OptionsValidationException>();
        FluentActions.Invoking(() => AffectPredictor.Load("a", new() { Parts = null!, BatchSize = 0 })).Should().Throw<ArgumentException>()
            .WithMessage("*BatchSize is 0*Parts is null*ModelParts.BuiltIn*");
    }

    [Fact]
    public void A_model_that_is_not_there_is_named_and_asked_for_again_next_time()
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("model.safetensors");
        using ServiceProvider services = new ServiceCollection()
            .AddAffectPredictor(options => (options.ModelPath, options.Device) = (file, ComputeDevice.Cpu)).BuildServiceProvider();
        services.Invoking(s => s.GetRequiredService<IAffectPredictor>()).Should().Throw<ModelFileException>().WithMessage($"*{file}*");

        PaperModel.Save(file);

        services.GetRequiredService<IAffectPredictor>().Metadata.Input.Width.Should().Be(PaperModel.Size);
    }

    [Fact]
    public void Configuration_binds_a_device_from_text()
    {
        System.ComponentModel.TypeConverter converter = System.ComponentModel.TypeDescriptor.GetConverter(typeof(ComputeDevice));

        converter.ConvertFromInvariantString("cuda:1").Should().Be(ComputeDevice.CudaAt(1));
        converter.Invoking(c => c.ConvertFromInvariantString("gpu")).Should().Throw<FormatException>().WithMessage("*gpu*auto, cpu, cuda*");
    }

    [Fact]
    public void A_path_is_enough_and_the_application_s_log_is_the_predictor_s()
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("model.safetensors");
        PaperModel.Save(file);
        LogBook log = new();
        using ServiceProvider services = new ServiceCollection().AddSingleton<ILoggerFactory>(log)
            .AddAffectPredictor(file, options => options.Device = ComputeDevice.Cpu).BuildServiceProvider();

        services.GetRequiredService<IAffectPredictor>();

        LogBook.Entry loaded = log.Of(201).Should().ContainSingle().Subject;
        (loaded.Category, loaded.Level).Should().Be(("SsMfar.Inference.AffectPredictor", LogLevel.Information));
        loaded.Text.Should().Be($"Loaded the model {file} on cpu: expression, action_units, valence_arousal of faces of 48x48 pixels");
        log.Of(101).Should().ContainSingle().Which.Category.Should().Be("SsMfar.Runtime.TorchRuntime");
    }

    [Fact]
    public void A_log_in_the_options_comes_first_and_what_the_process_runs_on_is_told_once()
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("model.safetensors");
        PaperModel.Save(file);
        LogBook own = new(), application = new();
        using ServiceProvider services = new ServiceCollection().AddSingleton<ILoggerFactory>(application)
            .AddAffectPredictor(file, options => (options.Device, options.LoggerFactory) = (ComputeDevice.Cpu, own)).BuildServiceProvider();

        services.GetRequiredService<IAffectPredictor>();
        AffectPredictor.Load(file, new() { LoggerFactory = own }).Dispose();

        own.Of(201).Should().HaveCount(2);
        own.Of(101).Should().ContainSingle();
        application.Entries.Should().BeEmpty();
    }

    [Fact]
    public void Options_are_bound_from_configuration_and_leave_those_of_others_alone()
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("model.safetensors");
        PaperModel.Save(file);
        using ServiceProvider services = Configured(new()
        {
            ["ModelPath"] = file,
            ["Device"] = "cpu",
            ["FlipAveraging"] = "true",
            ["BatchSize"] = "6",
            ["ActionUnitThresholds:AU12"] = "0.25",
            ["Decoder:MaximumPixels"] = "1234",
        });

        AffectPredictorOptions options = services.GetRequiredService<IOptions<AffectPredictorOptions>>().Value;

        options.Device.Should().Be(ComputeDevice.Cpu);
        (options.FlipAveraging, options.BatchSize, options.ActionUnitThresholds[ActionUnit.AU12]).Should().Be((true, 6, 0.25f));
        options.Decoder.MaximumPixels.Should().Be(1234);
        new AffectPredictorOptions().Decoder.MaximumPixels.Should().Be(ImageDecoder.DefaultMaximumPixels);
        ImageDecoder.Default.MaximumPixels.Should().Be(ImageDecoder.DefaultMaximumPixels);
        var predictor = services.GetRequiredService<IAffectPredictor>();
        predictor.Predict(PaperModel.Face(1)).ActionUnits!.Thresholds[ActionUnits.All.IndexOf(ActionUnit.AU12)].Should().Be(0.25f);
    }

    [Theory]
    [InlineData("BatchSize", "0", "*BatchSize is 0; it must be at least 1*")]
    [InlineData("DecodeThreads", "-2", "*DecodeThreads is -2; it must be at least 1*")]
    [InlineData("ActionUnitThresholds:AU4", "1.5", "*ActionUnitThresholds gives AU4 the threshold 1.5*")]
    [InlineData("ActionUnitThresholds:AU99", "0.4", "*Affect:ActionUnitThresholds:AU99 is '0.4'; a threshold is named by its unit*")]
    [InlineData("ActionUnitThresholds:AU 4", "0.3", "*Affect:ActionUnitThresholds:AU 4 is '0.3'*")]
    [InlineData("ActionUnitThresholds:AU4", "0,35", "*Affect:ActionUnitThresholds:AU4 is '0,35'*with a point*")]
    [InlineData("ModelPath", "", "*ModelPath is empty*")]
    [InlineData("Device", "gpu", "*Affect:Device*")]
    [InlineData("BatchSize", "many", "*'many'*Affect:BatchSize*")]
    public void A_setting_that_cannot_be_used_is_named_when_the_host_starts(string key, string value, string fault)
    {
        using ServiceProvider services = Configured(new() { ["ModelPath"] = "model.safetensors", [key] = value });

        services.Invoking(s => s.GetRequiredService<IStartupValidator>().Validate()).Should().Throw<Exception>().WithMessage(fault);
    }

    private static ServiceProvider Configured(Dictionary<string, string?> settings)
    {
        IConfiguration configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create($"Affect:{setting.Key}", setting.Value))).Build();
        return new ServiceCollection().AddAffectPredictor(configuration.GetSection("Affect")).BuildServiceProvider();
    }
}
