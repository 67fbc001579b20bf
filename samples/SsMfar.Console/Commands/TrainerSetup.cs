using SsMfar.Models;
using SsMfar.Training;

namespace SsMfar.ConsoleApp.Commands;

/// <summary>From arguments to a trainer's settings, without anything that says where a run is kept or shown.</summary>
internal static class TrainerSetup
{
    // Losses are read back, and progress is shown, after about this many images.
    private const int ImagesBetweenReports = 512;

    /// <summary>A builder with recipe, variant, backbone, weights, device and options.</summary>
    public static MultiTaskTrainerBuilder Builder(TrainArguments arguments)
    {
        MultiTaskTrainerBuilder builder = MultiTaskTrainer.CreateBuilder()
            .UseRecipe(arguments.Recipe)
            .UseVariant(arguments.Variant)
            .UseDevice(arguments.Device)
            .UseImageCache(arguments.Cache)
            .AllowUnusedOptions(arguments.SettingsAreShared)
            .Configure(options => Configure(options, arguments));
        PretrainedWeights? pretrained = arguments.Start.Weights(Backbone(arguments), arguments.ChannelOrder, arguments.Prefix);
        builder = arguments.StartFrom is { } model ? builder.UseStartModel(model) : builder;
        return arguments.Backbone is null && pretrained is null ? builder : builder.UseBackbone(Backbone(arguments), pretrained);
    }

    /// <summary>The backbone that the arguments lead to.</summary>
    public static BackboneFactory Backbone(TrainArguments arguments) =>
        arguments.Backbone ?? arguments.Variant.Backbone ?? BackboneFactory.ResNet18;

    /// <summary>The options that the arguments lead to.</summary>
    public static TrainingOptions Options(TrainArguments arguments)
    {
        TrainingOptions options = arguments.Recipe.CreateFor(arguments.Start.IsPretrained || arguments.StartFrom is not null);
        arguments.Variant.Apply(options);
        Configure(options, arguments);
        return options;
    }

    private static void Configure(TrainingOptions options, TrainArguments arguments)
    {
        if (arguments.Frozen)
        {
            options.UseFrozenFeatures();
        }

        options.ImageSize = arguments.Size;
        options.BatchSize = arguments.BatchSize ?? options.BatchSize;
        options.Epochs = arguments.Epochs ?? options.Epochs;
        options.Seed = arguments.Seed;
        options.Precision = arguments.Precision;
        options.OnBadImage = arguments.OnBadImage;
        options.ProgressEvery = Math.Clamp(ImagesBetweenReports / options.BatchSize, 1, 100);
        if (arguments.LearningRate is { } rate)
        {
            options.Optimizer.HeadLearningRate = rate;
            SetBackboneRate(arguments, options, rate);
        }

        arguments.Settings.Apply(options);
    }

    // A frozen backbone has no rate; settings may say that it is frozen.
    private static void SetBackboneRate(TrainArguments arguments, TrainingOptions options, double rate)
    {
        TrainingOptions set = new() { FrozenFeatures = { Enabled = options.FrozenFeatures.Enabled } };
        arguments.Settings.Apply(set);
        if (!set.FrozenFeatures.Enabled)
        {
            options.Optimizer.BackboneLearningRate = rate;
        }
    }
}
