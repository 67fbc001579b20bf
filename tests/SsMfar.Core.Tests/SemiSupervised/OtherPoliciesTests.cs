using SsMfar.Runtime;
using SsMfar.SemiSupervised;
using SsMfar.Tests.Losses;
using TorchSharp;
using static SsMfar.Tests.Losses.LossTestData;

namespace SsMfar.Tests.SemiSupervised;

/// <summary>FlexMatch, FreeMatch and SoftMatch against their papers' formulas, written row by row.</summary>
public sealed class OtherPoliciesTests
{
    private const int Classes = 4;
    private const int Rows = 40;
    private const int Batch = 9;

    public static TheoryData<string> Devices => LossTestData.Devices;

    public static TheoryData<string> Policies => ["flexmatch", "freematch", "softmatch", "fixmatch"];

    public static TheoryData<string, bool> DevicesAndWarmUps => PresentDevices.With([true, false]);

    [Theory]
    [MemberData(nameof(DevicesAndWarmUps))]
    public void FlexMatch_counts_the_last_sure_prediction_of_every_unlabelled_row(string device, bool warmUp)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Random random = new(5);
        bool[] labelled = [.. Enumerable.Range(0, Rows).Select(_ => random.NextDouble() < 0.4)];
        int unlabelled = labelled.Count(known => !known);
        using FlexMatchPolicy policy = new(Classes, Rows, unlabelled, new() { Threshold = 0.8, WarmUp = warmUp });
        policy.Describe()["thresholds"].Should().Equal(0, 0, 0, 0);

        int?[] sure = new int?[Rows];
        for (int step = 0; step < 12; step++)
        {
            long[] ids = Draw(random);
            double[][] probabilities = Probabilities(random);

            double[] effect = [.. Enumerable.Range(0, Classes).Select(c => (double)sure.Count(s => s == c))];
            double most = warmUp ? Math.Max(effect.Max(), unlabelled - effect.Sum()) : Math.Max(1, effect.Max());
            double[] thresholds = [.. effect.Select(e => e / most).Select(share => share / (2 - share) * 0.8)];
            policy.Describe()["thresholds"].ShouldBeClose(thresholds, 1e-12, "thresholds");

            int[] asked = [.. Enumerable.Range(0, Batch).Where(i => !labelled[ids[i]])];
            PseudoLabels labels = policy.Assign(
                Tensor([.. asked.Select(i => probabilities[i])], device),
                Indices([.. asked.Select(i => ids[i])], device));
            labels.Targets.Host().Should().Equal(asked.Select(i => (double)ArgMax(probabilities[i])));
            labels.Confidence.Host().Should()
                .Equal(asked.Select(i => probabilities[i].Max() > thresholds[ArgMax(probabilities[i])] ? 1.0 : 0));

            policy.Observe(ClassBatch.Of(
                Tensor(probabilities, device),
                torch.zeros(Batch, torch.ScalarType.Int64, torch.device(device)),
                Vector([.. ids.Select(id => labelled[id] ? 1.0 : 0.0)], device: device),
                Indices(ids, device),
                1,
                step));
            foreach (int i in asked.Where(i => probabilities[i].Max() > 0.8))
            {
                sure[ids[i]] = ArgMax(probabilities[i]);
            }
        }

        sure.Should().Contain(s => s != null, "the test must exercise thresholds above 0");
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void FreeMatch_scales_a_running_mean_by_the_running_class_means(string device)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Random random = new(6);
        using FreeMatchPolicy policy = new(Classes, new() { Momentum = 0.7 });
        double global = 0.25;
        double[] means = [0.25, 0.25, 0.25, 0.25];
        for (int step = 0; step < 8; step++)
        {
            double[][] p = Probabilities(random);
            PseudoLabels labels = policy.Assign(Tensor(p, device), Indices(Draw(random), device));
            global = (0.7 * global) + (0.3 * p.Average(row => row.Max()));
            means = [.. means.Select((m, c) => (0.7 * m) + (0.3 * p.Average(row => row[c])))];
            double[] thresholds = [.. means.Select(m => global * m / means.Max())];
            policy.Describe()["thresholds"].ShouldBeClose(thresholds, 1e-12, "thresholds");
            labels.Confidence.Host().Should().Equal(p.Select(row => row.Max() > thresholds[ArgMax(row)] ? 1.0 : 0));
            labels.Confidence.Host().Should().Contain(1);
        }
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 1)]
    [InlineData(true, 2)]
    public void SoftMatch_weighs_by_a_truncated_gaussian(bool aligned, double sharpness)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Random random = new(7);
        using SoftMatchPolicy policy = new(
            Classes,
            new() { Momentum = 0.7, LargestWeight = 0.9, UniformAlignment = aligned, Sharpness = sharpness });
        double mean = 0.25, variance = 1;
        double[] means = [0.25, 0.25, 0.25, 0.25];
        for (int step = 0; step < 8; step++)
        {
            double[][] p = Probabilities(random);
            PseudoLabels labels = policy.Assign(Tensor(p, "cpu"), Indices(Draw(random)));
            means = [.. means.Select((m, c) => (0.7 * m) + (0.3 * p.Average(row => row[c])))];
            double[] largest = [.. p.Select(row =>
            {
                double[] weighed = aligned ? [.. row.Zip(means, (a, b) => a * 0.25 / b)] : row;
                return weighed.Max() / weighed.Sum();
            })];
            double batchMean = largest.Average();
            mean = (0.7 * mean) + (0.3 * batchMean);
            variance = (0.7 * variance) + (0.3 * largest.Sum(q => Math.Pow(q - batchMean, 2)) / (Batch - 1));
            double[] expected = [.. largest.Select(
                q => 0.9 * (q < mean ? Math.Exp(-Math.Pow(q - mean, 2) / (2 * variance / sharpness / sharpness)) : 1))];
            labels.Confidence.Host().ShouldBeClose(expected, 1e-12, "weights");
            labels.Targets.Host().Should().Equal(p.Select(row => (double)ArgMax(row)), "the class is chosen before alignment");
        }
    }

    [Theory]
    [InlineData("freematch", new[] { "globalThreshold", "histogram", "meanProbabilities" })]
    [InlineData("softmatch", new[] { "mean", "meanProbabilities", "variance" })]
    public void A_step_without_strong_views_teaches_what_one_with_them_teaches_once(string name, string[] means)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Random random = new(10);
        using IPseudoLabelPolicy asked = MakeQuick(name), unasked = MakeQuick(name);
        double[][] start = Means(unasked);
        foreach (int unlabelled in new[] { 5, 9, 0, 1, 2, 4 })
        {
            double[][] probabilities = Probabilities(random);
            PolicyBatch batch = ClassBatch.Of(
                Tensor(probabilities, "cpu"),
                torch.zeros(Batch, torch.ScalarType.Int64),
                Vector([.. Enumerable.Range(0, Batch).Select(row => row < unlabelled ? 0.0 : 1.0)]),
                Indices(Draw(random)),
                1,
                0);
            double[][] before = Means(asked);
            if (unlabelled > 0)
            {
                asked.Assign(Tensor(probabilities[..unlabelled], "cpu"), batch.RowIds.narrow(0, 0, unlabelled));
                Means(asked).Should().NotBeEquivalentTo(before);
                before = Means(asked);
            }

            asked.Observe(batch);
            Means(asked).Should().BeEquivalentTo(before, options => options.WithStrictOrdering(), "its rows were taken in already");
            unasked.Observe(batch);
            for (int i = 0; i < means.Length; i++)
            {
                Means(unasked)[i].ShouldBeClose(before[i], 1e-12, $"{means[i]} after {unlabelled} rows");
            }
        }

        Means(unasked).Should().NotBeEquivalentTo(start);

        double[][] Means(IPseudoLabelPolicy policy) => [.. means.Select(mean => policy.SaveState()[mean].Host())];
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void A_saved_policy_goes_on_as_if_never_stopped(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Random random = new(8);
        using IPseudoLabelPolicy whole = Make(name), resumed = Make(name);
        for (int step = 0; step < 10; step++)
        {
            if (step == 5)
            {
                resumed.LoadState(whole.SaveState());
            }

            PolicyBatch observation = ClassBatch.Of(
                Tensor(Probabilities(random), "cpu"),
                torch.zeros(Batch, torch.ScalarType.Int64),
                Vector(random.Mask(Batch, 0.3)),
                Indices(Draw(random)),
                1 + (step / 4),
                step);
            foreach (IPseudoLabelPolicy policy in step < 5 ? [whole] : new[] { whole, resumed })
            {
                // Steps without strong views, before and after the stop.
                if (step is < 4 or > 6)
                {
                    policy.Assign(observation.Predictions, observation.RowIds);
                }

                policy.Observe(observation);
                if (step % 4 == 3)
                {
                    policy.EndEpoch(observation.Epoch);
                }
            }
        }

        foreach ((string key, torch.Tensor tensor) in whole.SaveState())
        {
            resumed.SaveState()[key].Host().Should().Equal(tensor.Host(), key);
        }
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void Few_rows_or_none_leave_the_state_finite(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IPseudoLabelPolicy policy = Make(name);
        foreach (int rows in new[] { 0, 1, 2 })
        {
            PseudoLabels labels = policy.Assign(
                torch.full([rows, Classes], Scalars.Of(1.0 / Classes)), Indices([.. Enumerable.Range(0, rows)]));
            labels.Targets.shape.Should().Equal(rows);
            labels.Confidence.Host().All(w => w is >= 0 and <= 1).Should().BeTrue();
        }

        foreach (torch.Tensor tensor in policy.SaveState().Values)
        {
            tensor.Host().Should().OnlyContain(v => double.IsFinite(v));
        }
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void Steps_leave_no_tensor_behind(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IPseudoLabelPolicy policy = Make(name);
        Random random = new(9);
        PolicyBatch observation = ClassBatch.Of(
            Tensor(Probabilities(random), "cpu"), torch.zeros(Batch, torch.ScalarType.Int64), Vector(random
                .Mask(Batch, 0.3)), Indices(Draw(random)), 1, 0);
        Step();
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Step();
        DisposeScopeManager.Statistics.ThreadTotalLiveCount.Should().Be(before);

        void Step()
        {
            PseudoLabels labels = policy.Assign(observation.Predictions, observation.RowIds);
            labels.Targets.Dispose();
            labels.Confidence.Dispose();
            policy.Observe(observation);
            policy.EndEpoch(1);
            policy.Describe().Should().ContainKeys("thresholds", "confidentShare");
        }
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        FluentActions.Invoking(() => new FreeMatchPolicy(Classes, new() { Momentum = 2 })).Should().Throw<ArgumentException>()
            .WithMessage("*Momentum*");
        FluentActions.Invoking(() => new SoftMatchPolicy(Classes, new() { Sharpness = 0 })).Should().Throw<ArgumentException>()
            .WithMessage("*Sharpness*");
        FluentActions.Invoking(() => new FlexMatchPolicy(Classes, Rows, Rows + 1)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new FixedThresholdPolicy(1)).Should().Throw<ArgumentOutOfRangeException>();
    }

    private static IPseudoLabelPolicy Make(string name) => name switch
    {
        "flexmatch" => new FlexMatchPolicy(Classes, Rows, Rows),
        "freematch" => new FreeMatchPolicy(Classes),
        "softmatch" => new SoftMatchPolicy(Classes),
        _ => new FixedThresholdPolicy(Classes),
    };

    private static IPseudoLabelPolicy MakeQuick(string name) => name == "freematch"
        ? new FreeMatchPolicy(Classes, new() { Momentum = 0.7 })
        : new SoftMatchPolicy(Classes, new() { Momentum = 0.7 });

    private static int ArgMax(double[] row) => Array.IndexOf(row, row.Max());

    private static long[] Draw(Random random)
    {
        long[] ids = [.. Enumerable.Range(0, Rows)];
        random.Shuffle(ids);
        return ids[..Batch];
    }

    private static double[][] Probabilities(Random random) => [.. Enumerable.Range(0, Batch).Select(_ =>
    {
        double[] exponentials = [.. random.Normal(Classes, 2.5).Select(Math.Exp)];
        return exponentials.Select(e => e / exponentials.Sum()).ToArray();
    })];

    private static torch.Tensor Tensor(double[][] rows, string device) =>
        Matrix([.. rows.SelectMany(row => row)], rows.Length, Classes, device: device);
}
