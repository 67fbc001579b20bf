using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Tasks;
using SsMfar.Training;

namespace SsMfar.Tests.Training.Wiring;

/// <summary>
/// What heads are given in the steps and in the evaluations of a fit: features dropped in the first alone, of length 1 where asked for.
/// </summary>
public sealed class FeatureWiringTests
{
    [Theory]
    [InlineData("paper", 0.5, true)]
    [InlineData("published", 0.5, true)]
    [InlineData("recommended", 0.2, false)]
    public async Task Steps_drop_features_evaluations_do_not_and_lengths_are_as_the_recipe_says(string recipe, double dropout, bool unit)
    {
        var heads = new List<FeatureHead>();
        MultiTaskTrainer trainer = Tiny.Builder(options => (options.Epochs, options.EmaDecay) = (2, null))
            .UseRecipe(TrainingRecipe.Parse(recipe))
            .UseVariant(SsMfarVariant.Mfar)
            .UseBackbone(BackboneFactory.Of(key => new PlainBackbone(key)))
            .UseHead(AffectTaskNames.ValenceArousal, _ => Add(new FeatureHead(2)))
            .UseWeakView(_ => new Unchanged())
            .Build();
        (await trainer.FitAsync(WiringSet.Dataset, WiringSet.Dataset)).Dispose();

        // Four steps of 16 rows, and two evaluations of 32. Another head is made to see whether one can, and a third for the best model.
        (bool Training, float[][] Features)[] seen = [.. heads.First(head => head.Seen.Count > 0).Seen];
        seen.Select(pass => (pass.Training, pass.Features.Length)).Should().Equal(
            (true, 16), (true, 16), (false, 32), (true, 16), (true, 16), (false, 32));
        foreach ((bool training, float[][] features) in seen)
        {
            double dropped = features.Average(row => row.Average(value => value == 0 ? 1.0 : 0));
            if (training)
            {
                // Of 384 features; six standard deviations.
                dropped.Should().BeApproximately(dropout, 6 * Math.Sqrt(dropout * (1 - dropout) / (16 * PlainBackbone.Width)));
            }
            else
            {
                dropped.Should().Be(0);
            }

            double[] lengths = [.. features.Select(row => Math.Sqrt(row.Sum(value => (double)value * value)))];
            lengths.All(length => Math.Abs(length - 1) < 1e-5).Should().Be(unit);
        }

        seen.Where(pass => pass.Training).Select(pass => string.Concat(pass.Features[0].Select(value => value == 0 ? '0' : '1')))
            .Should().OnlyHaveUniqueItems("each step drops other features");

        FeatureHead Add(FeatureHead head)
        {
            heads.Add(head);
            return head;
        }
    }

    [Fact]
    public void What_is_kept_in_a_step_is_scaled_so_that_the_mean_stays()
    {
        using TrainingRun run = WiringSet.Build(MultiTaskTrainer.CreateBuilder().UseDevice(ComputeDevice.Cpu)
            .Configure(WhatIsBuiltTests.Small)
            .Configure(options => options.Heads.Dropout = 0.2)
            .UseBackbone(BackboneFactory.Of(key => new PlainBackbone(key)))
            .UseHead(AffectTaskNames.ValenceArousal, _ => new FeatureHead(2)));
        var head = (FeatureHead)run.State.Model.Head(AffectTaskNames.ValenceArousal);
        using TorchSharp.torch.Tensor images = SsMfar.Tests.Models.Build.Images(8, 32);
        run.State.Model.DropoutKey = RandomKey.FromSeed(4);
        run.State.Model.eval();
        run.State.Model.call(images).Dispose();
        run.State.Model.train();
        run.State.Model.call(images).Dispose();

        float[] whole = [.. head.Seen[0].Features.SelectMany(row => row)], kept = [.. head.Seen[1].Features.SelectMany(row => row)];
        kept.Zip(whole, (k, w) => k / w).Should().OnlyContain(ratio => ratio == 0 || Math.Abs(ratio - 1.25) < 1e-5);
    }
}
