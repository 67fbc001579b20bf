using SsMfar.Data;
using SsMfar.Metrics;
using SsMfar.Predictions;

namespace SsMfar.Tests.Metrics;

/// <summary>Wrong labels among right ones, found by simulated predictions of models that did not learn from them.</summary>
public sealed class LabelAuditTests
{
    private const int Rows = 1500;

    private static readonly ExpressionClassSet Classes = ExpressionClassSet.AffWild2;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_most_doubtful_tenth_holds_most_of_a_tenth_that_was_flipped(int seed)
    {
        (AnnotationSet truth, AffectPrediction[] predictions, HashSet<int>[] flipped) = Draw(seed);

        LabelAudit audit = LabelAudit.Of(truth, predictions);

        foreach (ScoredTask task in Enum.GetValues<ScoredTask>())
        {
            int tenth = (int)Math.Ceiling(0.1 * audit.Labels(task));
            int hits = audit.Doubtful(task).Take(tenth).Count(label =>
                flipped[(int)task].Contains(Key(label.Row, label.Unit is { } unit ? ActionUnits.IndexOf(unit) : null)));
            double found = hits / (double)flipped[(int)task].Count;
            found.Should().BeGreaterThanOrEqualTo(0.6, $"{task}");
        }
    }

    [Fact]
    public void A_class_that_models_are_never_sure_of_is_not_doubted_for_that()
    {
        // Of class 1 the model is never surer than 0.4; a row of it with 0.4 is as usual, one of class 0 with 0.45 is not.
        ExpressionClassSet two = new("calm", "wild");
        AnnotationSet truth = new(
            Enumerable.Range(0, 100).Select(i => new AnnotationRow($"{i}.jpg", null, i < 50 ? 0 : 1, ActionUnitLabels.Unknown)), two);
        AffectPrediction[] predictions =
        [
            .. Enumerable.Range(0, 100).Select(i => i == 7 ? 0.55f : i >= 50 ? 0.6f : 0.95f)
                .Select(calm => new AffectPrediction { Expression = new(two, [calm, 1 - calm]) }),
        ];

        LabelAudit audit = LabelAudit.Of(truth, predictions, 0.02);

        audit.Expressions[0].Row.Should().Be(7);
        audit.Expressions[0].Suggested.Should().Be("wild");
        audit.Expressions.Where(label => label.IsSuspect).Should().ContainSingle();
    }

    [Fact]
    public void Suspects_are_made_unknown_and_their_rows_keep_all_else()
    {
        (AnnotationSet truth, AffectPrediction[] predictions, _) = Draw(5);
        LabelAudit audit = LabelAudit.Of(truth, predictions, 1e-6);

        AnnotationSet left = audit.WithoutSuspects();

        int suspects = audit.Expressions.Count(label => label.IsSuspect);
        suspects.Should().BePositive();
        left.Count.Should().Be(truth.Count);
        left.Statistics.InvalidExpression.Should().Be(suspects);
        left.Sum(row => row.ActionUnits.KnownCount).Should().Be((12 * Rows) - audit.ActionUnits.Count(label => label.IsSuspect));
        left.Statistics.InvalidValenceArousal.Should().Be(audit.ValenceArousal.Count(label => label.IsSuspect));
        int one = audit.Expressions.First(label => label.IsSuspect).Row;
        left[one].Image.Should().Be(truth[one].Image);
    }

    [Fact]
    public void Labels_that_nobody_knows_or_predicted_are_not_judged()
    {
        AnnotationSet truth = new(
            [new("a.jpg", null, 0, ActionUnitLabels.Unknown), new("b.jpg", null, null, ActionUnitLabels.Unknown.With(3, true))], Classes);
        AffectPrediction[] predictions = [Prediction(0, 0.9f), new()];

        LabelAudit audit = LabelAudit.Of(truth, predictions, 1);

        Enum.GetValues<ScoredTask>().Select(audit.Labels).Should().Equal(1, 0, 0);
        audit.Expressions.Should().BeEmpty("the only class with a label has no rival");
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        AnnotationSet truth = new([new("a.jpg", null, 0, ActionUnitLabels.Unknown)], Classes);

        FluentActions.Invoking(() => LabelAudit.Of(truth, [])).Should().Throw<ArgumentException>()
            .WithMessage("There are 0 predictions for 1 rows.*");
        FluentActions.Invoking(() => LabelAudit.Of(truth, [new()], 0)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => LabelAudit.Of(
                truth, [new() { Expression = new(new ExpressionClassSet("calm", "wild"), [0.5f, 0.5f]) }])).Should()
            .Throw<ArgumentException>().WithMessage("The labels have the classes*");
    }

    [Fact]
    public void Folds_part_groups_whole_and_do_not_depend_on_the_order_of_rows()
    {
        AnnotationSet truth = new(
            Enumerable.Range(0, 60).Select(i => new AnnotationRow($"video{i / 5}/{i}.jpg", null, 0, ActionUnitLabels.Unknown)), Classes);

        int[] folds = truth.Folds(4, 3, ImageGroups.Video);
        int[] turned = truth.Select(Enumerable.Range(0, 60).Reverse()).Folds(4, 3, ImageGroups.Video);

        folds.GroupBy(fold => fold).Select(fold => fold.Count()).Should().Equal(15, 15, 15, 15);
        Enumerable.Range(0, 12).Should().OnlyContain(video => folds.Skip(5 * video).Take(5).Distinct().Count() == 1);
        turned.Reverse().Should().Equal(folds);
        truth.Folds(4, 4, ImageGroups.Video).Should().NotEqual(folds);
    }

    // A model that is right in about 80 of 100 rows of each class, and of units in 90; labels of a tenth are of another class.
    private static (AnnotationSet Truth, AffectPrediction[] Predictions, HashSet<int>[] Flipped) Draw(int seed)
    {
        Random random = new(seed);
        List<AnnotationRow> rows = [];
        List<AffectPrediction> predictions = [];
        HashSet<int>[] flipped = [[], [], []];
        for (int row = 0; row < Rows; row++)
        {
            int label = random.Next(Classes.Count);
            double[] logits = [.. Enumerable.Range(0, Classes.Count).Select(k => (k == label ? 3.2 : 0) + Normal(random))];
            double sum = logits.Sum(Math.Exp);
            ActionUnitLabels units = ActionUnitLabels.Unknown;
            float[] present = new float[12];
            for (int unit = 0; unit < 12; unit++)
            {
                bool isPresent = random.NextDouble() < 0.3;
                present[unit] = (float)(1 / (1 + Math.Exp(-((isPresent ? 2 : -2) + (1.5 * Normal(random))))));
                bool isFlipped = random.NextDouble() < 0.1;
                units = units.With(unit, isFlipped != isPresent);
                if (isFlipped)
                {
                    flipped[1].Add(Key(row, unit));
                }
            }

            ValenceArousal affect = new(Uniform(random), Uniform(random));
            predictions.Add(new()
            {
                Expression = new(Classes, [.. logits.Select(logit => (float)(Math.Exp(logit) / sum))]),
                ActionUnits = new([.. present]),
                ValenceArousal = new(
                    (float)Math.Clamp((0.7 * affect.Valence) + (0.15 * Normal(random)), -1, 1),
                    (float)Math.Clamp((0.7 * affect.Arousal) + (0.15 * Normal(random)), -1, 1)),
            });
            if (random.NextDouble() < 0.1)
            {
                label = (label + 1 + random.Next(Classes.Count - 1)) % Classes.Count;
                flipped[0].Add(Key(row, null));
            }

            if (random.NextDouble() < 0.1)
            {
                affect = new(Uniform(random), Uniform(random));
                flipped[2].Add(Key(row, null));
            }

            rows.Add(new($"{row}.jpg", affect, label, units));
        }

        return (new(rows, Classes), [.. predictions], flipped);
    }

    private static AffectPrediction Prediction(int label, float probability) => new()
    {
        Expression = new(
            Classes,
            [.. Enumerable.Range(0, Classes.Count).Select(k => k == label ? probability : (1 - probability) / (Classes.Count - 1))]),
    };

    private static int Key(int row, int? unit) => (row * 13) + (unit ?? 12);

    private static float Uniform(Random random) => (2 * random.NextSingle()) - 1;

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
