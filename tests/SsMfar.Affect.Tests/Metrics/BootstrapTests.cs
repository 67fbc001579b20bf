using CsCheck;
using SsMfar.Data;
using SsMfar.Metrics;
using SsMfar.Predictions;
using SsMfar.Submissions;
using SsMfar.Tests.Data;

namespace SsMfar.Tests.Metrics;

public sealed class BootstrapTests
{
    private static readonly ActionUnitLabels Absent = ActionUnitLabels.From([.. Enumerable.Repeat((bool?)false, 12)]);

    [Fact]
    public void Values_are_the_scores_of_all_rows_where_two_have_labels() => Gen.Select(
        AnnotationGen.Set.Where(set => set.Count > 1),
        Gen.Int).Sample((truth, seed) =>
    {
        Submission predictions = Predictions(truth, seed);
        AffectScores scores = AffectScorer.Score(truth, predictions);

        AffectScoreIntervals intervals = Bootstrap.Score(truth, predictions, new() { Resamples = 10 });

        bool expression = Twice(row => row.Expression is not null), affect = Twice(row => row
            .ValenceArousal is not null), units = Twice(row => row.ActionUnits.KnownCount > 0);
        Near(intervals.PMtl?.Value, expression && affect && units ? scores.PMtl : null);
        Near(intervals.ExpressionMacroF1?.Value, expression ? scores.Expression!.MacroF1 : null);
        Near(intervals.ActionUnitMeanF1?.Value, units ? scores.ActionUnits!.MeanF1 : null);
        Near(intervals.Valence?.Value, affect ? scores.ValenceArousal!.Valence : null);
        Near(intervals.Arousal?.Value, affect ? scores.ValenceArousal!.Arousal : null);
        Near(intervals.ValenceArousalMean?.Value, affect ? scores.ValenceArousal!.Mean : null);
        intervals.ExpressionF1.Select(f1 => f1?.Value).Should()
            .Equal(Enumerable.Range(0, 8).Select(k => expression ? scores.Expression!.F1[k] : (double?)null));
        intervals.ActionUnitF1.Select(f1 => f1?.Value).Should().Equal(
            Enumerable.Range(0, 12)
                .Select(unit => Twice(row => row.ActionUnits[unit] is not null) ? scores.ActionUnits!.F1[unit] : (double?)null));

        bool Twice(Func<AnnotationRow, bool> isLabelled) => truth.Where(isLabelled).Skip(1).Any();
    }, iter: 100);

    [Fact]
    public void A_resample_scores_as_the_set_that_it_draws() => Gen.Select(AnnotationGen.Set.Where(set => set.Count > 0), Gen.Int)
        .Sample((truth, seed) =>
            {
                Submission predictions = Predictions(truth, seed);
                Random random = new(seed);
                int[] counts = [.. truth.Select(_ => random.Next(4))];
                int[] drawn = [.. counts.SelectMany((count, row) => Enumerable.Repeat(row, count))];

                double[] actual = new WeightedRows(truth, predictions).Score(counts);

                AffectScores expected = AffectScorer.Score(
                    truth.Select(drawn),
                    [.. drawn.Select(row => predictions[row].Expression!.Value)],
                    (double[])[.. drawn.SelectMany(
                row => Enumerable.Range(0, 12).Select(unit => predictions[row].ActionUnits[unit] == true ? 1.0 : 0))],
                    (double[])[.. drawn.SelectMany(row => new[] { predictions[row].Valence!.Value, predictions[row].Arousal!.Value })]);
                actual.Zip(ScoreVector.Of(expected, 8, ActionUnitSet.AffWild2)).Should()
            .OnlyContain(pair => pair.First.Equals(pair.Second) || Math.Abs(pair.First - pair.Second) < 1e-9);
            }, iter: 200);

    [Fact]
    public void An_interval_of_a_proportion_is_that_of_the_binomial_distribution()
    {
        // One unit that is always present and is predicted in 120 of 200 rows: the resampled hits are binomial(200, 0.6), F1 = 2 h / (200 +
        // h).
        const int Rows = 200;
        const int Hits = 120;
        AnnotationSet truth = new(
            Enumerable.Range(0, Rows).Select(i => new AnnotationRow($"{i}.jpg", null, null, ActionUnitLabels.Unknown.With(3, true))));
        Submission predictions = new(
            Enumerable.Range(0, Rows).Select(i => new SubmissionRow($"{i}.jpg", 0, 0, 0, Absent.With(3, i < Hits))));

        ScoreInterval interval = Bootstrap.Score(truth, predictions, new() { Resamples = 20_000, Level = 0.9, Seed = 5 }).ActionUnitF1[3]!
            .Value;

        double F1(int hits) => 2.0 * hits / (Rows + hits);
        interval.Value.Should().BeApproximately(F1(Hits), 1e-12);
        interval.Low.Should().BeInRange(F1(Quantile(0.05) - 1), F1(Quantile(0.05) + 1));
        interval.High.Should().BeInRange(F1(Quantile(0.95) - 1), F1(Quantile(0.95) + 1));

        static int Quantile(double share)
        {
            double probability = Math.Pow(0.4, Rows);
            double sum = probability;
            int hits = 0;
            while (sum < share)
            {
                probability *= (Rows - hits) / (hits + 1.0) * 0.6 / 0.4;
                sum += probability;
                hits++;
            }

            return hits;
        }
    }

    // Arousal is in two of ten videos, which one draw in nine lacks: its mean would be valence's score, here as low as can be.
    [Fact]
    public void The_mean_of_valence_and_arousal_is_of_both_in_every_resample()
    {
        AnnotationSet truth = new(Frames().Select((image, i) => i < 40
            ? new AnnotationRow(image, new(At(i), At(i)), null, ActionUnitLabels.Unknown)
            : new AnnotationRow(image, null, null, ActionUnitLabels.Unknown) { Valence = At(i) }));
        Submission predictions = new(Frames().Select((image, i) => new SubmissionRow(image, -At(i), At(i), 0, Absent)));

        AffectScoreIntervals intervals = Bootstrap.Score(truth, predictions, new() { GroupBy = ImageGroups.Video, Resamples = 1000 });

        intervals.Valence!.Value.High.Should().BeLessThan(-0.9);
        intervals.ValenceArousalMean!.Value.Low.Should().BeGreaterThan(-0.1, "the mean of -1 and 1");

        static float At(int frame) => (float)Math.Sin(1 + frame);
    }

    [Fact]
    public void Groups_are_drawn_whole()
    {
        // Ten videos of 20 frames, all right or all wrong: the effective number of draws is 10, not 200.
        AnnotationSet truth = new(Frames().Select(image => new AnnotationRow(image, null, null, ActionUnitLabels.Unknown.With(0, true))));
        Submission predictions = new(Frames().Select(image => new SubmissionRow(image, 0, 0, 0, Absent.With(0, image[1] < '5'))));

        ScoreInterval rows = Bootstrap.Score(truth, predictions).ActionUnitF1[0]!.Value;
        AffectScoreIntervals videos = Bootstrap.Score(truth, predictions, new() { GroupBy = ImageGroups.Video });

        videos.Groups.Should().Be(10);
        ScoreInterval wide = videos.ActionUnitF1[0]!.Value;
        ((wide.High - wide.Low) / (rows.High - rows.Low)).Should().BeInRange(3, 6, "the deviation is sqrt(20) times as large");
    }

    [Fact]
    public void A_comparison_of_several_runs_is_that_of_their_mean_scores()
    {
        Random random = new(4);
        AnnotationSet truth = new(Enumerable.Range(0, 80).Select(i => new AnnotationRow($"{i}.jpg", null, random.Next(8), default)));
        Submission[] runs = [.. Enumerable.Range(1, 5).Select(seed => Predictions(truth, seed))];
        double[] f1 = [.. runs.Select(run => AffectScorer.Score(truth, run).Expression!.MacroF1)];

        ScoreInterval difference = Bootstrap.Compare(truth, runs[..3], runs[3..]).ExpressionMacroF1!.Value;
        ScoreInterval repeated = Bootstrap.Compare(truth, [runs[0], runs[0]], [runs[1], runs[1]]).ExpressionMacroF1!.Value;
        Action nothing = () => Bootstrap.Compare(truth, runs, []);

        difference.Value.Should().BeApproximately(f1[..3].Average() - f1[3..].Average(), 1e-12);
        repeated.Should().Be(Bootstrap.Compare(truth, runs[0], runs[1]).ExpressionMacroF1!.Value);
        (difference.High - difference.Low).Should().BeLessThan(repeated.High - repeated.Low, "means of several runs vary less than one");
        nothing.Should().Throw<ArgumentException>().WithMessage("*no run*").WithParameterName("second");
        Bootstrap.Score(truth, runs, new() { Resamples = 20 }).Resamples.Should().Be(20);
    }

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(2, 0, true)]
    [InlineData(0, 2, true)]
    [InlineData(2, 2, true)]
    [InlineData(1, 2, false)]
    [InlineData(2, 1, false)]
    [InlineData(1, 0, false)]
    public void Both_have_an_interval_where_each_that_is_labelled_is_so_in_two_groups(int valences, int arousals, bool expected)
    {
        AnnotationSet truth = new(Enumerable.Range(0, 2).Select(group => new AnnotationRow($"{group}.jpg", null, null, default)
        {
            Valence = group < valences ? 0.5f : null, Arousal = group < arousals ? 0.5f : null,
        }));

        LabelledGroups.Of(truth, [0, 1], truth.Units).ValenceArousal.Should().Be(expected);
    }

    [Fact]
    public void A_comparison_is_paired()
    {
        Random random = new(1);
        AnnotationSet truth = new(Enumerable.Range(0, 300).Select(i => new AnnotationRow($"{i}.jpg", null, random.Next(8), default)));
        Submission first = Predictions(truth, 2);
        Submission better = new(first.Select((row, i) => i % 10 == 0 ? row with { Expression = truth[i].Expression!.Value } : row));

        ScoreInterval same = Bootstrap.Compare(truth, first, first).ExpressionMacroF1!.Value;
        ScoreInterval gain = Bootstrap.Compare(truth, better, first).ExpressionMacroF1!.Value;
        ScoreInterval loss = Bootstrap.Compare(truth, first, better).ExpressionMacroF1!.Value;

        same.Should().Be(new ScoreInterval(0, 0, 0));
        same.ExcludesZero.Should().BeFalse();
        gain.ExcludesZero.Should().BeTrue();
        gain.Value.Should().BeApproximately(
            AffectScorer.Score(truth, better).Expression!.MacroF1 - AffectScorer.Score(truth, first).Expression!.MacroF1, 1e-12);
        new[] { loss.Value + gain.Value, loss.Low + gain.High, loss.High + gain.Low }.Should().OnlyContain(sum => Math.Abs(sum) < 1e-12);

        // Unpaired, the intervals of both would hide the gain.
        ScoreInterval alone = Bootstrap.Score(truth, first).ExpressionMacroF1!.Value;
        (gain.High - gain.Low).Should().BeLessThan(alone.High - alone.Low);
    }

    [Fact]
    public void The_seed_alone_decides()
    {
        Random random = new(3);
        AnnotationSet truth = new(Enumerable.Range(0, 50)
            .Select(i => new AnnotationRow($"{i}.jpg", new(random.NextSingle(), random.NextSingle()), random.Next(8), default)));
        Submission predictions = Predictions(truth, 4);
        ScoreInterval? Run(long seed) => Bootstrap.Score(truth, predictions, new() { Seed = seed, Resamples = 200 }).Valence;

        Run(1).Should().Be(Run(1)).And.NotBe(Run(2));
    }

    [Theory]
    [InlineData(0.0, 1)]
    [InlineData(1.0, 4)]
    [InlineData(0.5, 2.5)]
    [InlineData(0.25, 1.75)]
    public void Quantiles_are_linear_between_values(double share, double expected)
    {
        ScoreVector.Quantile([1, 2, 3, 4], share).Should().BeApproximately(expected, 1e-12);
    }

    [Fact]
    public void Labels_of_one_group_alone_have_no_interval()
    {
        AnnotationSet truth = new(
            [new("v/1.jpg", null, 0, Absent), new("v/2.jpg", null, 1, Absent), new("w/1.jpg", null, null, Absent)]);

        AffectScoreIntervals intervals = Bootstrap.Score(truth, Predictions(truth, 1), new() { GroupBy = ImageGroups.Video });

        intervals.ExpressionMacroF1.Should().BeNull();
        intervals.ExpressionF1.Should().OnlyContain(f1 => f1 == null);
        intervals.ActionUnitF1.Should().OnlyContain(f1 => f1 != null);
        intervals.PMtl.Should().BeNull();
    }

    [Fact]
    public void What_cannot_be_used_is_refused()
    {
        AnnotationSet truth = new([new("v/1.jpg", null, 0, default), new("v/2.jpg", null, 1, default)]);
        Submission predictions = Predictions(truth, 1);
        Action groups = () => Bootstrap.Score(truth, predictions, new() { GroupBy = ImageGroups.Video });
        Action alone = () => Bootstrap.Score(new([truth[0]]), new Submission([predictions[0]]));
        Action few = () => Bootstrap.Score(truth, predictions, new() { Resamples = 9 });
        Action level = () => Bootstrap.Score(truth, predictions, new() { Level = 1 });
        Action mismatch = () => Bootstrap.Compare(truth, predictions, new Submission([predictions[0]]));
        Action classes = () => Bootstrap.Score(truth, new Submission([], ExpressionClassSet.SyntheticData));
        Action cancelled = () => Bootstrap.Score(truth, predictions, cancellationToken: new(canceled: true));

        groups.Should().Throw<ArgumentException>().WithMessage("*2 rows*one group, 'v'*");
        alone.Should().Throw<ArgumentException>().WithMessage("*one row*");
        few.Should().Throw<ArgumentException>().WithMessage("*9*at least 10*");
        level.Should().Throw<ArgumentException>().WithMessage("Level is 1*");
        mismatch.Should().Throw<SubmissionMismatchException>().WithMessage("*v/2.jpg*");
        classes.Should().Throw<ArgumentException>().WithMessage("*classes*");
        cancelled.Should().Throw<OperationCanceledException>();
    }

    [Fact]
    public void Predictions_of_other_classes_or_of_several_models_are_refused()
    {
        AnnotationSet truth = new([new("v/1.jpg", null, 0, default), new("v/2.jpg", null, 1, default)]);
        ExpressionClassSet turned = new([.. ExpressionClassSet.AffWild2.Names.Reverse()]);
        AffectPrediction[] Of(ExpressionClassSet classes) =>
            [.. truth.Select(_ => new AffectPrediction { Expression = new(classes, [1, 0, 0, 0, 0, 0, 0, 0]) })];
        AffectPrediction[] mixed = [Of(ExpressionClassSet.AffWild2)[0], new() { ValenceArousal = new(0, 0) }];

        FluentActions.Invoking(() => Bootstrap.Score(truth, Of(turned))).Should().Throw<ArgumentException>().WithMessage("*classes*");
        FluentActions.Invoking(() => Bootstrap.Compare(truth, Of(ExpressionClassSet.AffWild2), Of(turned))).Should()
            .Throw<ArgumentException>().WithMessage("*classes*");
        FluentActions.Invoking(() => Subgroups.Compare(truth, Of(turned), [])).Should().Throw<ArgumentException>()
            .WithMessage("*classes*");
        FluentActions.Invoking(() => Bootstrap.Score(truth, mixed)).Should().Throw<ArgumentException>()
            .WithMessage("*differ in their tasks*");
    }

    private static void Near(double? actual, double? expected)
    {
        actual.HasValue.Should().Be(expected.HasValue);
        Math.Abs((actual ?? 0) - (expected ?? 0)).Should().BeLessThan(1e-9);
    }

    // Ten videos of 20 frames.
    private static IEnumerable<string> Frames() => Enumerable.Range(0, 200).Select(i => $"v{i / 20}/{i % 20}.jpg");

    private static Submission Predictions(AnnotationSet truth, int seed)
    {
        Random random = new(seed);
        return new(truth.Select(row => new SubmissionRow(
            row.Image,
            (random.NextDouble() * 2) - 1,
            (random.NextDouble() * 2) - 1,
            random.Next(8),
            ActionUnitLabels.From([.. Enumerable.Range(0, 12).Select(_ => (bool?)(random.Next(2) == 1))]))));
    }
}
