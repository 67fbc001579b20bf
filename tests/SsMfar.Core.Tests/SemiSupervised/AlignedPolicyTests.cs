using SsMfar.Data;
using SsMfar.Metadata;
using SsMfar.Runtime;
using SsMfar.SemiSupervised;
using SsMfar.Tests.Losses;
using SsMfar.Tests.Training;
using SsMfar.Training;
using TorchSharp;
using static SsMfar.Tests.Losses.LossTestData;

namespace SsMfar.Tests.SemiSupervised;

/// <summary>Distribution alignment against ReMixMatch's formula written row by row, around every policy.</summary>
public sealed class AlignedPolicyTests
{
    private const int Classes = 4;
    private const int Rows = 40;
    private const int Batch = 9;
    private const int Window = 3;
    private static readonly double[] Counts = [10, 20, 0, 50];

    public static TheoryData<string> Devices => LossTestData.Devices;

    public static TheoryData<string> Policies => ["adaptive", "flexmatch", "freematch", "softmatch", "fixmatch"];

    [Theory]
    [MemberData(nameof(Devices))]
    public void Probabilities_are_scaled_by_target_over_running_mean_and_normalised(string device)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Random random = new(5);
        using Recorder recorder = new();
        using AlignedPolicy policy = new(recorder, Counts, Window);
        List<double[]> means = [.. Enumerable.Repeat(new[] { 0.25, 0.25, 0.25, 0.25 }, Window)];
        for (int step = 0; step < 8; step++)
        {
            double[][] probabilities = Probabilities(random);

            // Labelled rows alone in one step: they say nothing of the mean.
            double[] labelled = step == 4 ? [.. Enumerable.Repeat(1.0, Batch)] : random.Mask(Batch, 0.4);
            int[] unlabelled = [.. Enumerable.Range(0, Batch).Where(i => labelled[i] == 0)];
            double[] mean = [.. Enumerable.Range(0, Classes).Select(c => means.TakeLast(Window).Average(row => row[c]))];
            double[] Aligned(double[] row)
            {
                double[] scaled = [.. row.Select((q, c) => q * ((Counts[c] / 80) + 1e-6) / (mean[c] + 1e-6))];
                return [.. scaled.Select(q => q / scaled.Sum())];
            }

            policy.Assign(
                Tensor([.. unlabelled.Select(i => probabilities[i])], device),
                Indices([.. unlabelled.Select(i => (long)i)], device));
            recorder.Asked.ShouldBeClose([.. unlabelled.SelectMany(i => Aligned(probabilities[i]))], 1e-12, "asked");
            policy.Observe(ClassBatch.Of(
                Tensor(probabilities, device), torch.zeros(Batch, torch.ScalarType.Int64,
                    torch.device(device)), Vector(labelled, device: device),
                Indices([.. Enumerable.Range(0, Batch).Select(i => (long)i)], device), 1, step));
            recorder.Observed.ShouldBeClose(
                [.. Enumerable.Range(0, Batch)
                    .SelectMany(i => labelled[i] == 1 ? probabilities[i] : Aligned(probabilities[i]))], 1e-12, "observed");
            if (unlabelled.Length > 0)
            {
                means.Add([.. Enumerable.Range(0, Classes).Select(c => unlabelled.Average(i => probabilities[i][c]))]);
            }

            policy.Describe()["meanPrediction"].ShouldBeClose(
                [.. Enumerable.Range(0, Classes).Select(c => means.TakeLast(Window).Average(row => row[c]))], 1e-12, "mean");
        }
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void A_saved_policy_goes_on_as_if_never_stopped(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Random random = new(8);
        using AlignedPolicy whole = new(Make(name), Counts, Window), resumed = new(Make(name), Counts, Window);
        for (int step = 0; step < 10; step++)
        {
            if (step == 5)
            {
                resumed.LoadState(whole.SaveState());
            }

            PolicyBatch observation = ClassBatch.Of(
                Tensor(Probabilities(random), "cpu"), torch.zeros(Batch, torch.ScalarType.Int64), Vector(random
                    .Mask(Batch, 0.3)), Draw(random), 1 + (step / 4), step);
            foreach (AlignedPolicy policy in step < 5 ? [whole] : new[] { whole, resumed })
            {
                policy.Assign(observation.Predictions, observation.RowIds);
                policy.Observe(observation);
                if (step % 4 == 3)
                {
                    policy.EndEpoch(observation.Epoch);
                }
            }
        }

        whole.Describe().Keys.Should().Contain(["thresholds", "confidentShare", "meanPrediction"]);
        foreach ((string key, torch.Tensor tensor) in whole.SaveState())
        {
            resumed.SaveState()[key].Host().Should().Equal(tensor.Host(), key);
        }
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void Few_rows_or_none_leave_the_state_finite_and_steps_leave_no_tensor_behind(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using AlignedPolicy policy = new(Make(name), Counts, Window);
        Step(9);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        foreach (int rows in new[] { 0, 1, 2, 9 })
        {
            Step(rows);
        }

        DisposeScopeManager.Statistics.ThreadTotalLiveCount.Should().Be(before);
        policy.SaveState().Values.SelectMany(tensor => tensor.Host()).Should().OnlyContain(value => double.IsFinite(value));

        void Step(int rows)
        {
            using DisposeScope step = torch.NewDisposeScope();
            torch.Tensor probabilities = torch.full([rows, Classes], Scalars.Of(1.0 / Classes));
            torch.Tensor ids = torch.arange(Scalars.Of(rows), torch.ScalarType.Int64);
            policy.Assign(probabilities, ids).Confidence.Host().Count(weight => weight is >= 0 and <= 1).Should().Be(rows);
            policy.Observe(ClassBatch.Of(probabilities, ids.remainder(Scalars.Of(Classes)), torch.zeros(rows), ids, 1, 0));
            policy.EndEpoch(1);
        }
    }

    [Fact]
    public void Targets_that_cannot_be_are_refused()
    {
        foreach (double[] target in new double[][] { [], [0, 0], [1, -1], [1, double.NaN] })
        {
            using FixedThresholdPolicy inner = new(2);
            FluentActions.Invoking(() => new AlignedPolicy(inner, target)).Should().Throw<ArgumentException>().WithMessage("*shares*");
        }

        using AlignedPolicy policy = new(new FixedThresholdPolicy(Classes), Counts);
        using torch.Tensor other = torch.zeros(1, 3), ids = torch.zeros(1, torch.ScalarType.Int64);
        FluentActions.Invoking(() => policy.Assign(other, ids)).Should().Throw<ArgumentException>().WithMessage("*4 classes*3*");
        FluentActions.Invoking(() => policy.LoadState(new Dictionary<string, torch.Tensor>())).Should().Throw<ArgumentException>()
            .WithMessage("*alignmentWindow*");
    }

    [Theory]
    [InlineData(AlignmentTarget.LabelledRows)]
    [InlineData(AlignmentTarget.Uniform)]
    public async Task A_trainer_aligns_whichever_policy_it_has(AlignmentTarget target)
    {
        AffectDataset training = TinyFaces.Dataset(48);
        Recorder recorder = new();
        using TrainingResult result = await Tiny.Builder(
            options => options.SemiSupervision.Alignment = new() { Target = target, Window = 2 })
            .UsePseudoLabelPolicy(AffectTaskNames.Expression, _ => recorder).Build().FitAsync(training);

        recorder.Asked.Should().NotBeEmpty();
        recorder.Disposed.Should().BeTrue("the trainer disposes it through the alignment");
        result.History[^1].Policy["expression.meanPrediction"].Should().HaveCount(8);
        result.History[^1].Policy["expression.meanPrediction"].Sum().Should().BeApproximately(1, 1e-6);
    }

    private static IPseudoLabelPolicy Make(string name) => name switch
    {
        "adaptive" => new AdaptiveThresholdPolicy(Classes),
        "flexmatch" => new FlexMatchPolicy(Classes, Rows, Rows),
        "freematch" => new FreeMatchPolicy(Classes),
        "softmatch" => new SoftMatchPolicy(Classes),
        _ => new FixedThresholdPolicy(Classes),
    };

    private static torch.Tensor Draw(Random random)
    {
        long[] ids = [.. Enumerable.Range(0, Rows)];
        random.Shuffle(ids);
        return Indices(ids[..Batch]);
    }

    private static double[][] Probabilities(Random random) => [.. Enumerable.Range(0, Batch).Select(_ =>
    {
        double[] exponentials = [.. random.Normal(Classes, 2.5).Select(Math.Exp)];
        return exponentials.Select(e => e / exponentials.Sum()).ToArray();
    })];

    private static torch.Tensor Tensor(double[][] rows, string device) =>
        Matrix([.. rows.SelectMany(row => row)], rows.Length, Classes, device: device);

    /// <summary>A policy that keeps what it was asked about and observed.</summary>
    private sealed class Recorder : QuietPolicy
    {
        public double[] Asked { get; private set; } = [];

        public double[] Observed { get; private set; } = [];

        public override PseudoLabels Assign(PolicyBatch strong)
        {
            Asked = strong.Predictions.Host();
            return new(strong.Predictions.argmax(1), torch.ones([strong.Predictions.size(0)], device: strong.Predictions.device));
        }

        public override void Observe(PolicyBatch observation) => Observed = observation.Predictions.Host();
    }
}
