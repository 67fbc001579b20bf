using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Losses;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.SemiSupervised;
using SsMfar.Tasks;
using SsMfar.Tests.Losses;
using SsMfar.Tests.Models;
using SsMfar.Tests.SemiSupervised;
using SsMfar.Training;
using TorchSharp;
using static SsMfar.Tests.Losses.LossTestData;

namespace SsMfar.Tests.Training;

/// <summary>Policies of several tasks at once: each sees the strong views that it asked for, and nothing of the others.</summary>
public sealed class AllTasksTests
{
    // Four rows of two outputs a task; rows 1, 2 and 3 have strong views. The expression asks for row 2, units for 1 and 2, affect for
    // none.
    private static readonly ImmutableArray<string> Tasks =
        [AffectTaskNames.Expression, AffectTaskNames.ActionUnits, AffectTaskNames.ValenceArousal, "age"];

    [Fact]
    public void Each_policy_and_loss_sees_the_strong_views_that_were_asked_for_and_a_task_without_one_all()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Dictionary<string, Recorder> recorders = Tasks.Take(3).ToDictionary(task => task, task => new Recorder(task));
        Dictionary<string, Seen> losses = Tasks.ToDictionary(task => task, _ => new Seen());
        using var coupling = new TaskCoupling([[1, 0], [0, 1]], weight: 2, bothWays: true);
        using MultiTaskObjective objective = new(
            losses.Select(loss => KeyValuePair.Create<string, ITaskLoss>(loss.Key, loss.Value)),
            recorders.ToDictionary(entry => entry.Key, entry => (IPseudoLabelPolicy)entry.Value),
            coupling: coupling);
        ObjectiveResult result = objective.Compute(Outputs(7), Batch() with { Taught = Outputs(4, offset: 100) });

        Strong("expression").Should().Equal(51, 51);
        losses["expression"].Input!.Strong!.Rows.Host().Should().Equal(2);
        Strong("action_units").Should().Equal(40, 40, 51, 51);
        losses["action_units"].Input!.Strong!.Rows.Host().Should().Equal(1, 2);
        losses["valence_arousal"].Input!.Strong.Should().BeNull();
        Strong("age").Should().Equal(40, 40, 51, 51, 62, 62);
        losses["age"].Input!.Strong!.PseudoLabels.Should().BeNull();
        recorders["expression"].Asked!.RowIds.Host().Should().Equal(12);
        recorders["action_units"].Asked!.RowIds.Host().Should().Equal(11, 12);
        recorders["valence_arousal"].Asked.Should().BeNull("it asked for no strong view");
        foreach (string task in Tasks.Take(3))
        {
            Recorder recorder = recorders[task];
            recorder.Observed!.RowIds.Host().Should().Equal(10, 11, 12, 13);
            recorder.Observed.Predictions.Host()[0].Should().Be(-100, "the teacher's outputs, as the policy predicts from them");
            recorder.Observed.Mask.Host().Should().Equal(1, 1, 0, 1, 0, 0, 1, 1);
            (recorder.Observed.Epoch, recorder.Observed.Step).Should().Be((3, 8));
            if (recorder.Asked is { } asked)
            {
                losses[task].Input!.Strong!.PseudoLabels.Should().BeSameAs(recorder.Given);
                asked.Mask.Host().Should().Equal(task == "expression" ? [0, 0] : [0, 1, 0, 0]);
                asked.Predictions.Host()[0].Should().Be(task == "expression" ? -102 : -101);
            }
        }

        Dictionary<string, double> terms = result.Terms.ToDictionary(term => term.Key, term => term.Value.Scalar());
        terms.Keys.Should().Equal(
            "total", "expression", "expression.own", "action_units", "action_units.own", "valence_arousal", "age", "coupling");

        // Four losses of 1, two policies' of 10, each half of it over two micro-batches; the coupling weighs 2.
        terms["expression.own"].Should().Be(5);
        terms["coupling"].Should().BeApproximately(
            coupling.Compute(Outputs(7), 4, 2).Scalar(), 1e-12).And.BePositive();
        terms["total"].Should().BeApproximately(4 + (2 * 0.5 * 5) + (2 * terms["coupling"]), 1e-9);

        double[] Strong(string task) => losses[task].Input!.Strong!.Outputs.Host();
    }

    [Fact]
    public async Task Every_task_learns_from_rows_without_its_label_and_says_so_in_the_history()
    {
        using TrainingResult result = await Tiny.Builder(options =>
            {
                options.SemiSupervision.Threshold = new() { Start = 0.1, Floor = 0.1 };
                options.SemiSupervision.ActionUnits.Threshold = new() { Start = 0.52, Floor = 0.5, Beta = 0.8 };
                options.SemiSupervision.ActionUnits.Loss.Consistency = 0.1;
                options.SemiSupervision.Coupling.Weight = 0.1;
                options.AccumulationSteps = 2;
            })
            .UseVariant(SsMfarVariant.SsMfarAllTasks).Build().FitAsync(TinyFaces.Dataset(96), TinyFaces.Dataset(24, seed: 2));

        ImmutableSortedDictionary<string, double> losses = result.History[0].Losses;
        foreach (string term in new[]
        {
            "expression.unsupervised", "action_units.unsupervised", "action_units.consistency", "valence_arousal.unsupervised", "coupling",
        })
        {
            losses[term].Should().BePositive(term);
        }

        losses["total"].Should().BeApproximately(
            losses["expression"] + losses["action_units"] + losses["valence_arousal"] + (0.1 * losses["coupling"]), 1e-4);
        result.History[1].Policy.Keys.Should().Equal(
            "action_units.absentThresholds", "action_units.confidentShare", "action_units.thresholds",
            "expression.confidentShare", "expression.thresholds");
        result.History[1].Policy["action_units.thresholds"].Should().HaveCount(12);
        result.History[1].Policy["action_units.confidentShare"][0].Should().BeInRange(0.05, 1);
        result.Metadata.Variant.Should().Be("ss-mfar-all");
    }

    [Fact]
    public async Task What_is_said_of_tasks_that_are_not_named_changes_nothing()
    {
        AffectDataset training = TinyFaces.Dataset(64), validation = TinyFaces.Dataset(24, seed: 2);
        using TrainingResult plain = await Tiny.Builder().Build().FitAsync(training, validation);
        using TrainingResult said = await Tiny.Builder(options =>
            {
                options.SemiSupervision.ActionUnits = new() { Threshold = new() { Start = 0.1 }, Loss = new() { Consistency = 3 } };
                options.SemiSupervision.ValenceArousal = new() { Weight = 9, RampUpEpochs = 0 };
                options.SemiSupervision.Coupling = new() { Table = CouplingTable.LabelledRows, BothWays = false };
            })
            .AllowUnusedOptions().Build().FitAsync(training, validation);
        Tiny.ShouldEqual(said, plain);
    }

    [Fact]
    public async Task A_custom_task_may_have_a_policy_and_finds_its_targets()
    {
        var seen = new Seen();
        using TrainingResult result = await Tiny.Builder(options => options.Epochs = 1)
            .AddTask(ExtensibilityTests.AgeTask)
            .UsePseudoLabelPolicy(ExtensibilityTests.AgeTask.Name, _ => new TeacherEstimatePolicy(0, 100))
            .UseLoss(ExtensibilityTests.AgeTask.Name, _ => seen)
            .Build().FitAsync(TinyFaces.Dataset(40, withAges: true));

        StrongViews strong = seen.Input!.Strong!;
        strong.PseudoLabels!.Targets.shape.Should().Equal(strong.Rows.size(0), 1);
        seen.Input.Counts.StrongRows.Should().Be((int)strong.Rows.size(0));
        seen.Input.Counts.UnlabelledEntries.Should().Be((int)strong.Rows.size(0), "each row without an age has one entry");
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 0)]
    public async Task A_policy_whose_targets_no_loss_asks_for_is_told_of(bool asks, int warnings)
    {
        using var log = new LogBook();
        ITaskLoss ofLabelsAlone = TaskLoss.From((outputs, _, mask, _) => (outputs * mask).mean());

        (await Tiny.Builder(options => options.Epochs = 1).UseLogging(log)
            .AddTask(ExtensibilityTests.AgeTask)
            .UsePseudoLabelPolicy(ExtensibilityTests.AgeTask.Name, _ => new TeacherEstimatePolicy(0, 100))
            .UseLoss(ExtensibilityTests.AgeTask.Name, _ => asks ? new Seen() : ofLabelsAlone)
            .Build().FitAsync(TinyFaces.Dataset(40, withAges: true))).Dispose();

        log.Of(24).Count(entry => entry.Text.StartsWith("The loss of age learns from labels alone", StringComparison.Ordinal))
            .Should().Be(warnings);
    }

    [Fact]
    public async Task A_loss_of_labels_alone_beside_the_built_in_policy_of_classes_is_told_of_and_learned_by()
    {
        using var log = new LogBook();

        using TrainingResult result = await Tiny.Builder(options => options.Epochs = 1).UseLogging(log)
            .UseLoss(AffectTaskNames.Expression, _ => TaskLoss.From((outputs, _, mask, _) => (outputs * outputs * mask).mean()))
            .Build().FitAsync(TinyFaces.Dataset(40));

        result.History.Should().ContainSingle().Which.Losses["expression"].Should().BePositive();
        log.Of(24).Should().ContainSingle();
    }

    [Theory]
    [InlineData(CouplingTable.LabelledRows, "*No row has an expression and a unit*SemiSupervision.Coupling.Table LabelledRows*")]
    [InlineData(CouplingTable.BasicExpressions, "*None of the run's classes is a basic expression*SemiSupervision.Coupling.Weight to 0*")]
    public async Task A_coupling_whose_table_knows_nothing_is_refused(CouplingTable table, string message)
    {
        ExpressionClassSet classes = new("a", "b");
        AnnotationSet rows = new(
            TinyFaces.Annotations(40).Select((row, i) => table == CouplingTable.BasicExpressions
                ? row with { Expression = row.Expression % 2 }
                : row with
                {
                    Expression = i % 2 == 0 ? i / 2 % 2 : null,
                    ActionUnits = i % 2 == 0 ? ActionUnitLabels.Unknown : row.ActionUnits,
                }),
            classes);

        await FluentActions.Awaiting(() => Tiny.Builder(options =>
        {
            (options.SemiSupervision.Coupling.Weight, options.SemiSupervision.Coupling.Table) = (0.5, table);
            options.Imbalance.WeightCap = 10;
        }).Build().FitAsync(new(rows, new TinyFaces.Images()))).Should().ThrowAsync<TrainingConfigurationException>().WithMessage(message);
    }

    private static TaskOutputs Outputs(int rows, double offset = 0)
    {
        // Row r of a weak view has r + offset; strong views 40, 51 and 62.
        double[] values =
            [.. Enumerable.Range(0, rows).SelectMany(row => Enumerable.Repeat(row < 4 ? row + offset : 40 + (11 * (row - 4)), 2))];
        return new(Tasks, [.. Tasks.Select(_ => Matrix(values, rows, 2, gradient: true))]);
    }

    private static ObjectiveBatch Batch()
    {
        TaskLabels labels = new(Matrix(new double[8], 4, 2), Matrix([1, 1, 0, 1, 0, 0, 1, 1], 4, 2));
        LossCounts counts = new(5, 3, 2);
        return new(
            new(Indices([10, 11, 12, 13]), Tasks.ToImmutableDictionary(task => task, _ => labels)),
            Indices([1, 2, 3]),
            Tasks.ToDictionary(task => task, _ => counts),
            Epoch: 3,
            Step: 8)
        {
            Parts = new Dictionary<string, StrongPart>
            {
                [AffectTaskNames.Expression] = new(Indices([2]), Indices([1])),
                [AffectTaskNames.ActionUnits] = new(Indices([1, 2]), Indices([0, 1])),
                [AffectTaskNames.ValenceArousal] = new(null, null),
            },
        };
    }

    private sealed class Seen : ITaskLoss
    {
        public TaskLossInput? Input { get; private set; }

        public TaskLossResult Compute(TaskLossInput input)
        {
            // The last one with strong views outlives its step in nothing but shapes and numbers.
            if (Input is null || input.Strong is not null)
            {
                input.Strong?.Outputs.DetachFromDisposeScope();
                input.Strong?.Rows.DetachFromDisposeScope();
                input.Strong?.PseudoLabels?.Targets.DetachFromDisposeScope();
                Input = input;
            }

            return new((input.Weak * Scalars.Of(0)).sum().Plus(1), []);
        }
    }

    /// <summary>Keeps what it is given; predicts the negative, and has a loss of 10 that weighs one half.</summary>
    private sealed class Recorder(string task) : QuietPolicy, IPseudoLabelPolicy
    {
        public PolicyBatch? Asked { get; private set; }

        public PolicyBatch? Observed { get; private set; }

        public PseudoLabels? Given { get; private set; }

        public torch.Tensor Predict(torch.Tensor outputs) => -outputs;

        public override PseudoLabels Assign(PolicyBatch strong)
        {
            Asked = strong;
            return Given = new(strong.Predictions, torch.ones_like(strong.Predictions));
        }

        public PolicyLoss? Regularize(torch.Tensor strongOutputs, PseudoLabels pseudoLabels)
        {
            strongOutputs.Host()[0].Should().Be(task == AffectTaskNames.Expression ? 51 : 40);
            return new("own", (strongOutputs * Scalars.Of(0)).sum().Plus(10), 0.5);
        }

        public override void Observe(PolicyBatch batch) => Observed = batch;
    }
}
