using SsMfar.Data;
using SsMfar.Metrics;
using SsMfar.Predictions;

namespace SsMfar.Tests.Metrics;

/// <summary>Wrong labels among right ones, found by simulated predictions of models that did not learn from them.</summary>
public sealed class LabelAuditTests
{
    private static readonly ExpressionClassSet Classes = ExpressionClassSet.AffWild2;

    [Theory]
    [Trait("Trials", "Many")]
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
        (AnnotationSet truth, AffectPrediction[] predictions, _) = Draw(5, rows: 100);
        LabelAudit audit = LabelAudit.Of(truth, predictions, 1e-6);

        AnnotationSet left = audit.WithoutSuspects();

        int suspects = audit.Expressions.Count(label => label.IsSuspect);
        suspects.Should().BePositive();
        left.Count.Should().Be(truth.Count);
        left.Statistics.InvalidExpression.Should().Be(suspects);
        left.Sum(row => row.ActionUnits.KnownCount).Should().Be((12 * truth.Count) - audit.ActionUnits.Count(label => label.IsSuspect));
        left.Statistics.InvalidValenceArousal.Should().Be(audit.ValenceArousal.Count(label => label.IsSuspect));
        int one = audit.Expressions.First(label => label.IsSuspect).Row;
        left[one].Image.Should().Be(truth[one].Image);
    }

    [Fact]
    public void Rows_that_were_not_audited_stay_as_they_are()
    {
        (AnnotationSet truth, AffectPrediction[] predictions, _) = Draw(5, rows: 100);
        int[] read = [.. Enumerable.Range(0, 100).Where(row => row % 7 != 0)];
        LabelAudit audit = LabelAudit.Of(truth.Select(read), [.. read.Select(row => predictions[row])], 1e-6);

        AnnotationSet left = audit.WithoutSuspects(truth);

        left.Select(row => row.Image).Should().Equal(truth.Select(row => row.Image));
        left.Where((_, row) => row % 7 == 0).Should().Equal(truth.Where((_, row) => row % 7 == 0));
        left.Statistics.InvalidExpression.Should().Be(audit.Expressions.Count(label => label.IsSuspect)).And.BePositive();
        audit.Invoking(one => one.WithoutSuspects(truth.Select([.. read.Reverse()]))).Should().Throw<ArgumentException>();
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

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_side_that_is_labelled_alone_is_judged_alone(int side)
    {
        const int Wrong = 30;
        Random random = new(6);
        (float Label, AffectPrediction Read)[] drawn = [.. Enumerable.Range(0, 120).Select(i =>
        {
            float label = Uniform(random), read = (float)Math.Clamp((0.7 * label) + (0.1 * Normal(random)), -1, 1);
            return (i == Wrong ? 0.9f : label, new AffectPrediction { ValenceArousal = i == Wrong ? new(-0.7f, -0.7f) : new(read, read) });
        })];
        AnnotationSet truth = new(drawn.Select((one, i) => new AnnotationRow($"{i}.jpg", null, null, ActionUnitLabels.Unknown)
        {
            Valence = side == 0 ? one.Label : null, Arousal = side == 1 ? one.Label : null,
        }));

        LabelAudit audit = LabelAudit.Of(truth, [.. drawn.Select(one => one.Read)], 1);

        audit.Labels(ScoredTask.ValenceArousal).Should().Be(120);
        audit.ValenceArousal.Should().HaveCount(120);
        (audit.ValenceArousal[0].Row, audit.ValenceArousal[0].IsSuspect).Should().Be((Wrong, true));
        audit.ValenceArousal[0].Label.Should().Be(side == 0 ? "valence +0.90" : "arousal +0.90");
        audit.ValenceArousal[0].Suggested.Should().MatchRegex(side == 0 ? "^valence -0.[0-9]{2}$" : "^arousal -0.[0-9]{2}$");
        audit.ValenceArousal.Count(label => label.Doubt > 0.5).Should().BeInRange(50, 70, "half of all rows lie nearer than the median");
        AnnotationRow left = audit.WithoutSuspects()[Wrong];
        (left.Valence, left.Arousal).Should().Be((null, null));
    }

    [Fact]
    public void Rows_with_one_side_are_judged_beside_rows_with_both()
    {
        (AnnotationSet truth, AffectPrediction[] predictions, _) = Draw(7, rows: 200);
        AnnotationSet mixed = new(
            truth.Select((row, i) => i % 3 == 0 ? row with { Valence = null } : i % 3 == 1 ? row with { Arousal = null } : row), Classes);

        LabelAudit audit = LabelAudit.Of(mixed, predictions, 1);

        audit.Labels(ScoredTask.ValenceArousal).Should().Be(200);
        audit.ValenceArousal.Should().OnlyContain(label => label.Label.Contains("valence") == (label.Row % 3 != 0)
            && label.Label.Contains("arousal") == (label.Row % 3 != 1));
    }

    [Fact]
    public void Another_task_s_labels_tell_on_a_wrong_one_that_the_predictions_believe()
    {
        // Of every smile unit 12 is labelled, and of nothing else; the predictions know nothing.
        ExpressionClassSet two = new("calm", "smile");
        AnnotationSet truth = new(
            Enumerable.Range(0, 300).Select(i => new AnnotationRow(
                $"{i}.jpg", null, (i % 2 == 0) != (i is 40 or 91) ? 0 : 1, ActionUnitLabels.Unknown.With(6, i % 2 == 1))), two);
        AffectPrediction[] predictions =
        [
            .. Enumerable.Range(0, 300).Select(_ => new AffectPrediction
            {
                Expression = new(two, [0.5f, 0.5f]),
                ActionUnits = new([.. Enumerable.Repeat(0.5f, 12)]),
            }),
        ];

        LabelAudit audit = LabelAudit.Of(truth, predictions, 0.001);
        LabelAudit byPredictions = LabelAudit.Of(truth, predictions, 1, AuditRule.Probability);

        audit.Expressions.Where(label => label.IsSuspect).Select(label => label.Row).Should().BeEquivalentTo([40, 91]);
        audit.Expressions.Take(2).Select(label => label.Row).Should().BeEquivalentTo([40, 91]);
        audit.Expressions[0].Doubt.Should().BeGreaterThan(0.9);
        audit.ActionUnits.Take(2).Select(label => label.Row).Should().BeEquivalentTo([40, 91], "either label may be the wrong one");
        byPredictions.Expressions.Select(label => label.Doubt).Distinct().Should().HaveCount(1);
    }

    [Fact]
    public void Doubt_is_how_probable_another_class_is_whatever_the_models_made_of_it()
    {
        // Models that are far too sure, and lean to rare classes: their probabilities say little, what they are in labels says how much.
        Random random = new(4);
        AnnotationRow[] rows = new AnnotationRow[2000];
        AffectPrediction[] predictions = new AffectPrediction[rows.Length];
        ExpressionClassSet two = new("often", "rarely");
        for (int i = 0; i < rows.Length; i++)
        {
            double score = 2 * Normal(random), rare = 1 / (1 + Math.Exp(2 - score));
            rows[i] = new($"{i}.jpg", null, random.NextDouble() < rare ? 1 : 0, ActionUnitLabels.Unknown);
            float read = (float)(1 / (1 + Math.Exp(-4 * score)));
            predictions[i] = new() { Expression = new(two, [1 - read, read]) };
        }

        LabelAudit audit = LabelAudit.Of(new(rows, two), predictions, 1);

        foreach (IGrouping<int, DoubtfulLabel> about in audit.Expressions.Where(label => label.Label == "often")
            .GroupBy(label => (int)(5 * label.Doubt)).Where(group => group.Count() > 100))
        {
            double[] truly = [.. about.Select(label => TrueDoubt(predictions[label.Row].Expression!.Probabilities[1]))];
            about.Average(label => label.Doubt).Should().BeApproximately(truly.Average(), 0.05);
        }

        static double TrueDoubt(float read)
        {
            double clipped = Math.Clamp(read, 1e-7, 1 - 1e-7);
            return 1 / (1 + Math.Exp(2 - (Math.Log(clipped / (1 - clipped)) / 4)));
        }
    }

    [Fact]
    public void Few_labels_are_judged_by_the_predictions_alone()
    {
        ExpressionClassSet two = new("calm", "wild");
        AnnotationSet truth = new(
            Enumerable.Range(0, 49).Select(i => new AnnotationRow($"{i}.jpg", null, i % 2, ActionUnitLabels.Unknown)), two);
        AffectPrediction[] predictions =
            [.. Enumerable.Range(0, 49).Select(i => new AffectPrediction { Expression = new(two, [0.3f, 0.7f]) })];

        LabelAudit.Of(truth, predictions, 1).Expressions.Should().OnlyContain(
            label => Math.Abs(label.Doubt - (label.Label == "calm" ? 0.7 : 0.3)) < 1e-6);
    }

    [Fact]
    public void Several_predictions_of_a_row_count_by_their_mean()
    {
        (AnnotationSet truth, AffectPrediction[] first, _) = Draw(8, rows: 60);
        (_, AffectPrediction[] second, _) = Draw(9, rows: 60);
        AffectPrediction[] mean = [.. first.Zip(second, (one, other) => PredictionMean.Of([one, other]))];

        LabelAudit together = LabelAudit.OfRepeats(truth, [first, second]);

        together.Expressions.Select(label => (label.Row, label.Doubt)).Should()
            .Equal(LabelAudit.Of(truth, mean).Expressions.Select(label => (label.Row, label.Doubt)));
        mean[5].Expression!.Probabilities[2].Should().BeApproximately(
            (first[5].Expression!.Probabilities[2] + second[5].Expression!.Probabilities[2]) / 2, 1e-6f);
        LabelAudit.OfRepeats(truth, [first]).ActionUnits.Select(label => label.Doubt).Should()
            .Equal(LabelAudit.Of(truth, first).ActionUnits.Select(label => label.Doubt));
        FluentActions.Invoking(() => LabelAudit.OfRepeats(truth, [])).Should().Throw<ArgumentException>()
            .WithMessage("There is no repeat*");
        FluentActions.Invoking(() => LabelAudit.OfRepeats(truth, [first, second[1..]])).Should().Throw<ArgumentException>();
        AffectPrediction[] other = [.. second];
        other[3] = new() { Expression = second[3].Expression };
        FluentActions.Invoking(() => LabelAudit.OfRepeats(truth, [first, other])).Should().Throw<ArgumentException>()
            .WithMessage("*of row 3, 3.jpg, have different tasks*");
    }

    [Fact]
    [Trait("Trials", "Many")]
    public void The_same_rows_in_another_order_are_doubted_alike()
    {
        (AnnotationSet truth, AffectPrediction[] predictions, _) = Draw(3, rows: 100);
        int[] turned = [.. Enumerable.Range(0, truth.Count).Reverse()];

        LabelAudit one = LabelAudit.Of(truth, predictions, 1);
        LabelAudit other = LabelAudit.Of(truth.Select(turned), [.. turned.Select(row => predictions[row])], 1);

        Dictionary<string, double> doubts = one.Expressions.ToDictionary(label => label.Image, label => label.Doubt);
        other.Expressions.Max(label => Math.Abs(doubts[label.Image] - label.Doubt)).Should().BeLessThan(0.01);
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
    internal static (AnnotationSet Truth, AffectPrediction[] Predictions, HashSet<int>[] Flipped) Draw(int seed, int rows = 1500)
    {
        Random random = new(seed);
        List<AnnotationRow> truth = [];
        List<AffectPrediction> predictions = [];
        HashSet<int>[] flipped = [[], [], []];
        for (int row = 0; row < rows; row++)
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

            truth.Add(new($"{row}.jpg", affect, label, units));
        }

        return (new(truth, Classes), [.. predictions], flipped);
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
