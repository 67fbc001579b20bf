using System.Globalization;
using SsMfar.Data;
using SsMfar.Inference;
using SsMfar.Metrics;
using SsMfar.Postprocessing;
using SsMfar.Predictions;
using SsMfar.Submissions;
using SsMfar.Tests.Postprocessing;

namespace SsMfar.Tests.Data;

/// <summary>A task that a model does not have: -5 and -1 in the submission format, null where values are null, no score.</summary>
public sealed class LackingTaskTests
{
    private const string Header = "image,valence,arousal,expression,aus\n";
    private const string NoUnits = "-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1";

    private static readonly ActionUnitLabels UnitColumns = ActionUnitLabels.From([.. Enumerable.Repeat((bool?)true, 12)]);

    [Theory]
    [InlineData(true, true, false, "a,0.5,-0.5,2," + NoUnits)]
    [InlineData(true, false, true, "a,0.5,-0.5,-1,1,1,1,1,1,1,1,1,1,1,1,1")]
    [InlineData(false, true, true, "a,-5,-5,2,1,1,1,1,1,1,1,1,1,1,1,1")]
    [InlineData(false, false, true, "a,-5,-5,-1,1,1,1,1,1,1,1,1,1,1,1,1")]
    public void It_is_written_as_an_unknown_label_and_read_back(bool affect, bool expression, bool units, string line)
    {
        Submission submission = new([new("a", affect ? 0.5 : null, affect ? -0.5 : null, expression ? 2 : null, units
            ? UnitColumns : default)]);
        StringWriter text = new(CultureInfo.InvariantCulture);

        submission.Write(text);
        Submission read = Submission.Read(new StringReader(text.ToString()));

        text.ToString().Should().Be(Header + line + "\n");
        read.Should().Equal(submission);
        (read.HasValenceArousal, read.HasExpression, read.HasActionUnits).Should().Be((affect, expression, units));
    }

    [Theory]
    [InlineData("a,0,0,2,0,0,0,0,0,0,0,0,0,0,0,0\nb,0,0,-1,0,0,0,0,0,0,0,0,0,0,0,0", "line 3: *other tasks than the first*")]
    [InlineData("a,0,0,-1,0,0,0,0,0,0,0,0,0,0,0,0\nb,-5,-5,-1,0,0,0,0,0,0,0,0,0,0,0,0", "line 3: *other tasks*")]
    [InlineData("a,-5,0,2,0,0,0,0,0,0,0,0,0,0,0,0", "line 2: one of valence and arousal is -5*")]
    [InlineData("a,0,0,2,0,0,0,0,0,0,0,0,0,0,0,-1", "line 2: 1 of the 12 action units are -1*")]
    [InlineData("a,-5,-5,-1," + NoUnits, "*nothing is predicted*")]
    public void Half_of_a_task_and_rows_of_different_tasks_are_refused(string rows, string message) =>
        FluentActions.Invoking(() => Submission.Read(new StringReader(Header + rows), "out.txt"))
            .Should().Throw<AnnotationFormatException>().WithMessage("out.txt*" + message);

    [Fact]
    public void Rows_made_in_code_are_held_to_the_same()
    {
        SubmissionRow whole = new("a", 0, 0, 1, UnitColumns);

        Refused(whole with { Valence = null }, "*not finite*");
        Refused(whole with { ActionUnits = UnitColumns.With(2, null) }, "*11 action units, expected the challenge's 12 or none*");
        Refused(new("a", null, null, null, default), "*predicts nothing*");
        FluentActions.Invoking(() => new Submission([whole, whole with { Expression = null }]))
            .Should().Throw<ArgumentException>().WithMessage("Row 1 (a)*other tasks*");

        static void Refused(SubmissionRow row, string message) =>
            FluentActions.Invoking(() => new Submission([row])).Should().Throw<ArgumentException>().WithMessage(message);
    }

    [Fact]
    public void It_has_no_score_and_the_others_have_what_they_had()
    {
        (AnnotationSet truth, Submission whole) = Scored();
        Submission units = Only(whole, row => row with { Valence = null, Arousal = null, Expression = null });
        Submission rest = Only(whole, row => row with { ActionUnits = default });

        AffectScores all = AffectScorer.Score(truth, whole);
        AffectScores ofUnits = AffectScorer.Score(truth, units);
        AffectScores ofRest = AffectScorer.Score(truth, rest);

        (ofUnits.Expression, ofUnits.ValenceArousal, ofUnits.PMtl).Should().Be((null, null, null));
        ofUnits.ActionUnits!.MeanF1.Should().Be(all.ActionUnits!.MeanF1);
        (ofRest.ActionUnits, ofRest.PMtl).Should().Be((null, null));
        ofRest.Expression!.MacroF1.Should().Be(all.Expression!.MacroF1);
        ofRest.ValenceArousal!.Mean.Should().Be(all.ValenceArousal!.Mean);
    }

    [Fact]
    public void It_has_no_interval_and_no_difference()
    {
        (AnnotationSet truth, Submission whole) = Scored();
        Submission rest = Only(whole, row => row with { ActionUnits = default, Expression = null });
        BootstrapOptions options = new() { Resamples = 50 };

        AffectScoreIntervals intervals = Bootstrap.Score(truth, rest, options);
        AffectScoreIntervals difference = Bootstrap.Compare(truth, whole, rest, options);

        foreach (AffectScoreIntervals each in new[] { intervals, difference })
        {
            (each.ActionUnitMeanF1, each.ExpressionMacroF1, each.PMtl).Should().Be((null, null, null));
            each.ActionUnitF1.Should().OnlyContain(unit => unit == null);
            each.ValenceArousalMean.Should().NotBeNull();
        }

        intervals.Valence.Should().BeEquivalentTo(Bootstrap.Score(truth, whole, options).Valence);
    }

    [Theory]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    [InlineData(false, false, true)]
    [InlineData(true, true, false)]
    public void A_table_keeps_it_lacking_through_files_smoothing_and_filling(bool affect, bool expression, bool units)
    {
        Random random = new(5);
        (string, AffectPrediction)[] rows = [.. Enumerable.Range(1, 9).Select(i =>
            ($"v/{i:00000}.jpg", Reduced(Tables.Prediction(random))))];
        PredictionTable table = new(rows, Tables.Classes);
        StringWriter text = new(CultureInfo.InvariantCulture);
        table.Write(text);

        Check(table);
        Check(PredictionTable.Read(new StringReader(text.ToString())));
        Check(TemporalSmoothing.Smooth(table, new() { Sigma = 2 }).Predictions);
        Check(table.Fill(["v/00001.jpg", "gone.jpg", "v/00077.jpg"], out _));
        Check(PredictionTable.FromSubmission(table.ToSubmission()));
        Submission submission = table.ToSubmission();
        (submission.HasValenceArousal, submission.HasExpression, submission.HasActionUnits).Should().Be((affect, expression, units));

        AffectPrediction Reduced(AffectPrediction whole) => new()
        {
            ValenceArousal = affect ? whole.ValenceArousal : null,
            Expression = expression ? whole.Expression : null,
            ActionUnits = units ? whole.ActionUnits : null,
        };

        void Check(PredictionTable each)
        {
            (each.HasValenceArousal, each.HasExpression, each.HasActionUnits).Should().Be((affect, expression, units));
            for (int i = 0; i < each.Count; i++)
            {
                (each[i].ValenceArousal is not null, each[i].Expression is not null, each[i].ActionUnits is not null)
                    .Should().Be((affect, expression, units));
            }
        }
    }

    [Theory]
    [InlineData("v/1.jpg,-5,0.1,0.2,0.3,0.5")]
    [InlineData("v/1.jpg,0,0,-1,0.5,0.5")]
    public void A_table_of_which_half_a_task_is_lacking_is_refused(string start)
    {
        StringWriter header = new(CultureInfo.InvariantCulture);
        Tables.Random(1).Write(header);
        string text = header + start + string.Concat(Enumerable.Repeat(",0.5", 12)) + "\n";

        FluentActions.Invoking(() => PredictionTable.Read(new StringReader(text), "p.csv"))
            .Should().Throw<AnnotationFormatException>().WithMessage("p.csv*v/1.jpg*part of a task*");
    }

    private static Submission Only(Submission submission, Func<SubmissionRow, SubmissionRow> change) =>
        new(submission.Select(change));

    private static (AnnotationSet Truth, Submission Predictions) Scored()
    {
        Random random = new(3);
        ActionUnitLabels Units() => ActionUnitLabels.From([.. Enumerable.Range(0, 12).Select(_ => (bool?)(random.Next(2) == 0))]);
        AnnotationSet truth = new(Enumerable.Range(0, 60).Select(i =>
            new AnnotationRow($"{i}.jpg", new(random.NextSingle(), -random.NextSingle()), random.Next(8), Units())));
        return (truth, new(truth.Select(row =>
            new SubmissionRow(row.Image, random.NextDouble(), random.NextDouble(), random.Next(8), Units()))));
    }
}
