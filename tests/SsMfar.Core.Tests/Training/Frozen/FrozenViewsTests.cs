using Microsoft.Extensions.Logging.Abstractions;
using SsMfar.Augmentation;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Tests.Training.Wiring;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Training.Frozen;

/// <summary>Which views' features a step gets, told by a backbone whose features are what it sees.</summary>
public sealed class FrozenViewsTests
{
    private static readonly int[] Rows = [.. Enumerable.Range(0, WiringSet.Rows)];
    private static readonly long[] Strong = [.. Enumerable.Range(0, WiringSet.Rows).Select(row => (long)row)];

    // What the backbone sees of each face as it is.
    private static readonly Lazy<float[][]> PlainFeatures = new(() =>
    {
        MultiTaskTrainer trainer = MultiTaskTrainer.CreateBuilder().UseDevice(SsMfar.Runtime.ComputeDevice.Cpu).AllowUnusedOptions()
            .UseBackbone(BackboneFactory.Of<Seeing>())
            .Configure(options => (options.ImageSize, options.FrozenFeatures.Enabled, options.FrozenFeatures.WeakViews,
                options.FrozenFeatures.StrongViews) = (32, true, 0, 0)).Build();
        using TrainingRun run = new TrainingRunFactory(trainer.Configuration, NullLogger.Instance, null)
            .Create(WiringSet.Dataset, WiringSet.Dataset, CancellationToken.None);
        run.Prepare(CancellationToken.None);
        using torch.Tensor features = run.Step.Features!.OfValidation(Rows);
        return [.. features.data<float>().ToArray().Chunk(3)];
    });

    // The means of the halves, and what a view painted.
    private enum Feature
    {
        Left,
        Right,
        Mark,
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Weak_views_are_drawn_from_the_image_its_mirror_image_and_the_augmented_ones_alike(int augmented)
    {
        using TrainingRun run = Prepared(options => (options.WeakViews, options.StrongViews) = (augmented, 0));
        var seen = new Dictionary<string, int>();
        for (int step = 0; step < 200; step++)
        {
            float[][] drawn = Features(run, step, []);
            for (int row = 0; row < Rows.Length; row++)
            {
                string view = drawn[row][(int)Feature.Mark] > 0 ? $"weak {drawn[row][(int)Feature.Mark]:F3}"
                    : Is(drawn[row], PlainFeatures.Value[row]) ? "plain"
                    : Is(drawn[row], Mirror(PlainFeatures.Value[row])) ? "mirrored"
                    : "other";
                seen[view] = seen.GetValueOrDefault(view) + 1;
            }
        }

        seen.Keys.Should().NotContain("other").And.HaveCount(2 + augmented).And.Contain(["plain", "mirrored"]);
        double share = 200.0 * Rows.Length / (2 + augmented);
        seen.Values.Should().OnlyContain(count => Math.Abs(count - share) < 0.2 * share);
    }

    [Fact]
    public void Without_strong_views_the_strong_one_is_the_mirror_image_of_the_weak_one()
    {
        using TrainingRun run = Prepared(options => (options.WeakViews, options.StrongViews, options.StrongDropout) = (0, 0, 0));
        float[][] drawn = Features(run, 0, Strong);

        drawn.Should().HaveCount(2 * Rows.Length);
        Rows.Should().OnlyContain(row => Is(drawn[row], Mirror(drawn[Rows.Length + row])));
    }

    [Fact]
    public void Strong_views_are_drawn_from_those_that_were_computed()
    {
        using TrainingRun run = Prepared(options => (options.WeakViews, options.StrongViews, options.StrongDropout) = (1, 2, 0));
        float[] marks = [.. Enumerable.Range(0, 50).SelectMany(step => Features(run, step, Strong)[Rows.Length..])
            .Select(features => features[(int)Feature.Mark]).Distinct().Order()];

        marks.Should().HaveCount(2).And.OnlyContain(mark => mark > 0.5f, "the strong view paints brighter than the weak one");
    }

    [Fact]
    public void Features_of_strong_views_alone_are_dropped_as_often_as_asked_for()
    {
        using TrainingRun run = Prepared(options => (options.WeakViews, options.StrongViews, options.StrongDropout) = (1, 2, 0.4));
        float[][][] steps = [.. Enumerable.Range(0, 100).Select(step => Features(run, step, Strong))];
        float[] marks = [.. steps.SelectMany(drawn => drawn[Rows.Length..]).Select(features => features[(int)Feature.Mark])];

        marks.Average(mark => mark == 0 ? 1 : 0).Should().BeApproximately(0.4, 0.03);
        marks.Where(mark => mark > 0).Should().OnlyContain(mark => mark > 0.5f / 0.6f, "the others are scaled up");
        steps.SelectMany(drawn => drawn[..Rows.Length]).Should().OnlyContain(features => features[(int)Feature.Left] > 0);
    }

    [Fact]
    public void A_steps_features_follow_from_its_key()
    {
        using TrainingRun run = Prepared(_ => { });

        Features(run, 3, Strong).SelectMany(row => row).Should().Equal(Features(run, 3, Strong).SelectMany(row => row))
            .And.NotEqual(Features(run, 4, Strong).SelectMany(row => row));
    }

    [Fact]
    public void Nothing_is_computed_of_strong_views_where_nothing_is_learned_from_them()
    {
        using TrainingRun run = Prepared(options => options.WeakViews = 0, SsMfarVariant.Mfar);

        Features(run, 0, []).Should().HaveCount(Rows.Length);
        run.Step.Features!.Options.ViewsWith(run.Step.Features.Mode).Should().Be(2);
    }

    [Fact]
    public void Images_give_their_memory_back_and_only_the_heads_are_optimized()
    {
        using TrainingRun run = Prepared(_ => { });

        run.Training.Invoking(data => data.Image(0).Length).Should().Throw<ObjectDisposedException>();
        run.State.Optimizer.State().Select(moment => moment.Key).Should().NotBeEmpty().And.OnlyContain(name => name.Contains("heads."));
    }

    private static TrainingRun Prepared(Action<FrozenFeatureOptions> configure, SsMfarVariant? variant = null)
    {
        MultiTaskTrainerBuilder builder = MultiTaskTrainer.CreateBuilder().UseDevice(SsMfar.Runtime.ComputeDevice.Cpu)
            .UseVariant(variant ?? SsMfarVariant.SsMfar)
            .UseBackbone(BackboneFactory.Of<Seeing>()).AllowUnusedOptions()
            .Configure(options =>
            {
                options.ImageSize = 32;
                options.FrozenFeatures.Enabled = true;
                configure(options.FrozenFeatures);
                if (options.FrozenFeatures.WeakViews > 0)
                {
                    options.Views = ViewPreset.Paper;
                }
            });
        TrainingOptions built = builder.Build().Options;
        builder = built.FrozenFeatures.WeakViews > 0 ? builder.UseWeakView(_ => new Painted(0.1f)) : builder;
        bool strong = built.FrozenFeatures.StrongViews > 0 && built.SemiSupervision.Mode != SemiSupervisionMode.None;
        TrainingRun run = WiringSet.Build(strong ? builder.UseStrongView(_ => new Painted(0.6f)) : builder);
        run.Prepare(CancellationToken.None);
        return run;
    }

    private static float[][] Features(TrainingRun run, int step, long[] strong)
    {
        using torch.Tensor features = run.Step.Features!.Build(Rows, strong, RandomKey.FromSeed(5).Fold(step));
        float[] values = features.data<float>().ToArray();
        return [.. values.Chunk(3)];
    }

    private static float[] Mirror(float[] features) => [features[1], features[0], features[2]];

    private static bool Is(float[] one, float[] other) => one.Zip(other, (a, b) => Math.Abs(a - b)).All(difference => difference < 1e-5f);

    // Paints the upper left corner: no two calls and no two strengths alike.
    private sealed class Painted(float strength) : IAugmentation
    {
        public torch.Tensor Apply(torch.Tensor pixels, RandomKey key)
        {
            torch.Tensor painted = pixels.clone();
            RandomSource random = key.ToSource();
            painted[.., .., ..2, ..2] = torch.tensor(255 * (1000 + strength + random.NextSingle(0, 0.3f)));
            return painted;
        }
    }

    // Features: the mean of the left half, that of the right one, and what is painted, without normalisation.
    private sealed class Seeing() : torch.nn.Module<torch.Tensor, torch.Tensor>(nameof(Seeing)), IBackbone<Seeing>
    {
        public static string Kind => "seeing";

        public int FeatureWidth => 3;

        public static Seeing Create(PartDescription description, RandomKey key) => new();

        public override torch.Tensor forward(torch.Tensor input)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            torch.Tensor red = (input.select(1, 0) * Scalars.Of(0.229f)).Plus(0.485f);
            torch.Tensor mark = red.select(1, 0).select(1, 0);
            mark = torch.where(mark > Scalars.Of(900), mark.Plus(-1000), torch.zeros_like(mark));
            torch.Tensor lower = red.narrow(1, 4, 28);
            return torch.stack([lower.narrow(2, 0, 16).mean([1, 2]), lower.narrow(2, 16, 16).mean([1, 2]), mark], 1)
                .MoveToOuterDisposeScope();
        }
    }
}
