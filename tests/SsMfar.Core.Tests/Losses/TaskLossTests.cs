using SsMfar.Losses;
using SsMfar.Runtime;
using SsMfar.SemiSupervised;
using TorchSharp;
using static SsMfar.Tests.Losses.LossTestData;

namespace SsMfar.Tests.Losses;

/// <summary>What must hold of the built-in losses at their edges: nothing labelled, extreme logits, accumulation, memory.</summary>
public sealed class TaskLossTests
{
    private const int Rows = 12;

    public static TheoryData<string> Devices => LossTestData.Devices;

    [Theory]
    [MemberData(nameof(Devices))]
    public void Any_combination_of_missing_tasks_gives_zero_for_the_missing(string device)
    {
        for (int missing = 0; missing < 8; missing++)
        {
            foreach (int rows in new[] { 0, 1, 2, Rows })
            {
                using DisposeScope scope = torch.NewDisposeScope();
                Batch batch = new(rows, device, torch.ScalarType.Float32, 3, seed: missing);
                for (int task = 0; task < 3; task++)
                {
                    bool absent = (missing & (1 << task)) != 0;
                    torch.Tensor total = batch.Compute(task, absent ? 0 : 1, strongRows: 0);
                    total.backward();
                    total.Scalar().Should().Match(v => double.IsFinite(v));
                    double[] gradient = batch.Outputs[task].Gradient();
                    gradient.All(double.IsFinite).Should().BeTrue();
                    if (absent || rows == 0)
                    {
                        total.Scalar().Should().Be(0);
                        gradient.All(v => v == 0).Should().BeTrue();
                    }
                }
            }
        }
    }

    [Theory]
    [InlineData(torch.ScalarType.Float32, 1e4)]
    [InlineData(torch.ScalarType.Float64, 1e4)]
    [InlineData(torch.ScalarType.Float32, 1e30)]
    [InlineData(torch.ScalarType.Float64, 1e30)]
    public void Extreme_outputs_stay_finite(torch.ScalarType type, double magnitude)
    {
        for (int seed = 0; seed < 10; seed++)
        {
            foreach (double known in new[] { 0, 0.5, 1 })
            {
                using DisposeScope scope = torch.NewDisposeScope();
                Batch batch = new(Rows, "cpu", type, magnitude, seed);
                for (int task = 0; task < 3; task++)
                {
                    torch.Tensor total = batch.Compute(task, known, strongRows: Rows);
                    total.backward();
                    total.Scalar().Should().Match(v => double.IsFinite(v));
                    batch.Outputs[task].Gradient().Should().OnlyContain(v => double.IsFinite(v));
                    batch.Strong[task].Gradient().Should().OnlyContain(v => double.IsFinite(v));
                }
            }
        }
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(0.0)]
    public void All_or_no_confident_rows_leave_one_term_exactly_zero(double confidence)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Batch batch = new(Rows, "cpu", torch.ScalarType.Float32, 3, seed: 1);
        using CategoricalTaskLoss loss = new(ExpressionLossWeights.Paper);
        TaskLossResult result = loss.Compute(batch.Input(0, 0, Rows, confidence));
        result.Total.backward();
        result.Term(confidence == 1 ? LossTerms.Consistency : LossTerms.Unsupervised).Should().Be(0);
        result.Term(confidence == 1 ? LossTerms.Unsupervised : LossTerms.Consistency).Should().BeGreaterThan(0);
        batch.Strong[0].Gradient().Should().OnlyContain(v => double.IsFinite(v)).And.Contain(v => v != 0);
        batch.Outputs[0].Gradient().Any(v => v != 0).Should().Be(confidence == 0, "only the consistency loss reaches the weak views");
    }

    [Fact]
    public void Micro_batches_add_up_to_their_effective_batch()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        ITaskLoss[] losses =
        [
            new CategoricalTaskLoss(new(0.5, 1, 0), [.. Enumerable.Range(1, 8).Select(i => (double)i)]),
            new ActionUnitLoss([.. Enumerable.Range(1, 12).Select(i => (double)i)]),
        ];
        for (int task = 0; task < losses.Length; task++)
        {
            Batch batch = new(Rows, "cpu", torch.ScalarType.Float64, 3, seed: 4);
            TaskLossInput whole = batch.Input(task, 0.5, Rows, 0.25);
            losses[task].Compute(whole).Total.backward();
            double expected = losses[task].Compute(whole).Total.Scalar();
            double[] gradient = batch.Outputs[task].Gradient();
            batch.Outputs[task].grad = null;

            double sum = 0;
            foreach ((int start, int length) in new[] { (0, 5), (5, 7) })
            {
                PseudoLabels labels = whole.Strong!.PseudoLabels!;
                torch.Tensor total = losses[task].Compute(new()
                {
                    Weak = whole.Weak.narrow(0, start, length),
                    Values = whole.Values.narrow(0, start, length),
                    Mask = whole.Mask.narrow(0, start, length),
                    Counts = new(whole.Counts.ValidEntries, whole.Counts.StrongRows, microBatches: 2),
                    Strong = new(
                        whole.Strong.Outputs.narrow(0, start, length),
                        torch.arange(Scalars.Of(length), torch.ScalarType.Int64),
                        new(labels.Targets.narrow(0, start, length), labels.Confidence.narrow(0, start, length))),
                }).Total;
                total.backward();
                sum += total.Scalar();
            }

            new[] { sum }.ShouldBeClose([expected], 1e-12, "total");
            batch.Outputs[task].Gradient().ShouldBeClose(gradient, 1e-12, "gradient");
            (losses[task] as IDisposable)?.Dispose();
        }
    }

    [Fact]
    public void Concordance_and_consistency_are_divided_by_the_number_of_micro_batches()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Batch batch = new(Rows, "cpu", torch.ScalarType.Float64, 3, seed: 4);
        using CategoricalTaskLoss consistency = new(new(0, 0, 1));
        foreach ((ITaskLoss loss, int task) in new (ITaskLoss, int)[] { (consistency, 0), (new ValenceArousalLoss(), 2) })
        {
            TaskLossInput once = batch.Input(task, 1, Rows, 0.25);
            TaskLossInput quarter = once with { Counts = new(once.Counts.ValidEntries, once.Counts.StrongRows, microBatches: 4) };
            double value = loss.Compute(once).Total.Scalar();
            value.Should().BeGreaterThan(0);
            new[] { loss.Compute(quarter).Total.Scalar() }.ShouldBeClose([value / 4], 1e-12, "quarter");
        }
    }

    [Fact]
    public void The_published_weights_are_one_where_no_row_is_unlabelled()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Batch batch = new(Rows, "cpu", torch.ScalarType.Float64, 3, seed: 4);
        TaskLossInput labelled = batch.Input(0, 1, 0, 0);
        using CategoricalTaskLoss plain = new(ExpressionLossWeights
            .SupervisedOnly), published = new(ExpressionLossWeights.Published), paper = new(ExpressionLossWeights.Paper);
        double supervised = plain.Compute(labelled).Total.Scalar();
        published.Compute(labelled).Total.Scalar().Should().Be(supervised);
        paper.Compute(labelled).Total.Scalar().Should().Be(supervised * 0.5);

        TaskLossResult mixed = published.Compute(batch.Input(0, 0.5, Rows, 0.5));
        new[] { mixed.Total.Scalar() }.ShouldBeClose(
            [0.5 * (mixed.Term(LossTerms.Supervised) + mixed.Term(LossTerms.Unsupervised) +
                mixed.Term(LossTerms.Consistency))], 1e-12, "mixed");
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void No_tensor_is_left_behind(string device)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Batch batch = new(Rows, device, torch.ScalarType.Float32, 3, seed: 4);
        foreach ((ITaskLoss loss, int task) in Batch.Losses())
        {
            TaskLossInput input = batch.Input(task, 0.5, Rows, 0.5);
            Run(loss, input);
            long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
            Run(loss, input);
            DisposeScopeManager.Statistics.ThreadTotalLiveCount.Should()
                .Be(before, "{0} returns its scalars and keeps nothing", loss.GetType().Name);
            (loss as IDisposable)?.Dispose();
        }

        static void Run(ITaskLoss loss, TaskLossInput input)
        {
            TaskLossResult result = loss.Compute(input);
            result.Total.Dispose();
            result.LearnedShare?.Dispose();
            foreach (KeyValuePair<string, torch.Tensor> term in result.Terms)
            {
                term.Value.requires_grad.Should().BeFalse();
                term.Value.Dispose();
            }
        }
    }

    [Fact]
    public void Weights_that_cannot_be_are_refused()
    {
        FluentActions.Invoking(() => new ActionUnitLoss([1, double.NaN])).Should().Throw<ArgumentException>().WithMessage("*at 1 is NaN*");
        FluentActions.Invoking(() => new CategoricalTaskLoss(ExpressionLossWeights.Paper, [-1, 1])).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => new CategoricalTaskLoss(new(-1, 1, 1))).Should().Throw<ArgumentException>()
            .WithMessage("*Supervised*");
        FluentActions.Invoking(() => new ActionUnitLoss([])).Should().Throw<ArgumentException>();

        using DisposeScope scope = torch.NewDisposeScope();
        using ActionUnitLoss narrow = new([1, 2]);
        Batch batch = new(Rows, "cpu", torch.ScalarType.Float32, 3, seed: 4);
        FluentActions.Invoking(() => narrow.Compute(batch.Input(1, 1, 0, 0))).Should().Throw<ArgumentException>()
            .WithMessage("*2 positive weights*12*");
    }

    /// <summary>Random outputs of the three tasks, with labels for a share of the entries.</summary>
    private sealed class Batch
    {
        private static readonly int[] Widths = [8, 12, 2];

        private readonly Random _random;
        private readonly string _device;
        private readonly int _rows;

        public Batch(int rows, string device, torch.ScalarType type, double scale, int seed)
        {
            _rows = rows;
            _device = device;
            _random = new(seed);
            Outputs = [.. Widths.Select(width => Make(width))];
            Strong = [.. Widths.Select(width => Make(width))];

            // Extreme magnitudes with both signs and zeros; moderate ones spread.
            torch.Tensor Make(int width) => Matrix(
                scale < 1e3
                    ? _random.Normal(rows * width, scale)
                    : [.. Enumerable.Range(0, rows * width).Select(_ => scale * _random.Next(-1, 2))],
                rows, width, type, device, gradient: true);
        }

        public torch.Tensor[] Outputs { get; }

        public torch.Tensor[] Strong { get; }

        public static IEnumerable<(ITaskLoss Loss, int Task)> Losses()
        {
            ExpressionLossWeights weights = ExpressionLossWeights.SupervisedOnly;
            double[] classWeights = [1, 2, 3, 4, 5, 6, 7, 8];
            yield return (new CategoricalTaskLoss(ExpressionLossWeights.Paper, classWeights), 0);
            yield return (new ActionUnitLoss([.. Enumerable.Repeat(3.0, 12)]), 1);
            yield return (new ValenceArousalLoss(), 2);
            yield return (new AgreementLoss(
                new CategoricalTaskLoss(weights, classWeights),
                new CategoricalTaskLoss(weights),
                AgreementTargets.MostProbableClass), 0);
            yield return (new AgreementLoss(new ActionUnitLoss(), new ActionUnitLoss(), AgreementTargets.PresentUnits), 1);
            yield return (new AgreementLoss(new ValenceArousalLoss(), new ValenceArousalLoss(), AgreementTargets.SameValues), 2);
        }

        public torch.Tensor Compute(int task, double known, int strongRows)
        {
            torch.Tensor total = torch.zeros(1, Outputs[task].dtype, torch.device(_device)).sum();
            foreach ((ITaskLoss loss, int of) in Losses())
            {
                if (of == task)
                {
                    total = total.Plus(loss.Compute(Input(task, known, strongRows, 0.5)).Total);
                }

                (loss as IDisposable)?.Dispose();
            }

            return total;
        }

        public TaskLossInput Input(int task, double known, int strongRows, double confidence)
        {
            int width = task == 0 ? 1 : Widths[task];
            double[] mask = _random.Mask(_rows * width, known);
            double[] values = [.. mask.Select(
                m => m * (task switch { 0 => _random.Next(8), 1 => _random.Next(2), _ => (_random.NextDouble() * 2) - 1 }))];
            PseudoLabels labels = new(
                Indices([.. Enumerable.Range(0, strongRows).Select(_ => (long)_random.Next(8))], _device),
                Vector([.. _random.Mask(strongRows, confidence)], torch.ScalarType.Float32, _device));
            return new()
            {
                Weak = Outputs[task],
                Values = Matrix(values, _rows, width, torch.ScalarType.Float32, _device),
                Mask = Matrix(mask, _rows, width, torch.ScalarType.Float32, _device),
                Counts = new((int)mask.Sum(), strongRows),
                Strong = strongRows == 0 ?
                    null :
                    new(Strong[task], torch.arange(Scalars.Of(strongRows), torch.ScalarType.Int64, torch.device(_device)), labels),
            };
        }
    }
}
