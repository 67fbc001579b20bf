using SsMfar.Data;
using SsMfar.Metadata;
using SsMfar.SemiSupervised;
using SsMfar.Tests.Losses;
using SsMfar.Tests.Training;
using SsMfar.Training;
using TorchSharp;
using static SsMfar.Tests.Losses.LossTestData;

namespace SsMfar.Tests.SemiSupervised;

/// <summary>FreeMatch's fairness loss against the paper's formula written class by class, and its way into a trainer.</summary>
public sealed class FairnessLossTests
{
    private const int Classes = 3;
    private const int Rows = 30;

    [Fact]
    public void The_loss_is_the_negative_cross_entropy_of_normalised_expectations()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        for (int seed = 0; seed < 10; seed++)
        {
            Random random = new(seed);
            double[] logits = random.Normal(Rows * Classes, 2), confident = random.Mask(Rows, 0.8);
            double[] mean = [0.5, 0.3, 0.2], histogram = [0.6, 0.1, 0.3];
            torch.Tensor tensor = Matrix(logits, Rows, Classes, gradient: true);
            torch.Tensor actual = FairnessLoss.Compute(tensor, Vector(confident), Vector(mean), Vector(histogram));
            actual.backward();

            double Expected(double[] x) => Formula(x, confident, mean, histogram);
            actual.Scalar().Should().BeApproximately(Expected(logits), 1e-10);
            double[] numeric = [.. Enumerable.Range(0, logits.Length).Select(i =>
            {
                double Moved(double by) => Expected([.. logits.Select((x, j) => j == i ? x + by : x)]);
                return (Moved(1e-6) - Moved(-1e-6)) / 2e-6;
            })];
            tensor.Gradient().ShouldBeClose(numeric, 1e-7, "gradient");
        }
    }

    [Fact]
    public void No_confident_row_gives_exactly_zero_and_classes_that_nobody_is_predicted_as_are_left_out()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor logits = Matrix([5, 0, 0, 4, 1, 0, 0, 6, 0], 3, Classes, gradient: true);
        torch.Tensor mean = Vector([0.5, 0.3, 0.2]), histogram = Vector([0.6, 0, 0.4]);
        torch.Tensor none = FairnessLoss.Compute(logits, Vector([0, 0, 0]), mean, histogram);
        none.backward();
        none.Scalar().Should().Be(0);
        logits.Gradient().Should().OnlyContain(value => value == 0);

        torch.Tensor some = FairnessLoss.Compute(logits, Vector([1, 1, 1]), mean, histogram);
        some.backward();
        some.Scalar().Should().BeApproximately(Formula(logits.Host(), [1, 1, 1], mean.Host(), histogram.Host()), 1e-10);
        logits.Gradient().Should().OnlyContain(value => double.IsFinite(value)).And.Contain(value => value != 0);
        FairnessLoss.Compute(torch.zeros(0, Classes), torch.zeros(0), mean, histogram).Scalar().Should().Be(0);
    }

    [Fact]
    public void The_policy_keeps_the_histogram_of_pseudo_labels_and_its_weight()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using FreeMatchPolicy policy = new(Classes, new() {
            Momentum = 0.7,
            FairnessWeight = 0.05 }), without = new(Classes, new() { FairnessWeight = 0 });
        torch.Tensor probabilities = Matrix([0.8, 0.1, 0.1, 0.2, 0.7, 0.1, 0.6, 0.2, 0.2, 0.5, 0.3, 0.2], 4, Classes);
        PseudoLabels labels = policy.Assign(probabilities, Indices([0, 1, 2, 3]));
        double[] mean = [.. new[] { 2.1, 1.3, 0.6 }.Select(sum => (0.7 / 3) + (0.3 * sum / 4))];
        double[] histogram = [.. new[] { 0.75, 0.25, 0 }.Select(share => (0.7 / 3) + (0.3 * share))];
        policy.SaveState()["histogram"].Host().ShouldBeClose(histogram, 1e-12, "histogram");

        torch.Tensor strong = Matrix(new Random(1).Normal(12, 2), 4, Classes);
        PolicyLoss loss = policy.Regularize(strong, labels)!;
        loss.Weight.Should().Be(0.05);
        loss.Value.Scalar().Should().BeApproximately(Formula(strong.Host(), labels.Confidence.Host(), mean, histogram), 1e-10);
        without.Regularize(strong, labels).Should().BeNull();
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [Trait("Trials", "Many")]
    public async Task A_trainer_adds_it_beside_the_tasks_and_reports_it(int accumulation, bool aligned)
    {
        AffectDataset training = TinyFaces.Dataset(64);
        var progress = new ProgressRecorder();
        using TrainingResult with = await Fit(0.5, progress);
        using TrainingResult without = await Fit(0);

        StepProgress step = progress.Steps.First(report => report.Losses["expression.fairness"] != 0);
        step.Losses["expression"].Should().BeApproximately(
            step.Losses["expression.supervised"] + (0.1 * step.Losses["expression.consistency"]), 1e-5);
        step.Losses["total"].Should().BeApproximately(
            step.Losses["expression"] + step.Losses["action_units"] + step.Losses["valence_arousal"] +
            (0.5 * step.Losses["expression.fairness"]), 1e-5);
        Tiny.Weights(with.Model)["heads.expression.output.weight"].Should()
            .NotEqual(Tiny.Weights(without.Model)["heads.expression.output.weight"]);
        without.History[^1].Losses.Keys.Should().NotContain("expression.fairness");

        Task<TrainingResult> Fit(double weight, IProgress<TrainingProgress>? report = null) => Tiny.Builder(options =>
        {
            // Where every row is predicted as one class the loss is 0: let the model learn some.
            options.Epochs = 10;
            options.ExpressionLoss = new(1, 0, 0.1);
            options.Optimizer.BackboneLearningRate = options.Optimizer.HeadLearningRate = 1e-2;
            options.AccumulationSteps = accumulation;
            options.SemiSupervision.Alignment = new() { Target = aligned ? AlignmentTarget.Uniform : AlignmentTarget.None };
        }).UsePseudoLabelPolicy(AffectTaskNames.Expression, context => new FreeMatchPolicy(context.Classes.Count, new() {
            FairnessWeight = weight })).Build().FitAsync(training, null, report);
    }

    private static double Formula(double[] logits, double[] confident, double[] mean, double[] histogram)
    {
        double[] strong = new double[Classes], counts = new double[Classes];
        for (int i = 0; i < confident.Length; i++)
        {
            double[] exponentials = [.. logits.Skip(i * Classes).Take(Classes).Select(Math.Exp)];
            for (int c = 0; c < Classes; c++)
            {
                strong[c] += confident[i] * exponentials[c] / exponentials.Sum();
            }

            counts[Array.IndexOf(exponentials, exponentials.Max())] += confident[i];
        }

        double[] a = Normalised(mean, histogram), b = Normalised(strong, counts);
        return Enumerable.Range(0, Classes).Where(c => counts[c] > 0).Sum(c => a[c] * Math.Log(b[c]));

        static double[] Normalised(double[] values, double[] by)
        {
            double[] ratios = [.. values.Zip(by, (value, count) => count > 0 ? value / count : 0)];
            return [.. ratios.Select(ratio => ratio / ratios.Sum())];
        }
    }
}
