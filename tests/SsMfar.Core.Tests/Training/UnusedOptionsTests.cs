using SsMfar.Augmentation;
using SsMfar.Data;
using SsMfar.Losses;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.SemiSupervised;
using SsMfar.Tasks;
using SsMfar.Tests.Models;
using SsMfar.Training;

namespace SsMfar.Tests.Training;

/// <summary>An option that was changed and can do nothing is a fault that names it; what recipes and variants set is none.</summary>
public sealed class UnusedOptionsTests(VariantTests.PretrainedFile pretrained) : IClassFixture<VariantTests.PretrainedFile>
{
    /// <summary>Where it is set, what is set, and what the fault names beside it.</summary>
    public static TheoryData<string, Action<MultiTaskTrainerBuilder>, string, string> Unused
    {
        get
        {
            var cases = new TheoryData<string, Action<MultiTaskTrainerBuilder>, string, string>();
            foreach (string variant in new[] { "mfar", "ssp-mfar-sa" })
            {
                Add(variant,
                    o => o.ExpressionLoss.Unsupervised = 0.7,
                    "ExpressionLoss.Unsupervised", "SemiSupervision.Mode");
                Add(variant,
                    o => o.ExpressionLoss.Consistency = 0.7,
                    "ExpressionLoss.Consistency", "SemiSupervision.Mode");
                Add(variant,
                    o => o.SemiSupervision.Policy = PseudoLabelPolicyKind.FlexMatch,
                    "SemiSupervision.Policy", "SemiSupervision.Mode");
                Add(variant,
                    o => o.SemiSupervision.Teacher = PseudoLabelTeacher.Average,
                    "SemiSupervision.Teacher", "SemiSupervision.Mode");
                Add(variant,
                    o => o.SemiSupervision.Threshold.Beta = 0.5,
                    "SemiSupervision.Threshold.Beta", "SemiSupervision.Mode");
                Add(variant,
                    o => o.SemiSupervision.Alignment = new() { Target = AlignmentTarget.Uniform },
                    "SemiSupervision.Alignment.Target", "SemiSupervision.Mode");
            }

            AddUnlabelledTasks();
            Add("mfar", o => o.SemiSupervision.SoftMatch.Sharpness = 2, "SemiSupervision.SoftMatch.Sharpness", "SemiSupervision.Mode");
            foreach ((string name, Action<SemiSupervisionOptions> change) in OfPolicies)
            {
                Add("ss-mfar", o => change(o.SemiSupervision), $"SemiSupervision.{name}", "SemiSupervision.Policy is AdaptiveThreshold");
                AddParts("ss-mfar", b => b
                    .UsePseudoLabelPolicy(AffectTaskNames.Expression, context => new FixedThresholdPolicy(context.Classes.Count))
                    .Configure(o => change(o.SemiSupervision)), $"SemiSupervision.{name}", "AllowUnusedOptions");
            }

            Add("ssp-mfar-sa",
                o => o.ExpressionLoss.WithoutUnlabelled = 2,
                "ExpressionLoss.WithoutUnlabelled", "Agreement");
            Add("ssp-mfar-sa", o => o.Mixup.Alpha = 0.4, "Mixup.Alpha", "strong view");
            Add("mfar", o => o.ExpressionLoss = new(0.3, 0, 0, 1), "ExpressionLoss.Supervised", "WithoutUnlabelled");
            Add("mfar-rs", o => o.Imbalance.ExpressionPower = 0.25, "Imbalance.ExpressionPower", "ResampleExpressions");
            Add("mfar-rs",
                o => o.Imbalance.NormalizeExpressionWeights = false,
                "Imbalance.NormalizeExpressionWeights", "ResampleExpressions");
            Add("ss-mfar",
                o => (o.Imbalance.ExpressionPower, o.Imbalance.NormalizeExpressionWeights) = (0, false),
                "Imbalance.NormalizeExpressionWeights", "ExpressionPower");
            Add("ss-mfar",
                o => (o.Imbalance.ActionUnitPower, o.Imbalance.ActionUnitWeighting) = (0, ActionUnitWeighting.NOver2Positive),
                "Imbalance.ActionUnitWeighting", "ActionUnitPower");
            Add("ss-mfar", o => o.SemiSupervision.Alignment = new() { Window = 5 }, "SemiSupervision.Alignment.Window", "Alignment.Target");
            Add("ss-mfar",
                o => (o.SemiSupervision.Policy, o.SemiSupervision.Threshold) = (PseudoLabelPolicyKind.SoftMatch, new() { Start = 0.3 }),
                "SemiSupervision.Threshold.Start", "SoftMatch");
            Add("ss-mfar", o => (o.ExpressionLoss.Unsupervised, o.ExpressionLoss.PseudoLabelLimit) = (0, 0.25),
                "ExpressionLoss.PseudoLabelLimit", "Unsupervised is 0");
            Add("ss-mfar",
                o => (o.ExpressionLoss.Unsupervised, o.ExpressionLoss.PseudoLabelClassWeights)
                    = (0, !o.ExpressionLoss.PseudoLabelClassWeights),
                "ExpressionLoss.PseudoLabelClassWeights", "Unsupervised is 0");
            Add("ss-mfar", o => o.EarlyStopping.MinimumImprovement = 0.1, "EarlyStopping.MinimumImprovement", "EarlyStopping.Patience");
            Add("ss-mfar", o => o.Mixup.Share = 0.2, "Mixup.Share", "Mixup.Alpha");
            Add("ss-mfar", o => (o.Mixup.Alpha, o.Mixup.Share) = (0.4, 0), "Mixup.Alpha", "Mixup.Share");
            Add("ss-mfar", o => o.Optimizer.Beta1 = 0.8, "Optimizer.Beta1", "OneCycle");
            foreach ((string name, Action<TrainingOptions> change) in OfFrozenFeatures)
            {
                Add("ss-mfar", o => { Frozen(o); change(o); }, name, "FrozenFeatures.Enabled is true");
            }

            Add("ss-mfar", o => { Frozen(o); NoViews(o); o.Views = ViewPreset.Paper; }, "Views", "no features of augmented views");
            Add("mfar", o => { Frozen(o); o.FrozenFeatures.StrongViews = 5; }, "FrozenFeatures.StrongViews", "SemiSupervision.Mode");
            Add("mfar", o => { Frozen(o); o.FrozenFeatures.StrongDropout = 0; }, "FrozenFeatures.StrongDropout", "SemiSupervision.Mode");
            Add("mfar", o => o.FrozenFeatures.WeakViews = 5, "FrozenFeatures.WeakViews", "FrozenFeatures.Enabled is false");
            AddParts("ss-mfar", b => b
                .UsePseudoLabelPolicy(AffectTaskNames.Expression, context => new FixedThresholdPolicy(context.Classes.Count))
                .Configure(
                    o => o.SemiSupervision.Threshold = new() { Gamma = 3 }), "SemiSupervision.Threshold.Gamma", "UsePseudoLabelPolicy");
            AddParts("ss-mfar", b => b.UseLoss(AffectTaskNames.Expression, _ => new CategoricalTaskLoss(new(1, 1, 1)))
                .Configure(o => o.LabelSmoothing = 0.1), "LabelSmoothing", "custom");
            AddParts("ss-mfar", b => b.UseLoss(AffectTaskNames.ActionUnits, _ => new ActionUnitLoss())
                .Configure(o => o.Imbalance.ActionUnitPower = 1), "Imbalance.ActionUnitPower", "custom");
            AddParts("mfar", b => b.UseTasks(AffectTaskNames.ValenceArousal)
                .Configure(o => o.LabelSmoothing = 0.1), "LabelSmoothing", "'expression' is not learned");
            AddParts("mfar-rs", b => b.UseTasks(AffectTaskNames.Expression)
                .Configure(o => o.Imbalance.WeightCap = 3), "Imbalance.WeightCap", "weights");
            AddParts("mfar", b => b.UseWeakView(_ => new WeakAugmentation())
                .Configure(o => o.Views = ViewPreset.Paper), "Views", "custom");
            return cases;

            void AddUnlabelledTasks()
            {
                const string Tasks = "SemiSupervision.Tasks";
                Add("mfar", o => o.SemiSupervision.Tasks = UnlabelledTasks.All, Tasks, "SemiSupervision.Mode");
                Add("ssp-mfar-sa", o => o.SemiSupervision.Coupling.Weight = 1, "SemiSupervision.Coupling.Weight", "SemiSupervision.Mode");
                Add("ss-mfar", o => o.SemiSupervision.ActionUnits.Threshold.Beta = 0.5, "SemiSupervision.ActionUnits.Threshold.Beta",
                    Tasks);
                Add("ss-mfar", o => o.SemiSupervision.ActionUnits.Loss.Consistency = 1,
                    "SemiSupervision.ActionUnits.Loss.Consistency", "add ActionUnits");
                Add("ss-mfar", o => o.SemiSupervision.ValenceArousal.Weight = 2, "SemiSupervision.ValenceArousal.Weight",
                    "add ValenceArousal");
                Add("ss-mfar", o => o.SemiSupervision.Coupling.BothWays = false,
                    "SemiSupervision.Coupling.BothWays", "Coupling.Weight is 0");
                Add("ss-mfar-all", o => (o.SemiSupervision.ValenceArousal.Weight, o.SemiSupervision.ValenceArousal.WeakViews) = (0, true),
                    "SemiSupervision.ValenceArousal.WeakViews", "Weight is 0");
                Add("ss-mfar-all", o => o.SemiSupervision.ActionUnits.Loss = new() { Unsupervised = 0, UsePositiveWeights = true },
                    "SemiSupervision.ActionUnits.Loss.UsePositiveWeights", "Unsupervised is 0");
                AddParts("ss-mfar-all", b => b.UsePseudoLabelPolicy(AffectTaskNames.ActionUnits, _ => new UnitThresholdPolicy(12))
                    .Configure(o => o.SemiSupervision.ActionUnits.Threshold.Floor = 0.1),
                    "SemiSupervision.ActionUnits.Threshold.Floor", "UsePseudoLabelPolicy");
                AddParts("ss-mfar-all", b => b.UseLoss(AffectTaskNames.ValenceArousal, _ => new ValenceArousalLoss())
                    .Configure(o => o.SemiSupervision.ValenceArousal.RampUpEpochs = 1),
                    "SemiSupervision.ValenceArousal.RampUpEpochs", "custom");
                AddParts("ss-mfar-all", b => b.UseTasks(AffectTaskNames.ActionUnits)
                    .Configure(o => o.SemiSupervision.Coupling.Weight = 1), "SemiSupervision.Coupling.Weight", "not both learned");
                Add("ss-mfar-all", o => (o.SemiSupervision.Tasks, o.ExpressionLoss.Unsupervised) = (UnlabelledTasks.ActionUnits, 3),
                    "ExpressionLoss.Unsupervised", "add Expression");
            }

            void Add(string variant, Action<TrainingOptions> change, string name, string reason) =>
                cases.Add(variant, b => b.Configure(change), name, reason);

            void AddParts(string variant, Action<MultiTaskTrainerBuilder> change, string name, string reason) =>
                cases.Add(variant, change, name, reason);
        }
    }

    private static IEnumerable<(string Name, Action<TrainingOptions> Change)> OfFrozenFeatures =>
    [
        ("Optimizer.BackboneLearningRate", o => o.Optimizer.BackboneLearningRate = 0.01),
        ("Optimizer.FrozenBackboneEpochs", o => o.Optimizer.FrozenBackboneEpochs = 2),
        ("SemiSupervision.BatchStatistics", o => o.SemiSupervision.BatchStatistics = BatchStatistics.WeakViews),
        ("Precision", o => o.Precision = TrainingPrecision.BFloat16),
    ];

    private static IEnumerable<(string Name, Action<SemiSupervisionOptions> Change)> OfPolicies =>
    [
        ("FixedThreshold.Threshold", o => o.FixedThreshold.Threshold = 0.9),
        ("FlexMatch.WarmUp", o => o.FlexMatch.WarmUp = false),
        ("FreeMatch.FairnessWeight", o => o.FreeMatch.FairnessWeight = 0.1),
        ("SoftMatch.Momentum", o => o.SoftMatch.Momentum = 0.9),
    ];

    [Theory]
    [MemberData(nameof(Unused))]
    public void What_can_do_nothing_is_refused_by_name_with_the_reason(
        string variant, Action<MultiTaskTrainerBuilder> change, string name, string reason)
    {
        MultiTaskTrainerBuilder builder = Builder(variant, TrainingRecipe.Recommended);
        change(builder);

        TrainingConfigurationException fault = FluentActions.Invoking(builder.Build).Should().Throw<TrainingConfigurationException>().Which;

        fault.Faults.Should().ContainSingle().Which.Should()
            .StartWith($"{name} was changed, and has no effect: ").And.Contain(reason).And.Contain("Leave it out, or ");

        MultiTaskTrainer allowed = builder.AllowUnusedOptions().Build();
        allowed.UnusedOptions.Should().Equal(name);
    }

    [Fact]
    public void Every_variant_of_every_recipe_builds_though_it_leaves_options_of_the_recipe_without_use()
    {
        foreach (TrainingRecipe recipe in TrainingRecipe.All)
        {
            foreach (SsMfarVariant variant in SsMfarVariant.All.Concat(SsMfarVariant.BeyondPaper))
            {
                MultiTaskTrainer trainer = Builder(variant.Name, recipe).Build();
                trainer.UnusedOptions.Should().BeEmpty($"{variant.Name} of {recipe.Name}");
            }
        }
    }

    [Fact]
    public void What_has_an_effect_or_is_what_it_was_is_no_fault()
    {
        Build("ssp-mfar-sa", o => o.ExpressionLoss.Supervised = 0.7);
        Build("ssp-mfar-sa", o => o.Imbalance.ActionUnitPower = 1);
        Build("ssp-mfar-sa", o => o.ExpressionLoss.Consistency = new ExpressionLossWeights().Consistency);
        Build("mfar", o => o.ExpressionLoss.WithoutUnlabelled = 0.5);
        Build("ss-mfar", o => o.ExpressionLoss = new(1, 0, 0.1));
        Build("ss-mfar", o => o.ExpressionLoss.PseudoLabelLimit = 0.25);
        Build("ss-mfar", o => o.SemiSupervision.Mode = SemiSupervisionMode.None);
        foreach ((string name, Action<SemiSupervisionOptions> change) in OfPolicies)
        {
            Build("ss-mfar", o =>
            {
                o.SemiSupervision.Policy = Enum.Parse<PseudoLabelPolicyKind>(name.Split('.')[0]);
                change(o.SemiSupervision);
            });
        }

        Build("ss-mfar", o => o.SemiSupervision.Alignment = new() { Target = AlignmentTarget.Uniform, Window = 4 });
        Build("ss-mfar-rs", o => (o.Imbalance.WeightCap, o.Imbalance.ActionUnitPower) = (3, 1));
        Build("ss-mfar", o => (o.EarlyStopping.Patience, o.EarlyStopping.MinimumImprovement) = (3, 0.1));
        Build("ss-mfar", o => (o.Mixup.Alpha, o.Mixup.Share) = (0.4, 0.2));
        foreach (string variant in SsMfarVariant.All.Select(variant => variant.Name))
        {
            Build(variant, o => o.UseFrozenFeatures());
        }

        Build("ss-mfar", o => (o.FrozenFeatures.Enabled, o.FrozenFeatures.WeakViews, o.Views) = (true, 0, ViewPreset.Paper));
        Build("mfar", o => (o.FrozenFeatures.Enabled, o.FrozenFeatures.StrongViews, o.Views) = (true, 2, ViewPreset.Paper));
        Build("ss-mfar", o => (o.Schedule.Kind, o.Optimizer.Beta1) = (ScheduleKind.Cosine, 0.8));

        void Build(string variant, Action<TrainingOptions> change) =>
            Builder(variant, TrainingRecipe.Recommended).Configure(change).Build().Should().NotBeNull();
    }

    [Fact]
    public void A_strong_view_that_nothing_asks_for_is_refused() =>
        FluentActions.Invoking(Builder("mfar", TrainingRecipe.Recommended).UseStrongView(_ => new WeakAugmentation()).Build)
            .Should().Throw<TrainingConfigurationException>().WithMessage("A strong view was given*None*");

    [Fact]
    public void Pretrained_weights_for_the_variant_from_scratch_are_refused()
    {
        MultiTaskTrainerBuilder builder = MultiTaskTrainer.CreateBuilder().UseBackbone(BackboneFactory.ResNet50, Weights);
        FluentActions.Invoking(builder.UseVariant(SsMfarVariant.SsMfar50).Build).Should().Throw<TrainingConfigurationException>()
            .WithMessage("Variant ss-mfar-50 is about training from scratch*ss-mfar with the backbone*");
        MultiTaskTrainer.CreateBuilder().UseVariant(SsMfarVariant.SsMfar).UseBackbone(BackboneFactory.ResNet50, Weights)
            .Build().Should().NotBeNull();
        SsMfarVariant.All.Where(variant => variant.FromScratch).Should().Equal(SsMfarVariant.SsMfar50);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_view_of_which_no_features_are_computed_is_refused(bool weak)
    {
        MultiTaskTrainerBuilder builder = Builder("ss-mfar", TrainingRecipe.Recommended).Configure(o =>
        {
            Frozen(o);
            NoViews(o);
        });
        FluentActions.Invoking(
                (weak ? builder.UseWeakView(_ => new WeakAugmentation()) : builder.UseStrongView(_ => new WeakAugmentation())).Build)
            .Should().Throw<TrainingConfigurationException>().WithMessage(
                $"A {(weak ? "weak" : "strong")} view was given, and FrozenFeatures.{(weak ? "Weak" : "Strong")}Views is 0*");
    }

    private static void Frozen(TrainingOptions options) => options.FrozenFeatures.Enabled = true;

    private static void NoViews(TrainingOptions options) =>
        (options.FrozenFeatures.WeakViews, options.FrozenFeatures.StrongViews) = (0, 0);

    private PretrainedWeights Weights => PretrainedWeights.FromSafetensors(pretrained.Path, SsMfar.Imaging.ChannelOrder.Rgb);

    private MultiTaskTrainerBuilder Builder(string name, TrainingRecipe recipe)
    {
        SsMfarVariant variant = SsMfarVariant.Parse(name);
        MultiTaskTrainerBuilder builder =
            MultiTaskTrainer.CreateBuilder().UseRecipe(recipe).UseVariant(variant).UseDevice(ComputeDevice.Cpu);
        return variant.PretrainedOn is null ? builder : builder.UseBackbone(BackboneFactory.ResNet18, Weights);
    }
}
