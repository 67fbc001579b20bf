using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Losses;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.SemiSupervised;
using SsMfar.Tasks;
using SsMfar.Tests.Losses;
using SsMfar.Tests.SemiSupervised;
using SsMfar.Training;
using TorchSharp;
using static SsMfar.Tests.Losses.LossTestData;

namespace SsMfar.Tests.Training;

/// <summary>What the overall loss gives each part and makes of what they say. Three rows; the last has a strong view.</summary>
public sealed class ObjectiveTests : IDisposable
{
    private static readonly ImmutableArray<string> Tasks = [AffectTaskNames.Expression, AffectTaskNames.ActionUnits];
    private static readonly double[] Weak = [2, 0, 0, 1, 0.5, 0.25];
    private static readonly double[] Strong = [-1, 3];

    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly RecordingLoss _expression = new(3), _units = new(5);
    private readonly RecordingPolicy _policy = new();
    private readonly RecordingBalancing _balancing = new();

    [Fact]
    public void Every_task_is_given_its_weak_and_strong_rows_and_the_expression_alone_the_pseudo_labels()
    {
        Make().Compute(Outputs(), Batch(strong: [2]));

        foreach (RecordingLoss loss in new[] { _expression, _units })
        {
            loss.Seen!.Weak.Host().Should().Equal(Weak);
            loss.Seen.Strong!.Outputs.Host().Should().Equal(Strong);
            loss.Seen.Strong.Rows.Host().Should().Equal(2);
            loss.Seen.Epoch.Should().Be(4);
        }

        _expression.Seen!.Values.Host().Should().Equal(1, 0, 0);
        _expression.Seen.Mask.Host().Should().Equal(1, 1, 0);
        _expression.Seen.Counts.Should().BeEquivalentTo(new LossCounts(2, 1, 2));
        _expression.Seen.Strong!.PseudoLabels.Should().BeSameAs(_policy.Given);
        _units.Seen!.Strong!.PseudoLabels.Should().BeNull();
    }

    [Fact]
    public void The_policy_is_asked_about_strong_rows_and_learns_from_all()
    {
        Make().Compute(Outputs(), Batch(strong: [2]));

        _policy.AskedRows.Should().Equal(12);
        _policy.Asked.ShouldBeClose(Softmax(0.5, 0.25), 1e-12, "asked");
        _policy.Seen!.RowIds.Host().Should().Equal(10, 11, 12);
        _policy.Seen.Classes.Host().Should().Equal(1, 0, 0);
        _policy.Seen.Classes.dtype.Should().Be(torch.ScalarType.Int64);
        _policy.Seen.Labelled.Host().Should().Equal(1, 1, 0);
        (_policy.Seen.Epoch, _policy.Seen.Step).Should().Be((4, 17));
        _policy.Seen.Predictions.Host().ShouldBeClose([.. Softmax(2, 0), .. Softmax(0, 1), .. Softmax(0.5, 0.25)], 1e-12, "observed");
        _policy.Seen.Predictions.requires_grad.Should().BeFalse();
    }

    [Fact]
    public void Without_strong_views_the_policy_learns_and_is_not_asked()
    {
        MultiTaskObjective objective = Make();
        objective.Compute(Outputs(strong: false), Batch(strong: null));
        _policy.AskedRows.Should().BeNull();
        _policy.Seen.Should().NotBeNull();
        _expression.Seen!.Strong.Should().BeNull();
        _policy.Regularized.Should().Be(0);
    }

    [Fact]
    public void A_teacher_takes_the_models_place_before_the_policy()
    {
        torch.Tensor teacher = Matrix([0, 4, 0, 2, 3, 0], 3, 2);
        Make().Compute(Outputs(), Batch(strong: [2]) with { Taught = Taught(teacher) });
        _policy.Asked.ShouldBeClose(Softmax(3, 0), 1e-12, "asked");
        _policy.Seen!.Predictions.Host().ShouldBeClose([.. Softmax(0, 4), .. Softmax(0, 2), .. Softmax(3, 0)], 1e-12, "observed");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Mixed_rows_weigh_both_labels_and_teach_the_policy_nothing_unless_a_teacher_saw_them_unmixed(bool teacher)
    {
        MixedRows mixed = new(Indices([1, 0, 2]), 0.75, Indices([2]));
        ObjectiveResult result = Make().Compute(
            Outputs(), Batch(strong: [2]) with { Mixed = mixed, Taught = teacher ? Taught(Matrix(Weak, 3, 2)) : null });

        // Each loss is 3, or 5, whatever the labels; it is asked about both and the shares add to 1.
        _expression.Values.Should().BeEquivalentTo(new double[][] { [1, 0, 0], [0, 1, 0] }, options => options.WithStrictOrdering());
        Term(result, "expression").Should().BeApproximately(3, 1e-12);
        _policy.Seen!.RowIds.Host().Should().Equal(teacher ? [10, 11, 12] : new double[] { 12 });
        _policy.Seen.Labelled.size(0).Should().Be(teacher ? 3 : 1);
        _policy.Seen.Classes.size(0).Should().Be(teacher ? 3 : 1);
        _policy.Seen.Predictions.size(0).Should().Be(teacher ? 3 : 1);
    }

    [Fact]
    public void Terms_name_the_total_each_task_and_its_parts_and_what_the_balancing_says()
    {
        ObjectiveResult result = Make().Compute(Outputs(), Batch(strong: [2]));

        result.Terms.Select(term => term.Key).Should().Equal(
            "total", "expression", "expression.part", "expression.own", "action_units", "action_units.part", "balancing.said");
        result.Terms.Should().OnlyContain(term => !term.Value.requires_grad);

        // The policy's loss of 8 is a mean over two micro-batches, weighs a half, and is no part of the balance.
        _balancing.Seen!.Tasks.Select(task => task.Loss.Scalar()).Should().Equal(3, 5);
        (_balancing.Seen.MicroBatches, _balancing.Seen.Epoch).Should().Be((2, 4));
        Term(result, "expression.own").Should().Be(4);
        Term(result, "total").Should().Be((3 * 5) + (0.5 * 4));
        result.Total.Scalar().Should().Be(17);
        Term(result, "expression").Should().Be(3);
        Term(result, "action_units.part").Should().Be(50);
        Term(result, "balancing.said").Should().Be(1);
    }

    [Theory]
    [InlineData(true, 2, 1, true)]
    [InlineData(true, 2, 0, true)]
    [InlineData(true, 0, 0, false)]
    [InlineData(true, 0, 1, false)]
    [InlineData(false, 0, 1, true)]
    [InlineData(false, 0, 0, false)]
    public void A_task_is_learned_from_its_labels_or_by_agreement_and_by_pseudo_labels_the_expression_alone(
        bool policy, int known, int strongRows, bool learned)
    {
        MultiTaskObjective objective = new(Losses(), policy ? Policies() : null, _balancing);
        objective.Compute(Outputs(), Batch(strong: [2], new LossCounts(known, strongRows, 1)));
        _balancing.Seen!.Tasks.Select(task => task.IsLearned).Should().Equal(known > 0 || strongRows > 0, learned);
    }

    [Fact]
    public void A_coupling_of_tasks_is_weighed_outside_of_the_balance_and_named()
    {
        using TaskCoupling coupling = new([[1, 0.25], [0.1, null]], 0.5, bothWays: true);
        double expected = coupling.Compute(Outputs(), rows: 3, microBatches: 2).Scalar();
        expected.Should().BeGreaterThan(0.01);

        ObjectiveResult result = new MultiTaskObjective(Losses(), Policies(), _balancing, coupling).Compute(Outputs(), Batch(strong: [2]));

        Term(result, "coupling").Should().BeApproximately(expected, 1e-12);
        result.Total.Scalar().Should().BeApproximately((3 * 5) + (0.5 * 4) + (0.5 * expected), 1e-12);
    }

    [Fact]
    public void A_policys_own_loss_grows_with_the_ramp_up_and_a_coupling_is_whole()
    {
        using TaskCoupling coupling = new([[1, 0.25], [0.1, null]], 0.5, bothWays: true);
        double whole = coupling.Compute(Outputs(), rows: 3, microBatches: 2).Scalar();

        // The third epoch of four, after a warm-up of one: t is a half.
        MultiTaskObjective objective = new(Losses(), Policies(), _balancing, coupling, new() { WarmUpEpochs = 1, Epochs = 4 });
        ObjectiveResult result = objective.Compute(Outputs(), Batch(strong: [2]));

        Term(result, "expression.own").Should().Be(4, "terms are told without their weights");
        result.Total.Scalar().Should().BeApproximately((3 * 5) + (Math.Exp(-1.25) * 0.5 * 4) + (0.5 * whole), 1e-12);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    public void A_task_that_says_its_share_is_learned_where_there_is_a_strong_view(int strongRows, bool learned)
    {
        _units.Share = 0.5;
        MultiTaskObjective objective = new(Losses(), Policies(), _balancing);

        objective.Compute(Outputs(), Batch(strong: [2], new LossCounts(0, strongRows, 1)));

        _balancing.Seen!.Tasks[1].IsLearned.Should().Be(learned);
    }

    [Fact]
    public void Without_a_balancing_losses_are_summed_and_every_part_is_disposed_with_the_objective()
    {
        MultiTaskObjective plain = new(Losses(), null);
        Term(plain.Compute(Outputs(), Batch(strong: [2])), "total").Should().Be(8);
        MultiTaskObjective objective = Make();
        objective.Losses.Select(loss => loss.Task).Should().Equal(Tasks);
        objective.Dispose();
        (_expression.Disposed, _units.Disposed, _policy.Disposed, _balancing.Disposed).Should().Be((true, true, true, true));
    }

    [Fact]
    public void Parts_are_disposed_where_a_loss_cannot_be_made()
    {
        IEnumerable<KeyValuePair<string, ITaskLoss>> Failing()
        {
            yield return new("a", _expression);
            throw new InvalidOperationException("no second loss");
        }

        FluentActions.Invoking(() => new MultiTaskObjective(Failing(), Policies(), _balancing))
            .Should().Throw<InvalidOperationException>().WithMessage("no second loss");
        (_policy.Disposed, _balancing.Disposed).Should().Be((true, true));
    }

    public void Dispose() => _scope.Dispose();

    private static double[] Softmax(double a, double b) => [1 / (1 + Math.Exp(b - a)), 1 / (1 + Math.Exp(a - b))];

    private static double Term(ObjectiveResult result, string name) => result.Terms.Single(term => term.Key == name).Value.Scalar();

    private static TaskOutputs Outputs(bool strong = true)
    {
        torch.Tensor Make() => strong ? Matrix([.. Weak, .. Strong], 4, 2, gradient: true) : Matrix(Weak, 3, 2, gradient: true);
        return new(Tasks, [Make(), Make()]);
    }

    private static ObjectiveBatch Batch(long[]? strong, LossCounts? counts = null)
    {
        TaskLabels expression = new(Matrix([1, 0, 0], 3, 1), Matrix([1, 1, 0], 3, 1));
        TaskLabels units = new(Matrix([1, 0, 0, 0, 1, 1], 3, 2), Matrix([1, 1, 1, 1, 1, 1], 3, 2));
        counts ??= new(2, 1, 2);
        return new(
            new(Indices([10, 11, 12]), ImmutableDictionary<string, TaskLabels>.Empty.Add(Tasks[0], expression).Add(Tasks[1], units)),
            strong is null ? null : Indices(strong),
            new Dictionary<string, LossCounts> { [Tasks[0]] = counts, [Tasks[1]] = counts },
            Epoch: 4,
            Step: 17);
    }

    private MultiTaskObjective Make() => new(Losses(), Policies(), _balancing);

    private Dictionary<string, IPseudoLabelPolicy> Policies() => new() { [AffectTaskNames.Expression] = _policy };

    // The units of a teacher are none that a policy asks for.
    private static TaskOutputs Taught(torch.Tensor expression) => new(Tasks, [expression, torch.zeros_like(expression)]);

    private KeyValuePair<string, ITaskLoss>[] Losses() => [new(Tasks[0], _expression), new(Tasks[1], _units)];

    private sealed class RecordingLoss(double value) : ITaskLoss, IDisposable
    {
        public TaskLossInput? Seen { get; private set; }

        public List<double[]> Values { get; } = [];

        public double? Share { get; set; }

        public bool Disposed { get; private set; }

        public TaskLossResult Compute(TaskLossInput input)
        {
            Seen = input;
            Values.Add(input.Values.Host());
            torch.Tensor total = (input.Weak * Scalars.Of(0)).sum().Plus(value);
            return new(total, [new("part", total * Scalars.Of(10))])
            {
                LearnedShare = Share is { } share ? torch.full([], Scalars.Of(share)) : null,
            };
        }

        public void Dispose() => Disposed = true;
    }

    /// <summary>The product of the losses, so that a sum would be seen.</summary>
    private sealed class RecordingBalancing : ITaskBalancing, IDisposable
    {
        public torch.nn.Module? Module => null;

        public TaskBalancingInput? Seen { get; private set; }

        public bool Disposed { get; private set; }

        public TaskLossResult Combine(TaskBalancingInput input)
        {
            Seen = input;
            return new(input.Tasks[0].Loss * input.Tasks[1].Loss, [new("said", torch.ones([]))]);
        }

        public void Dispose() => Disposed = true;
    }

    /// <summary>Keeps what it is asked about and sees; its own loss is 8, of weight one half.</summary>
    private sealed class RecordingPolicy : QuietPolicy, IPseudoLabelPolicy
    {
        public double[] Asked { get; private set; } = [];

        public double[]? AskedRows { get; private set; }

        public PolicyBatch? Seen { get; private set; }

        public PseudoLabels? Given { get; private set; }

        public int Regularized { get; private set; }

        public override PseudoLabels Assign(PolicyBatch strong)
        {
            (Asked, AskedRows) = (strong.Predictions.Host(), strong.RowIds.Host());
            return Given = new(strong.Predictions.argmax(1), torch.ones(strong.Predictions.size(0), torch.ScalarType.Float64));
        }

        public PolicyLoss Regularize(torch.Tensor strongOutputs, PseudoLabels pseudoLabels)
        {
            Regularized++;
            strongOutputs.Host().Should().Equal(Strong);
            pseudoLabels.Should().BeSameAs(Given);
            return new("own", (strongOutputs * Scalars.Of(0)).sum().Plus(8), 0.5);
        }

        public override void Observe(PolicyBatch observation) => Seen = observation;
    }
}
