using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Tests.Models;
using SsMfar.Training;
using SsMfar.Weights;

namespace SsMfar.Tests.Training;

/// <summary>The variants of Table 1 and the recipes: what they are, and that each trains.</summary>
public sealed class VariantTests(VariantTests.PretrainedFile pretrained) : IClassFixture<VariantTests.PretrainedFile>
{
    public static TheoryData<string, string> VariantsAndRecipes
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach (SsMfarVariant variant in SsMfarVariant.All.Concat(SsMfarVariant.BeyondPaper))
            {
                foreach (TrainingRecipe recipe in TrainingRecipe.All)
                {
                    all.Add(variant.Name, recipe.Name);
                }
            }

            return all;
        }
    }

    [Fact]
    public void There_are_the_eight_variants_of_table_1_and_three_recipes()
    {
        SsMfarVariant.All.Select(variant => variant.Name).Should().Equal(
            "mfar", "mfar-rs", "ss-mfar", "ss-mfar-rs", "ss-mfar-no-kl", "ssp-mfar", "ssp-mfar-sa", "ss-mfar-50");
        TrainingRecipe.All.Select(recipe => recipe.Name).Should().Equal("paper", "published", "recommended");
        SsMfarVariant.BeyondPaper.Select(variant => variant.Name).Should().Equal("ss-mfar-all");
        foreach (SsMfarVariant variant in SsMfarVariant.All.Concat(SsMfarVariant.BeyondPaper))
        {
            SsMfarVariant.Parse(variant.Name.ToUpperInvariant()).Should().BeSameAs(variant);
        }
    }

    [Theory]
    [Trait("Trials", "Many")]
    [MemberData(nameof(VariantsAndRecipes))]
    public async Task Every_variant_of_every_recipe_trains_by_its_own_terms(string variantName, string recipe)
    {
        SsMfarVariant variant = SsMfarVariant.Parse(variantName);
        bool deep = variant.Backbone is not null;
        MultiTaskTrainerBuilder builder = MultiTaskTrainer.CreateBuilder()
            .UseVariant(variant)
            .UseRecipe(TrainingRecipe.Parse(recipe))
            .UseDevice(ComputeDevice.Cpu)
            .AllowUnusedOptions()
            .Configure(options =>
            {
                options.ImageSize = 32;
                options.BatchSize = 18;
                options.Epochs = 2;
                options.ProgressEvery = 1;
                options.SemiSupervision.Threshold.Start = 0.2;

                // So that the total is the same sum of its terms in every step.
                options.ExpressionLoss.PseudoLabelLimit = null;
            });
        builder = (variant.PretrainedOn, deep) switch
        {
            (not null, _) => builder.UseBackbone(
                BackboneFactory.ResNet18,
                PretrainedWeights.FromSafetensors(pretrained.Path, SsMfar.Imaging.ChannelOrder.Bgr)),
            (null, true) => builder,
            _ => builder.UseBackbone(TinyBackbone.Factory),
        };
        var progress = new ProgressRecorder();

        // Large networks see one batch an epoch.
        using TrainingResult result = await builder.Build().FitAsync(
            TinyFaces.Dataset(variant.PretrainedOn is null && !deep ? 60 : 18), TinyFaces.Dataset(12, seed: 2), progress);

        result.History.Should().HaveCount(2);
        progress.Steps.Should().HaveCountGreaterThanOrEqualTo(2);
        foreach (StepProgress step in progress.Steps)
        {
            ShouldBeMadeOf(step.Losses, variantName, recipe, step.Epoch);
        }

        result.BestScore.Should().NotBeNull();
        result.Metadata.Variant.Should().Be(variantName);
        result.Metadata.Recipe.Should().Be(recipe);
        result.Model.Backbone.Description.Kind.Should().Be(deep ? "resnet50" : variant.PretrainedOn is null ? "tiny" : "resnet18");
    }

    [Theory]
    [InlineData("paper", 0.5, 1, 0.1, null)]
    [InlineData("published", 0.5, 0.5, 0.5, 1.0)]
    [InlineData("recommended", 1, 1, 0.1, null)]
    public void Each_variant_differs_from_ss_mfar_in_what_the_paper_says_alone(
        string recipeName,
        double l1,
        double l2,
        double l3,
        double? alone)
    {
        TrainingRecipe recipe = TrainingRecipe.Parse(recipeName);
        var own = Options(recipe, SsMfarVariant.SsMfar);
        own["SemiSupervision.Mode"].Should().Be("\"PseudoLabels\"");
        own["Imbalance.ResampleExpressions"].Should().Be("false");
        own["ExpressionLoss.Supervised"].Should().Be(Text(l1));
        own["ExpressionLoss.Unsupervised"].Should().Be(Text(l2));
        own["ExpressionLoss.Consistency"].Should().Be(Text(l3));
        own["ExpressionLoss.WithoutUnlabelled"].Should().Be(alone is { } weight ? Text(weight) : "none");

        var supervised = new Dictionary<string, string>
        {
            ["SemiSupervision.Mode"] = "\"None\"",
            ["ExpressionLoss.Supervised"] = "1",
            ["ExpressionLoss.Unsupervised"] = "0",
            ["ExpressionLoss.Consistency"] = "0",
            ["ExpressionLoss.WithoutUnlabelled"] = "none",
            ["ExpressionLoss.PseudoLabelLimit"] = "none",
        };
        var resampled = new Dictionary<string, string> { ["Imbalance.ResampleExpressions"] = "true" };
        ShouldDiffer(SsMfarVariant.Mfar, supervised);
        ShouldDiffer(SsMfarVariant.MfarResampled, supervised.Concat(resampled));
        ShouldDiffer(SsMfarVariant.SsMfarResampled, resampled);
        ShouldDiffer(SsMfarVariant.SsMfarNoConsistency, new Dictionary<string, string> { ["ExpressionLoss.Consistency"] = "0" });
        ShouldDiffer(SsMfarVariant.SspMfar, []);
        ShouldDiffer(SsMfarVariant.SspMfarStrongAgreement, new Dictionary<string, string> { ["SemiSupervision.Mode"] = "\"Agreement\"" });
        ShouldDiffer(SsMfarVariant.SsMfar50, []);
        ShouldDiffer(SsMfarVariant.SsMfarAllTasks, new Dictionary<string, string>
        {
            ["SemiSupervision.Tasks"] = "\"All\"",
            ["SemiSupervision.Teacher"] = "\"Average\"",
            ["EmaDecay"] = "0.98",
        });

        void ShouldDiffer(SsMfarVariant variant, IEnumerable<KeyValuePair<string, string>> expected)
        {
            Dictionary<string, string> options = Options(recipe, variant);
            options.Keys.Should().BeEquivalentTo(own.Keys);
            options.Where(option => own[option.Key] != option.Value).Should().BeEquivalentTo(
                expected.Where(option => own[option.Key] != option.Value), variant.Name);
        }
    }

    // A variant says the whole of what it is, whichever options it meets.
    [Fact]
    public void A_variant_overrides_what_another_set()
    {
        SsMfarVariant[] variants = [.. SsMfarVariant.All, .. SsMfarVariant.BeyondPaper];
        foreach (SsMfarVariant variant in variants)
        {
            var fresh = new TrainingOptions();
            variant.Apply(fresh);
            foreach (SsMfarVariant other in variants)
            {
                var used = new TrainingOptions();
                other.Apply(used);
                variant.Apply(used);
                used.SemiSupervision.Mode.Should().Be(fresh.SemiSupervision.Mode, "{0} follows {1}", variant.Name, other.Name);
            }
        }
    }

    [Fact]
    public void All_tasks_have_the_average_that_a_recipe_has_or_the_recommended_one()
    {
        Average(0.5).Should().Be(0.5);
        Average(null).Should().Be(TrainingRecipe.Recommended.Create().EmaDecay).And.NotBeNull();

        static double? Average(double? recipe)
        {
            TrainingOptions options = new() { EmaDecay = recipe };
            SsMfarVariant.SsMfarAllTasks.Apply(options);
            return options.EmaDecay;
        }
    }

    [Fact]
    public void Only_the_pretrained_variants_ask_for_weights_and_only_ss_mfar_50_for_a_backbone()
    {
        SsMfarVariant.All.Where(variant => variant.PretrainedOn is not null).Select(variant => variant.Name).Should()
            .Equal("ssp-mfar", "ssp-mfar-sa");
        SsMfarVariant.All.Where(variant => variant.Backbone is not null).Should().ContainSingle().Which.Backbone.Should()
            .Be(BackboneFactory.ResNet50);
    }

    // The means of the steps so far: every relation of a step holds for them too.
    private static void ShouldBeMadeOf(ImmutableSortedDictionary<string, double> losses, string variant, string recipe, int epoch)
    {
        bool supervised = variant.StartsWith("mfar", StringComparison.Ordinal), agreeing = variant == "ssp-mfar-sa";
        (double l1, double l2, double l3) =
            recipe switch { "paper" => (0.5, 1, 0.1), "published" => (0.5, 0.5, 0.5), _ => (1.0, 1.0, 0.1) };
        (l1, l2, l3) = supervised ? (1, 0, 0) : agreeing ? (l1, 1, 0) : (l1, l2, variant == "ss-mfar-no-kl" ? 0 : l3);
        double Of(string term) => losses.GetValueOrDefault(term);

        losses.Values.Should().OnlyContain(loss => double.IsFinite(loss));
        Of("total").Should().BeApproximately(Of("expression") + Of("valence_arousal") + Of("action_units"), 1e-4);
        Of("expression").Should().BeApproximately(
            (l1 * Of("expression.supervised")) + (l2 * Of("expression.unsupervised")) + (l3 * Of("expression.consistency")), 1e-4);
        foreach (string task in new[] { "expression", "valence_arousal", "action_units" })
        {
            losses[$"{task}.supervised"].Should().BePositive(task);
        }

        // Strong views teach the expression by classes and distributions, or every task by what the weak views say.
        (Of("expression.unsupervised") + Of("expression.consistency") > 0).Should().Be(!supervised);

        // Of the few unlabelled rows of a batch all may be confident, and nothing is then left to be consistent.
        if (supervised || agreeing)
        {
            Of("expression.consistency").Should().Be(0);
        }

        foreach (string task in new[] { "valence_arousal", "action_units" })
        {
            // Thresholds of units are at 0.8 in so short a training, which no unit may reach; every row without affect has an estimate.
            bool unlabelled = agreeing || (variant == "ss-mfar-all" && task == "valence_arousal");
            (Of($"{task}.unsupervised") > 0).Should().Be(unlabelled || Of($"{task}.unsupervised") > 0 && variant == "ss-mfar-all", task);
            double weight = agreeing || task == "action_units" ? 1 : Math.Exp(-5 * Math.Pow(1 - ((epoch - 1) / 5.0), 2));
            Of(task).Should().BeApproximately(Of($"{task}.supervised") + (weight * Of($"{task}.unsupervised")), 1e-4);
        }
    }

    private static Dictionary<string, string> Options(TrainingRecipe recipe, SsMfarVariant variant)
    {
        TrainingOptions options = recipe.Create();
        variant.Apply(options);
        return new(RunDescription.Of(options, []).Entries);
    }

    private static string Text(double value) => value.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>ResNet-18 weights as a file, made once.</summary>
    public sealed class PretrainedFile : IDisposable
    {
        private readonly TemporaryFolder _folder = new();

        public PretrainedFile()
        {
            using var network = new ResNet(18, RandomKey.FromSeed(5));
            SafetensorsWriter.Write(Path, network.state_dict());
        }

        public string Path => _folder.File("resnet18.safetensors");

        public void Dispose() => _folder.Dispose();
    }
}
