using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using SsMfar.Data;
using SsMfar.Inference;
using SsMfar.Models;
using SsMfar.Predictions;
using SsMfar.Runtime;
using SsMfar.Tests.Models;

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
}
