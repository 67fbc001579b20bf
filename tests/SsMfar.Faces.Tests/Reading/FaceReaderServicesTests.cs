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
            ["Template:Name"] = "box",
            ["Template:Size"] = "64",
        });

        FaceReaderOptions options = services.GetRequiredService<IOptions<FaceReaderOptions>>().Value;

        (options.Detection.MinimumScore, options.Detection.SmallestFace, options.MaximumFaces).Should().Be((0.4f, 33, 3));
        services.GetRequiredService<IFaceDetector>().Should().BeOfType<OnnxFaceDetector>().Which.Kind.Should().Be(FaceDetectorKind.YuNet);
        services.GetRequiredService<FaceReader>().Template.Size.Should().Be(64);
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

    private static ServiceProvider Configured(Dictionary<string, string?> settings)
    {
        IConfiguration configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create($"Faces:{setting.Key}", setting.Value))).Build();
        return new ServiceCollection().AddFaceReader(configuration.GetSection("Faces")).BuildServiceProvider();
    }
}
