using System.Globalization;
using CsCheck;
using SsMfar.Data;
using SsMfar.Inference;
using SsMfar.Losses;
using SsMfar.Metadata;
using SsMfar.Metrics;
using SsMfar.Models;
using SsMfar.Predictions;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.SemiSupervised;
using SsMfar.Tasks;
using SsMfar.Tests.Losses;
using SsMfar.Tests.SemiSupervised;
using SsMfar.Tests.Training.Wiring;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Training;

/// <summary>Which rows are mixed, how far, and what the network and the policy see of them.</summary>
public sealed class MixupTests
{
    private static readonly AffectTask Age = AffectTask.Create(
        "age",
        new ColumnLabels(TinyFaces.AgeColumn),
        context => new MlpHead(context.FeatureWidth, 8, 1, context.Key),
        _ => new SquaredErrorLoss(),
        _ => new RegressionMetric(["years"], RegressionScore.NegativeMeanAbsoluteError),
        new NumberDecoder());

    private static readonly Gen<(int Groups, double Share, int Rows, int Seed)> Batches =
        Gen.Select(Gen.Int[1, 4], Gen.Double[0, 1], Gen.Int[0, 40], Gen.Int[0, int.MaxValue - 1]);

    [Fact]
    public void Rows_are_mixed_with_others_that_have_labels_of_the_same_tasks_each_once() => Batches.Sample(
        batch =>
        {
            Random random = new(batch.Seed);
            ulong?[] known = [.. Enumerable.Range(0, batch.Rows)
                .Select(_ => random.Next(5) == 0 ? (ulong?)null : (ulong)random.Next(batch.Groups))];
            MixupOptions options = new() { Alpha = 0.4, Share = batch.Share };
            MixPlan? plan = MixPlan.Draw(options, known, RandomKey.FromSeed(batch.Seed));
            if (plan is null)
            {
                return;
            }

            plan.Lambda.Should().BeInRange(0, 1);
            plan.Partners.Order().Should().Equal(Enumerable.Range(0, batch.Rows));
            for (int i = 0; i < batch.Rows; i++)
            {
                known[plan.Partners[i]].Should().Be(known[i]);
                if (known[i] is null)
                {
                    plan.Partners[i].Should().Be(i);
                }
            }

            plan.Unmixed.Should().HaveCountLessThan(batch.Rows);
            MixPlan again = MixPlan.Draw(options, known, RandomKey.FromSeed(batch.Seed))!;
            again.Partners.Should().Equal(plan.Partners);
            again.Lambda.Should().Be(plan.Lambda);
        },
        iter: 200,
        threads: 1);

    [Fact]
    public void A_share_of_one_mixes_all_that_have_a_like_and_of_a_half_about_half()
    {
        ulong?[] known = [.. Enumerable.Range(0, 400).Select(i => (ulong?)(ulong)(i % 3)), 7, null];
        MixPlan all = MixPlan.Draw(new() { Alpha = 1, Share = 1 }, known, RandomKey.FromSeed(1))!;
        all.Unmixed.Should().Equal(400, 401);
        MixPlan.Draw(new() { Alpha = 1, Share = 0 }, known, RandomKey.FromSeed(1)).Should().BeNull();
        MixPlan.Draw(new() { Alpha = 1, Share = 0.5 }, known, RandomKey.FromSeed(1))!.Unmixed.Count().Should().BeInRange(170, 235);
        MixPlan.Draw(new() { Alpha = 1, Share = 1 }, [3, 4, null, null], RandomKey.FromSeed(1)).Should().BeNull("nobody has a like");
    }

    [Theory]
    [InlineData(0.001)]
    [InlineData(0.2)]
    [InlineData(1)]
    [InlineData(3)]
    public void Lambda_has_the_moments_of_the_symmetric_beta_distribution(double alpha)
    {
        RandomSource random = RandomKey.FromSeed(4).ToSource();
        double[] drawn = new double[40_000];
        for (int i = 0; i < drawn.Length; i++)
        {
            drawn[i] = SymmetricBeta.Draw(alpha, ref random);
        }

        drawn.Should().OnlyContain(value => value >= 0 && value <= 1);
        drawn.Average().Should().BeApproximately(0.5, 0.01);
        drawn.Average(value => Math.Pow(value - 0.5, 2)).Should().BeApproximately(1 / (4 * ((2 * alpha) + 1)), 0.005);
        double fourth = 3 / (16 * ((2 * alpha) + 1) * ((2 * alpha) + 3));
        drawn.Average(value => Math.Pow(value - 0.5, 4)).Should().BeApproximately(fourth, 0.002);
    }

    [Fact]
    public async Task The_network_sees_mixtures_of_labelled_rows_and_the_others_and_all_strong_views_as_they_are()
    {
        AffectDataset training = TinyFaces.Dataset(40);
        int strong = training.Annotations.Count(row => row.Expression is null);
        (float[][] plain, float[][] plainLabels) = await Inputs(training, null);
        (float[][] mixed, float[][] mixedLabels) = await Inputs(training, new() { Alpha = 5, Share = 0.6 });

        plain.Should().HaveCount(40 + strong);
        mixed.Should().HaveCount(40 + strong);
        int[] changed = [.. Enumerable.Range(0, plain.Length).Where(i => !plain[i].AsSpan().SequenceEqual(mixed[i]))];
        changed.Should().HaveCountGreaterThan(4).And.OnlyContain(i => i < 40);
        int unlabelled = Enumerable.Range(0, 40).Except(changed).Count();
        unlabelled.Should().BeGreaterThanOrEqualTo(strong);

        // Each is on the way from its own image to that of another that was mixed too, at the same place, and once another's partner. So
        // are valence and arousal.
        var partners = new List<int>();
        var shares = new List<double>();
        foreach (int i in changed)
        {
            (int partner, (double share, double distance)) = changed.Where(j => j != i)
                .Select(j => (j, Between(plain[i], plain[j], mixed[i]))).MinBy(found => found.Item2.Distance);
            distance.Should().BeLessThan(1e-3);
            partners.Add(partner);
            shares.Add(share);
            IEnumerable<double> expected = plainLabels[i].Zip(plainLabels[partner], (own, other) => (share * own) + ((1 - share) * other));
            mixedLabels[i].Zip(expected, (seen, value) => Math.Abs(seen - value)).Should().OnlyContain(error => error < 1e-3);
        }

        partners.Should().BeEquivalentTo(changed);
        shares.Should().OnlyContain(share => Math.Abs(share - shares[0]) < 1e-3);
        shares[0].Should().BeInRange(0.01, 0.99);
        Math.Abs(shares[0] - 0.5).Should().BeGreaterThan(0.01, "a half would be the partner's share too");
        Enumerable.Range(0, 40).Except(changed).Should().OnlyContain(i => mixedLabels[i].SequenceEqual(plainLabels[i]));
    }

    [Fact]
    public async Task Mixed_rows_keep_as_many_labels_as_they_had_where_some_have_valence_alone_and_others_arousal()
    {
        AnnotationSet faces = TinyFaces.Annotations(12);
        string rows = string.Concat(faces.Select((row, i) => string.Create(CultureInfo.InvariantCulture,
            $"{row.Image},{(i % 3 == 0 ? "" : row.Valence)},{(i % 3 == 1 ? "" : row.Arousal)}\n")));
        AffectDataset training = new(AnnotationSet.Read(new StringReader($"image,valence,arousal\n{rows}")), new TinyFaces.Images());
        var affect = new LabelRecorder(LabelMixing.Values);

        (await Tiny.Builder(options => (options.Epochs, options.Mixup) = (4, new() { Alpha = 1, Share = 1 }))
            .UseTasks(AffectTaskNames.ValenceArousal).UseVariant(SsMfarVariant.Mfar)
            .UseLoss(AffectTaskNames.ValenceArousal, _ => affect)
            .Build().FitAsync(training)).Dispose();

        affect.Labels.Should().HaveCount(4).And.OnlyContain(
            batch => batch.Count(row => row[0] != null) == 8 && batch.Count(row => row[1] != null) == 8);
    }

    [Fact]
    public async Task The_policy_is_asked_about_rows_that_were_not_mixed_and_learns_from_those_alone()
    {
        AffectDataset training = TinyFaces.Dataset(64);
        var recorder = new Recorder();
        (await Tiny.Builder(options => options.Mixup = new() { Alpha = 1, Share = 0.5 })
            .UsePseudoLabelPolicy(AffectTaskNames.Expression, _ => recorder).Build()
            .FitAsync(training)).Dispose();

        recorder.Asked.Should().OnlyContain(row => training.Annotations[(int)row].Expression == null);
        recorder.Observed.Should().Contain(recorder.Asked);
        long[] labelled = [.. recorder.Observed.Except(recorder.Asked)];
        labelled.Should().NotBeEmpty();
        int steps = 2 * 64;
        recorder.Observed.Count.Should().BeLessThan(steps).And.BeGreaterThan(steps / 3);
    }

    [Theory]
    [InlineData("mfar")]
    [InlineData("ss-mfar-rs")]
    [InlineData("ssp-mfar-sa")]
    public async Task Every_variant_and_a_fourth_task_train_with_mixed_rows(string variant)
    {
        AffectDataset training = TinyFaces.Dataset(60, withAges: true);
        using TrainingResult result = await Tiny.Builder(options => options.Mixup.Alpha = 0.4)
            .UseVariant(Tiny.WithoutPretraining(SsMfarVariant.Parse(variant)))
            .AddTask(Age)
            .AllowUnusedOptions()
            .Build().FitAsync(training, TinyFaces.Dataset(20, seed: 2, withAges: true));

        result.History.SelectMany(epoch => epoch.Losses.Values).Should().OnlyContain(loss => double.IsFinite(loss));
        result.BestScore.Should().NotBeNull();
    }

    // What the network is given in the one step of a run, and of each row valence and arousal as their loss sees them, 0 where unknown.
    private static async Task<(float[][] Images, float[][] Affect)> Inputs(AffectDataset training, MixupOptions? mixup)
    {
        RecordingBackbone? first = null;
        var affect = new LabelRecorder(LabelMixing.Values);
        (await Tiny.Builder(options =>
        {
            (options.Epochs, options.BatchSize, options.EmaDecay) = (1, 40, null);
            options.Mixup = mixup ?? new();
        }).UseBackbone(BackboneFactory.Of(key => first = new RecordingBackbone(key)))
            .UseWeakView(_ => new Unchanged()).UseStrongView(_ => new Unchanged())
            .UseLoss(AffectTaskNames.ValenceArousal, _ => affect)
            .Build().FitAsync(training)).Dispose();
        return (first!.Seen!, [.. affect.Labels.Single().Select(row => row.Select(value => value ?? 0).ToArray())]);
    }

    // How far along the way between two images a third lies, and its largest distance from there.
    private static (double Share, double Distance) Between(float[] own, float[] other, float[] mixed)
    {
        double length = own.Zip(other, (a, b) => Math.Pow(a - b, 2)).Sum();
        double share = Enumerable.Range(0, own.Length).Sum(k => (double)(mixed[k] - other[k]) * (own[k] - other[k])) /
            Math.Max(1e-12, length);
        return (share, Enumerable.Range(0, own.Length).Max(k => Math.Abs(mixed[k] - other[k] - (share * (own[k] - other[k])))));
    }

    private sealed class SquaredErrorLoss : ITaskLoss
    {
        public TaskLossResult Compute(TaskLossInput input)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            torch.Tensor squares = (input.Weak - input.Values).Squared() * input.Mask;
            return new((squares.sum() / Scalars.Of(Math.Max(1, input.Counts.ValidEntries))).MoveToOuterDisposeScope(), []);
        }
    }

    private sealed class RecordingBackbone(RandomKey key) :
        torch.nn.Module<torch.Tensor, torch.Tensor>(nameof(RecordingBackbone)),
        IBackbone<RecordingBackbone>
    {
        private readonly TinyBackbone _inner = new(key);

        public float[][]? Seen { get; private set; }

        public int FeatureWidth => _inner.FeatureWidth;

        public static string Kind => "recording";

        public static RecordingBackbone Create(PartDescription description, RandomKey key) => new(key);

        public override torch.Tensor forward(torch.Tensor input)
        {
            using torch.Tensor rows = input.detach().contiguous().view(input.size(0), -1);
            Seen = [.. Enumerable.Range(0, (int)rows.size(0)).Select(i => Row(rows, i))];
            return _inner.call(input);
        }

        protected override void RegisterComponents() => register_module("inner", _inner);

        private static float[] Row(torch.Tensor rows, int i)
        {
            using torch.Tensor row = rows[i];
            return row.data<float>().ToArray();
        }
    }

    private sealed class Recorder : QuietPolicy
    {
        public List<long> Asked { get; } = [];

        public List<long> Observed { get; } = [];

        public override PseudoLabels Assign(PolicyBatch strong)
        {
            Asked.AddRange(strong.RowIds.Host().Select(row => (long)row));
            return new(strong.Predictions.argmax(1), torch.ones([strong.Predictions.size(0)]));
        }

        public override void Observe(PolicyBatch observation)
        {
            observation.Predictions.shape.Should().Equal(observation.RowIds.size(0), 8);
            observation.Labelled.size(0).Should().Be(observation.RowIds.size(0));
            observation.Classes.size(0).Should().Be(observation.RowIds.size(0));
            Observed.AddRange(observation.RowIds.Host().Select(row => (long)row));
        }
    }
}
