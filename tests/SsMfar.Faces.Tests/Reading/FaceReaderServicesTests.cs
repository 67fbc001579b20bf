using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SsMfar.Faces;
using SsMfar.Inference;
using SsMfar.Metadata;

namespace SsMfar.Tests.Faces;

public sealed class FaceReaderServicesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_application_gets_one_reader_of_its_own_predictor_and_detector()
    {
        RedPredictor predictor = new(FaceTemplate.Box with { Size = 32 });
        using LogBook log = new();
        using ServiceProvider services = new ServiceCollection().AddSingleton<IAffectPredictor>(predictor).AddSingleton<ILoggerFactory>(log)
            .AddSingleton<IFaceDetector>(new RedDetector()).AddFaceReader(options => options.MaximumFaces = 1).BuildServiceProvider();

        FaceReader reader = services.GetRequiredService<FaceReader>();

        reader.Should().BeSameAs(services.GetRequiredService<FaceReader>());
        reader.Read(RedPictures.Named("a", 51, 102)).Faces.Should().ContainSingle().Which.Prediction!.Valence.Should().Be(0.2f);
        predictor.Sizes.Should().Equal((32, 32));
    }

    [Fact]
    public void The_detector_s_file_and_options_can_be_in_configuration()
    {
        string path = _folder.File("detector.onnx");
        File.WriteAllBytes(path, DetectorFiles.YuNet(64, 64, 1));
        using ServiceProvider services = Configured(new()
        {
            ["DetectorPath"] = path,
            ["Detection:MinimumScore"] = "0.4",
            ["Detection:SmallestFace"] = "33",
            ["MaximumFaces"] = "3",
            ["Template"] = "ArcFace5",
        });

        FaceReaderOptions options = Options(services);

        (options.Detection.MinimumScore, options.Detection.SmallestFace, options.MaximumFaces).Should().Be((0.4f, 33, 3));
        services.GetRequiredService<IFaceDetector>().Should().BeOfType<OnnxFaceDetector>().Which.Kind.Should().Be(FaceDetectorKind.YuNet);
        services.GetRequiredService<FaceReader>().Template.Should().Be(FaceTemplate.ArcFace5);
    }

    [Fact]
    public void A_template_in_configuration_is_one_of_the_built_in_ones_by_its_name()
    {
        using ServiceProvider unknown = Configured(new() { ["Template"] = "best" });

        unknown.Invoking(Options).Should().Throw<InvalidOperationException>().WithMessage("*Faces:Template*")
            .WithInnerException<ArgumentException>().WithMessage("*'best' is unknown*arcface5, blazeface6, box*");
    }

    [Theory]
    [InlineData("arcface5", "112")]
    [InlineData("BlazeFace6", "64")]
    [InlineData("box", "64")]
    public void A_template_in_configuration_that_has_the_name_of_a_built_in_one_alone_is_refused(string name, string size)
    {
        using ServiceProvider services = Configured(new() { ["Template:Name"] = name, ["Template:Size"] = size });

        services.Invoking(Options).Should().Throw<OptionsValidationException>()
            .WithMessage($"*Template is called '{name}'*\"Template\": \"{name}\"*");
    }

    [Theory]
    [InlineData("box", "0.25")]
    [InlineData("wide", "0.5")]
    public void A_template_in_configuration_can_be_a_box_with_its_values(string name, string margin)
    {
        using ServiceProvider services = Configured(new()
        {
            ["Template:Name"] = name,
            ["Template:Size"] = "64",
            ["Template:Margin"] = margin,
        });

        Options(services).Template!.ToString().Should().Be($"{name} at 64 pixels, margin {margin}");
    }

    [Fact]
    public void Points_in_configuration_are_refused()
    {
        using ServiceProvider services = Configured(new()
        {
            ["Template:Name"] = "eyes",
            ["Template:Points:0:Landmark"] = "LeftEye",
            ["Template:Points:0:X"] = "0.3",
            ["Template:Points:0:Y"] = "0.4",
            ["Template:Points:1:Landmark"] = "RightEye",
            ["Template:Points:1:X"] = "0.7",
            ["Template:Points:1:Y"] = "0.4",
        });

        services.Invoking(Options).Should().Throw<OptionsValidationException>().WithMessage("Template has points*set it in code.");
    }

    [Fact]
    public void Settings_that_cannot_be_used_are_named_when_the_host_starts()
    {
        using ServiceProvider services = Configured(new() { ["MaximumFaces"] = "0", ["Detection:Overlap"] = "7" });

        services.Invoking(s => s.GetRequiredService<IStartupValidator>().Validate()).Should().Throw<OptionsValidationException>()
            .Which.Message.Should().ContainAll("MaximumFaces is 0", "Overlap is 7");
    }

    [Fact]
    public void A_detector_s_file_beside_a_detector_of_the_application_is_refused()
    {
        using ServiceProvider services = new ServiceCollection().AddFaceReader(options => options.DetectorPath = "other.onnx")
            .AddSingleton<IFaceDetector>(new RedDetector()).BuildServiceProvider();

        services.Invoking(s => s.GetRequiredService<FaceReader>()).Should().Throw<ArgumentException>()
            .WithMessage("*DetectorPath is 'other.onnx'*");
    }

    [RequiresTool("npm")]
    public void Without_a_word_the_detector_that_comes_with_the_package_is_used()
    {
        using ServiceProvider services = new ServiceCollection().AddFaceReader().BuildServiceProvider();

        FaceReader reader = services.GetRequiredService<FaceReader>();

        reader.Read(FaceImage.FromPixels(DrawnFace.In(640, 480, (200, 100, 100)))).Faces.Should().ContainSingle();
        services.Dispose();
        reader.Invoking(r => r.Read(RedPictures.Named("a", 1))).Should().Throw<ObjectDisposedException>();
    }

    private static FaceReaderOptions Options(IServiceProvider services) =>
        services.GetRequiredService<IOptions<FaceReaderOptions>>().Value;

    private static ServiceProvider Configured(Dictionary<string, string?> settings)
    {
        IConfiguration configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create($"Faces:{setting.Key}", setting.Value))).Build();
        return new ServiceCollection().AddFaceReader(configuration.GetSection("Faces")).BuildServiceProvider();
    }
}
