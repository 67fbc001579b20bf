using SsMfar.Losses;
using SsMfar.Metadata;
using SsMfar.Metrics;
using SsMfar.Models;
using SsMfar.SemiSupervised;
using SsMfar.Tasks;
using SsMfar.Training;

namespace SsMfar.Tests.Training;

public sealed class MultiTaskTrainerBuilderTests
{
    [Fact]
    public void Every_fault_is_told_in_one_message()
    {
        MultiTaskTrainerBuilder builder = MultiTaskTrainer.CreateBuilder()
            .UseVariant(SsMfarVariant.SspMfar)
            .UseTasks("expression", "gaze", "expression")
            .UseLoss("pain", _ => new ValenceArousalLoss())
            .Configure(options =>
            {
                options.Epochs = 0;
                options.Optimizer.WeightDecay = 2;
                options.Schedule.WarmUpFraction = -1;
                options.Heads.Dropout = 1;
                options.SemiSupervision.Threshold.Beta = 1.5;
                options.SemiSupervision.Threshold.Floor = null;
                options.SemiSupervision.Threshold.MissingClass = MissingClass.FallToFloor;
            });

        TrainingConfigurationException fault = FluentActions.Invoking(builder.Build).Should().Throw<TrainingConfigurationException>().Which;

        foreach (string part in new[] {
            "Epochs",
            "WeightDecay",
            "WarmUpFraction",
            "Dropout",
            "Beta",
            "AffectNet",
            "gaze",
            "'expression' is there twice",
            "pain" })
        {
            fault.Message.Should().Contain(part);
        }

        fault.Faults.Length.Should().BeGreaterThanOrEqualTo(9);
    }

    [Fact]
    public void A_policy_without_pseudo_labels_pseudo_labels_without_expressions_no_task_and_another_backbone_are_faults()
    {
        Fault(b => b.UseVariant(SsMfarVariant.Mfar)
            .UsePseudoLabelPolicy(AffectTaskNames.Expression, context => new FixedThresholdPolicy(context.Classes.Count, new())))
            .Should().Contain("policy").And.Contain("None");
        Fault(b => b.UseTasks(AffectTaskNames.ValenceArousal)
            .UsePseudoLabelPolicy(AffectTaskNames.Expression, _ => new FixedThresholdPolicy(2)))
            .Should().Contain("the task 'expression' is not learned");
        Fault(b => b.UseVariant(SsMfarVariant.Mfar).UseTasks()).Should().Contain("no task");
        Fault(b => b.UseVariant(SsMfarVariant.SsMfar50).UseBackbone(BackboneFactory.ResNet18)).Should().Contain("resnet50").And
            .Contain("resnet18");
        Fault(b => b.Configure(o => o.SemiSupervision = null!)).Should().Contain("SemiSupervision");
        Fault(b => b.Configure(o => o.BatchSize = 1)).Should().Contain("BatchSize");
        Fault(b => b.Configure(o => o.ImageSize = 31)).Should().Contain("ImageSize");
        Fault(b => b.Configure(o => o.Views = (ViewPreset)9)).Should().Contain("Views");

        static string Fault(Action<MultiTaskTrainerBuilder> change)
        {
            MultiTaskTrainerBuilder builder = MultiTaskTrainer.CreateBuilder();
            change(builder);
            return FluentActions.Invoking(builder.Build).Should().Throw<TrainingConfigurationException>().Which.Message;
        }
    }

    [Fact]
    public void The_order_of_recipe_variant_and_changes_does_not_matter()
    {
        static void Change(TrainingOptions options)
        {
            options.Epochs = 3;
            options.ExpressionLoss.Supervised = 7;
        }

        MultiTaskTrainer one = MultiTaskTrainer.CreateBuilder()
            .UseRecipe(TrainingRecipe.Paper).UseVariant(SsMfarVariant.MfarResampled).Configure(Change).Build();
        MultiTaskTrainer other = MultiTaskTrainer.CreateBuilder()
            .Configure(Change).UseVariant(SsMfarVariant.MfarResampled).UseRecipe(TrainingRecipe.Paper).Build();

        Flat(one.Options).Should().Equal(Flat(other.Options));
        one.Options.ExpressionLoss.Should().BeEquivalentTo(new ExpressionLossWeights(7, 0, 0));
        one.Options.Optimizer.HeadLearningRate.Should().Be(1e-2);
    }

    [Fact]
    public void Unknown_names_are_told_with_those_that_exist()
    {
        FluentActions.Invoking(() => SsMfarVariant.Parse("ss-mfra")).Should().Throw<ArgumentException>()
            .WithMessage("*'ss-mfra'*ssp-mfar-sa*");
        FluentActions.Invoking(() => TrainingRecipe.Parse("best")).Should().Throw<ArgumentException>().WithMessage("*'best'*published*");
        FluentActions.Invoking(() => BackboneFactory.Parse("vgg")).Should().Throw<ArgumentException>().WithMessage("*'vgg'*resnet34*");
    }

    [Fact]
    public void The_defaults_are_the_recommended_recipe_and_usable_alone()
    {
        Flat(new()).Should().Equal(Flat(TrainingRecipe.Recommended.Create()));
        MultiTaskTrainer trainer = MultiTaskTrainer.CreateBuilder().Build();
        Flat(trainer.Options).Should().Equal(Flat(new()));
        new TrainingOptionsValidator().Validate(null, new()).Succeeded.Should().BeTrue();
    }

    [Fact]
    public void What_happens_to_builder_and_options_later_does_not_reach_a_built_trainer()
    {
        TrainingOptions? seen = null;
        MultiTaskTrainerBuilder builder = MultiTaskTrainer.CreateBuilder().Configure(options => seen = options);
        MultiTaskTrainer trainer = builder.Build();
        Dictionary<string, string> before = Flat(trainer.Options);

        seen!.Epochs = 77;
        seen.Optimizer.Beta1 = 0.1;
        trainer.Options.Heads.HiddenWidth = 5;
        builder.UseRecipe(TrainingRecipe.Published).UseVariant(SsMfarVariant.Mfar).Configure(options => options.Seed = 4);

        Flat(trainer.Options).Should().Equal(before);
        MultiTaskTrainer second = builder.Build();
        second.Options.Seed.Should().Be(4);
        second.Options.SemiSupervision.Mode.Should().Be(SemiSupervisionMode.None);
    }

    [Fact]
    public void Every_option_of_every_recipe_survives_the_copy_into_a_trainer()
    {
        foreach (TrainingRecipe recipe in TrainingRecipe.All)
        {
            TrainingOptions options = recipe.Create();
            Flat(TrainingJson.Copy(options)).Should().Equal(Flat(options), recipe.Name);
        }
    }

    private static Dictionary<string, string> Flat(TrainingOptions options) => new(RunDescription.Of(options, []).Entries);
}
