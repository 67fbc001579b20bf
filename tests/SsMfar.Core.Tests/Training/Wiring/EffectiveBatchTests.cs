using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.Training;

namespace SsMfar.Tests.Training.Wiring;

/// <summary>
/// What terms are divided by when micro-batches make a step, through a network of which an image's outputs depend on no other image:
/// sums over rows as those of one large batch, the others as the mean over micro-batches.
/// </summary>
public sealed class EffectiveBatchTests
{
    private static readonly string[] SumsOverRows = ["expression.supervised", "expression.unsupervised", "action_units.supervised"];
    private static readonly string[] MeansOverMicroBatches = ["expression.consistency", "valence_arousal.supervised"];

    [Fact]
    public async Task Sums_over_rows_are_divided_by_the_counts_of_the_effective_batch()
    {
        IReadOnlyDictionary<string, double> large = await Losses(batch: 32, accumulation: 1, _ => true);
        IReadOnlyDictionary<string, double> accumulated = await Losses(16, 2, _ => true);

        large["expression.unsupervised"].Should().BeGreaterThan(0.1);
        SumsOverRows.Should().OnlyContain(term => Math.Abs(accumulated[term] - large[term]) < 1e-5 * Math.Max(1, large[term]));
    }

    [Fact]
    public async Task What_is_no_sum_over_rows_is_the_mean_over_micro_batches()
    {
        // With next to no learning rate, two steps of a micro-batch each see the same weights.
        IReadOnlyDictionary<string, double> accumulated = await Losses(16, 2, row => row % 2 == 0);
        IReadOnlyDictionary<string, double> apart = await Losses(16, 1, row => row % 2 == 0);
        IReadOnlyDictionary<string, double> large = await Losses(32, 1, row => row % 2 == 0);

        MeansOverMicroBatches.Should().OnlyContain(term => Math.Abs(accumulated[term] - apart[term]) < 1e-5 && accumulated[term] > 0);
        Math.Abs(large["valence_arousal.supervised"] - apart["valence_arousal.supervised"])
            .Should().BeGreaterThan(1e-3, "a coefficient is no sum over rows");
    }

    [Fact]
    public async Task The_unsupervised_term_is_divided_by_all_unlabelled_rows_whether_confident_or_not()
    {
        double all = (await Losses(32, 1, _ => true))["expression.unsupervised"];
        double even = (await Losses(32, 1, row => row % 2 == 0))["expression.unsupervised"];
        double odd = (await Losses(32, 1, row => row % 2 == 1))["expression.unsupervised"];

        (even + odd).Should().BeApproximately(all, 1e-5);
        even.Should().BeGreaterThan(0.05);
        odd.Should().BeGreaterThan(0.05);
    }

    // The mean loss terms of an epoch over the whole set.
    private static async Task<IReadOnlyDictionary<string, double>> Losses(int batch, int accumulation, Func<long, bool> isSure)
    {
        MultiTaskTrainer trainer = Tiny.Builder(options =>
            {
                (options.Epochs, options.BatchSize, options.AccumulationSteps, options.EmaDecay) = (1, batch, accumulation, null);
                options.Optimizer.BackboneLearningRate = options.Optimizer.HeadLearningRate = 1e-9;
                options.Heads.Dropout = 0;
            })
            .UseBackbone(BackboneFactory.Of(key => new PlainBackbone(key)))
            .UseWeakView(_ => new Unchanged())
            .UseStrongView(_ => new Darkened())
            .UsePseudoLabelPolicy(AffectTaskNames.Expression, _ => new ChosenRows(isSure))
            .Build();
        using TrainingResult result = await trainer.FitAsync(WiringSet.Dataset);
        return result.History[0].Losses;
    }

    /// <summary>Unlike the weak view, and alike for an image wherever in a batch it is.</summary>
    private sealed class Darkened : SsMfar.Augmentation.IAugmentation
    {
        public TorchSharp.torch.Tensor Apply(TorchSharp.torch.Tensor pixels, SsMfar.Randomness.RandomKey key) => pixels * Scalars.Of(0.3);
    }
}
