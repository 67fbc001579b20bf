using Microsoft.Extensions.Configuration;
using SsMfar.Imaging;
using SsMfar.Models;
using SsMfar.SemiSupervised;
using SsMfar.Training;

namespace SsMfar.Tests.Configuration;

/// <summary>Options bound from configuration get every value, and no preset of the library changes with them.</summary>
public sealed class OptionsBindingTests
{
    public static TheoryData<string> Presets => [.. OptionsTypes.Presets.Keys];

    [Fact]
    public void All_kinds_of_options_are_found() =>
        OptionsTypes.All.Select(type => type.Name).Should().Contain([
            "TrainingOptions", "AdaptiveThresholdOptions", "FlexMatchOptions", "ExpressionLossWeights", "ImageDecoder",
            "AffectPredictorOptions", "OnnxAffectPredictorOptions", "BootstrapOptions", "AnnotationFileOptions",
            "StrongAugmentationOptions", "RichWeakAugmentationOptions", "TorchRuntimeOptions", "OnnxExportOptions",
            "FaceReaderOptions", "FaceDetectorOptions", "FaceTemplate"]);

    [Theory]
    [MemberData(nameof(Presets))]
    public void Every_setting_is_bound_and_every_preset_stays_what_it_was(string name)
    {
        Dictionary<string, string> before = Snapshot(OptionsTypes.Presets);
        object options = OptionsTypes.Presets[name]();
        SortedDictionary<string, string> settings = ChangedSettings.Of(options);

        Configuration(settings).Bind(options);

        ChangedSettings.Read(options).Should().Contain(settings).And.OnlyContain(entry => settings.ContainsKey(entry.Key));
        Snapshot(OptionsTypes.Presets).Should().Equal(before);
    }

    [Fact]
    public void A_preset_that_is_shared_is_found()
    {
        Dictionary<string, Func<object>> presets = new() { ["shared"] = () => Shared.Preset, ["fresh"] = () => new Shared() };
        Dictionary<string, string> before = Snapshot(presets);

        Configuration(new SortedDictionary<string, string> { ["Value"] = "7" }).Bind(Shared.Preset);

        Snapshot(presets)["shared"].Should().NotBe(before["shared"]);
        Snapshot(presets)["fresh"].Should().Be(before["fresh"]);
    }

    [Fact]
    public void A_section_reaches_the_options_of_a_trainer_and_of_no_other()
    {
        IConfiguration section = Configuration(new SortedDictionary<string, string>
        {
            ["Epochs"] = "7",
            ["SemiSupervision:Policy"] = "FlexMatch",
            ["SemiSupervision:FlexMatch:Threshold"] = "0.9",
            ["Balancing:Weights:action_units"] = "0.5",
            ["EmaDecay"] = "0.5",
        });

        MultiTaskTrainer bound = MultiTaskTrainer.CreateBuilder()
            .UseRecipe(TrainingRecipe.Paper)
            .Configure(options => section.Bind(options))
            .Build();

        bound.Options.Epochs.Should().Be(7);
        bound.Options.EmaDecay.Should().Be(0.5);
        bound.Options.SemiSupervision.Policy.Should().Be(PseudoLabelPolicyKind.FlexMatch);
        bound.Options.SemiSupervision.FlexMatch.Threshold.Should().Be(0.9);
        bound.Options.Balancing.Weights.Should().Equal(new Dictionary<string, double> { ["action_units"] = 0.5 });
        MultiTaskTrainer.CreateBuilder().UseRecipe(TrainingRecipe.Paper).Build().Options.SemiSupervision.FlexMatch.Threshold
            .Should().Be(new FlexMatchOptions().Threshold);
    }

    [Fact]
    public void A_setting_of_the_adaptive_threshold_leaves_the_papers_constants_alone()
    {
        IConfiguration section = Configuration(new SortedDictionary<string, string> { ["SemiSupervision:Threshold:Beta"] = "0.5" });

        MultiTaskTrainer.CreateBuilder().UseRecipe(TrainingRecipe.Paper).Configure(options => section.Bind(options)).Build()
            .Options.SemiSupervision.Threshold.Beta.Should().Be(0.5);

        AdaptiveThresholdOptions.Paper.Beta.Should().Be(0.95);
        TrainingRecipe.Paper.Create().SemiSupervision.Threshold.Beta.Should().Be(0.95);
        MultiTaskTrainer.CreateBuilder().UseRecipe(TrainingRecipe.Paper).Build().Options.SemiSupervision.Threshold.Beta.Should().Be(0.95);
    }

    [Fact]
    public void A_limit_of_one_decoder_is_the_limit_of_no_other()
    {
        ImageDecoder one = ImageDecoder.Default;
        Configuration(new SortedDictionary<string, string> { ["MaximumPixels"] = "123", ["MaximumMemory"] = "4567" }).Bind(one);

        one.MaximumPixels.Should().Be(123);
        ImageDecoder.Default.MaximumPixels.Should().Be(ImageDecoder.DefaultMaximumPixels);
        ImageDecoder.Default.MaximumMemory.Should().Be(ImageDecoder.DefaultMaximumMemory);
        one.Budget.Should().NotBeSameAs(ImageDecoder.Default.Budget);
        new ImageDecoder().Budget.Should().BeSameAs(ImageDecoder.Default.Budget, "decoders without a number of their own share one");
    }

    private static IConfiguration Configuration(IEnumerable<KeyValuePair<string, string>> settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value))).Build();

    private static Dictionary<string, string> Snapshot(IReadOnlyDictionary<string, Func<object>> presets) =>
        presets.ToDictionary(preset => preset.Key, preset => string.Join(' ', ChangedSettings.Read(preset.Value())));

    private sealed class Shared
    {
        public static Shared Preset { get; } = new();

        public int Value { get; set; }
    }
}
