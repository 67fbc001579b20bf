using SsMfar.Augmentation;
using SsMfar.Data;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Training.Wiring;

/// <summary>What follows from the seed, and from nothing else: weights and views, drawn anew for each use.</summary>
public sealed class RandomnessWiringTests
{
    [Fact]
    public async Task Every_epoch_step_micro_batch_and_side_draws_views_of_its_own_and_the_seed_draws_them_again()
    {
        float[][] first = await Views(seed: 1), again = await Views(seed: 1), other = await Views(seed: 2);

        // Eight rows, the same in each of two epochs of two steps of two micro-batches, each with a weak and a strong view.
        first.Should().HaveCount(2 * 2 * 2 * 2);
        first.Select(factors => string.Join(' ', factors)).Should().OnlyHaveUniqueItems();
        again.SelectMany(factors => factors).Should().Equal(first.SelectMany(factors => factors));
        other.Select(factors => string.Join(' ', factors)).Should().NotIntersectWith(first.Select(factors => string.Join(' ', factors)));
    }

    [Fact]
    public void Initial_weights_follow_from_the_seed_and_no_two_parts_share_theirs()
    {
        Dictionary<string, float[]> first = Weights(1), again = Weights(1), other = Weights(2);

        first.Keys.Where(name => !first[name].AsSpan().SequenceEqual(again[name])).Should().BeEmpty();
        first.Keys.Where(name => first[name].AsSpan().SequenceEqual(other[name])).Should().BeEmpty();
        first["heads.expression.hidden.weight"].Should().NotEqual(first["heads.valence_arousal.hidden.weight"]);

        static Dictionary<string, float[]> Weights(long seed)
        {
            using TrainingRun run = WiringSet.Build(Tiny.Builder(options => options.Seed = seed));
            return run.State.Model.named_parameters().Where(named => named.parameter.dim() > 1)
                .ToDictionary(named => named.name, named => SsMfar.Tests.Models.Build.Values(named.parameter));
        }
    }

    // Of each pass of weak views, then of strong ones, how bright each of the eight rows is drawn.
    private static async Task<float[][]> Views(long seed)
    {
        PlainBackbone? backbone = null;
        var view = new Brightness();
        MultiTaskTrainer trainer = Tiny.Builder(options => (options.Seed, options.EmaDecay) = (seed, null))
            .Configure(options => (options.Epochs, options.BatchSize, options.AccumulationSteps) = (2, 8, 2))
            .UseBackbone(BackboneFactory.Of(key => backbone = new PlainBackbone(key)))
            .UseSampler(_ => new SameRows())
            .UsePseudoLabelPolicy(AffectTaskNames.Expression, _ => new ChosenRows(_ => true, everyRow: true))
            .UseWeakView(_ => view)
            .UseStrongView(_ => view)
            .Build();
        (await trainer.FitAsync(WiringSet.Dataset)).Dispose();
        return [.. backbone!.Inputs.SelectMany(images => images.Select(image => image[0]).Chunk(8))];
    }

    /// <summary>Rows 0 to 7, four times.</summary>
    private sealed class SameRows : ISampler
    {
        public int[] Sample(AnnotationSet annotations, RandomKey key) => [.. Enumerable.Range(0, 32).Select(row => row % 8)];
    }

    /// <summary>Paints each row in a brightness that it draws.</summary>
    private sealed class Brightness : IAugmentation
    {
        public torch.Tensor Apply(torch.Tensor pixels, RandomKey key)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            float[] drawn = [.. Enumerable.Range(0, (int)pixels.size(0)).Select(row => key.Fold(row).ToSource().NextSingle(1, 255))];
            return (torch.zeros_like(pixels).Plus(torch.tensor(drawn).reshape(-1, 1, 1, 1))).MoveToOuterDisposeScope();
        }
    }
}
