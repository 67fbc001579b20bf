using System.Text.Json;
using SsMfar.Losses;
using SsMfar.Runtime;
using TorchSharp;
using static SsMfar.Tests.Losses.LossTestData;

namespace SsMfar.Tests.Losses;

/// <summary>The loss of grades by cumulative logits, against Golden/intensities.json, and its masks and weights.</summary>
public sealed class OrdinalLossTests
{
    [Theory]
    [InlineData(torch.ScalarType.Float64, 1e-9)]
    [InlineData(torch.ScalarType.Float32, 1e-5)]
    public void Every_golden_case_agrees(torch.ScalarType type, double tolerance)
    {
        using JsonDocument document = JsonDocument.Parse(
            File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Golden", "intensities.json")));
        JsonElement[] cases = [.. document.RootElement.GetProperty("losses").EnumerateArray()];
        cases.Should().HaveCount(2);
        foreach (JsonElement item in cases)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            using OrdinalLoss loss = new(6);
            torch.Tensor mask = Matrix(item.GetProperty("mask"), type);
            JsonElement weights = item.GetProperty("weights");

            TaskLossResult result = loss.Compute(new()
            {
                Weak = Matrix(item.GetProperty("logits"), type),
                Values = Matrix(item.GetProperty("values"), type),
                Mask = mask,
                Weights = weights.ValueKind == JsonValueKind.Null ? null : Matrix(Doubles(weights), weights.GetArrayLength(), 1, type),
                Counts = new((int)mask.sum().Scalar(), 0),
            });

            new[] { result.Total.Scalar() }.ShouldBeClose([item.GetProperty("expected").GetDouble()], tolerance, "loss");
            result.Term(LossTerms.Supervised).Should().Be(result.Total.Scalar());
            (result.LearnedShare is null).Should().Be(weights.ValueKind == JsonValueKind.Null, "without weights the counts say it");
        }
    }

    [Fact]
    public void Unknown_entries_have_neither_value_nor_gradient()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using OrdinalLoss loss = new(6);
        double[] logits = new Random(1).Normal(20, 2);
        torch.Tensor one = Matrix(logits, 2, 10, gradient: true);
        torch.Tensor other = Matrix([.. logits.Select((x, i) => i is >= 5 and < 15 ? -x : x)], 2, 10);

        TaskLossResult first = Compute(one, [1, 5, 2, 3]), second = Compute(other, [1, 0, 4, 3]);
        first.Total.backward();

        first.Total.Scalar().Should().Be(second.Total.Scalar());
        one.Gradient().Select((gradient, i) => (gradient == 0) == i is >= 5 and < 15).Should().OnlyContain(right => right);
        torch.Tensor nothing = Matrix(logits, 2, 10, gradient: true);
        TaskLossResult empty = loss.Compute(Input(nothing, [1, 2, 3, 4], [0, 0, 0, 0], 0));
        empty.Total.backward();
        empty.Total.Scalar().Should().Be(0);
        nothing.Gradient().Should().OnlyContain(gradient => gradient == 0);

        TaskLossResult Compute(torch.Tensor outputs, double[] values) => loss.Compute(Input(outputs, values, [1, 0, 0, 1], 2));
    }

    [Fact]
    public void The_order_of_rows_does_not_matter_and_parts_of_an_effective_batch_add_up()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using OrdinalLoss loss = new(4);
        Random random = new(2);
        torch.Tensor outputs = Matrix(random.Normal(8 * 6, 1.5), 8, 6), mask = Matrix(random.Mask(16, 0.6), 8, 2);
        torch.Tensor values = Matrix([.. Enumerable.Range(0, 16).Select(_ => 3 * random.NextDouble())], 8, 2);
        LossCounts counts = new((int)mask.sum().Scalar(), 0);
        torch.Tensor turned = Indices([7, 3, 1, 0, 2, 6, 5, 4]);

        double whole = Compute(outputs, values, mask);
        Compute(outputs[turned], values[turned], mask[turned]).Should().BeApproximately(whole, 1e-12);
        (Compute(outputs[..3], values[..3], mask[..3]) + Compute(outputs[3..], values[3..], mask[3..])).Should()
            .BeApproximately(whole, 1e-12);

        double Compute(torch.Tensor o, torch.Tensor v, torch.Tensor m) =>
            loss.Compute(new() { Weak = o, Values = v, Mask = m, Counts = counts }).Total.Scalar();
    }

    [Fact]
    public void Its_least_is_where_the_expected_grade_is_the_label()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using OrdinalLoss loss = new(6);
        torch.Tensor outputs = Matrix(new double[10], 2, 5, gradient: true);
        for (int step = 0; step < 500; step++)
        {
            outputs.grad?.zero_();
            loss.Compute(Input(outputs, [3, 1.25], [1, 1], 2)).Total.backward();
            using var noGradient = torch.no_grad();
            outputs.sub_(outputs.grad! * Scalars.Of(20));
        }

        AgreementTargets.ExpectedGrades(5)(outputs.detach()).Host().ShouldBeClose([3, 1.25], 0.02, "grades");
        outputs.Host().Take(5).Should().BeInDescendingOrder();
    }

    [Fact]
    public void Outputs_are_one_less_than_grades_and_labels_are_the_expectation_of_the_other_view()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using OrdinalLoss loss = new(6);
        Action width = () => loss.Compute(Input(torch.zeros(2, 9, torch.ScalarType.Float64), [0, 0, 0, 0], [1, 1, 1, 1], 4));
        Action one = () => _ = new OrdinalLoss(1);

        width.Should().Throw<ArgumentException>().WithMessage("*9 outputs for 2 labels of 6 grades, expected 10*");
        one.Should().Throw<ArgumentOutOfRangeException>();
        loss.Grades.Should().Be(6);
        AgreementTargets.ExpectedGrades(5)(torch.zeros(3, 10)).shape.Should().Equal(3, 2);
        AgreementTargets.ExpectedGrades(5)(torch.zeros(1, 5)).Host().Should().Equal(2.5);
    }

    private static TaskLossInput Input(torch.Tensor outputs, double[] values, double[] mask, int known)
    {
        int rows = (int)outputs.size(0);
        return new()
        {
            Weak = outputs,
            Values = Matrix(values, rows, values.Length / rows),
            Mask = Matrix(mask, rows, mask.Length / rows),
            Counts = new(known, 0),
        };
    }
}
