using System.Globalization;
using System.Text.Json;
using CsCheck;
using SsMfar.Data;
using SsMfar.Inference;
using SsMfar.Postprocessing;
using SsMfar.Predictions;
using SsMfar.Submissions;
using SsMfar.Tests.Data;

namespace SsMfar.Tests.Postprocessing;

public sealed class PredictionTableTests
{
    [Fact]
    public void A_file_gives_back_every_bit() => Gen.Select(Gen.Int, Gen.Int[0, 20]).Sample((seed, count) =>
    {
        PredictionTable table = Tables.Random(seed, Enumerable.Range(0, count).Select(i => $"v é/{i}.jpg"));
        StringWriter text = new(CultureInfo.InvariantCulture);
        table.Write(text);

        PredictionTable read = PredictionTable.Read(new StringReader(text.ToString()));

        read.Images.Should().Equal(table.Images);
        read.ExpressionClasses.Should().Be(table.ExpressionClasses);
        read.ActionUnitThresholds.Should().Equal(table.ActionUnitThresholds);
        Tables.Numbers(read).SelectMany(row => row).Should().Equal(Tables.Numbers(table).SelectMany(row => row));
    }, iter: 100);

    [Fact]
    public void Thresholds_of_the_first_prediction_change_no_other_that_was_read_from_json()
    {
        ActionUnitSet units = new(ActionUnit.AU6, ActionUnit.AU12);
        (string, AffectPrediction)[] read =
        [
            .. new[] { 0.1f, 0.3f }.Select((probability, i) => ($"{i}.jpg", Again(
                new() { ActionUnits = new([0.6f, probability], [0.5f, 0.2f], units) }))),
        ];

        FluentActions.Invoking(() => new PredictionTable(read, Tables.Classes)).Should().Throw<ArgumentException>()
            .WithMessage("The prediction of 1.jpg has AU12 present, and *first prediction it would be absent*actionUnitThresholds*");
        PredictionTable table = new(read, Tables.Classes, [0.5f, 0.2f]);

        table[0].ActionUnits!.Present.Should().Equal(ActionUnit.AU6);
        table[1].ActionUnits!.Present.Should().Equal(ActionUnit.AU6, ActionUnit.AU12);
        FluentActions.Invoking(() => new PredictionTable([read[1], read[0]], Tables.Classes)).Should()
            .NotThrow("just below 0.3 decides 0.1 as 0.5 does");
    }

    [Fact]
    public void Weights_of_the_first_prediction_change_no_other_that_was_read_from_json()
    {
        float[] weights = [1, 4, 1];
        (string, AffectPrediction)[] read =
        [
            .. new[] { 0.1f, 0.3f }.Select((probability, i) => ($"{i}.jpg", Again(
                new() { Expression = new(Tables.Classes, [0.6f, probability, 0.4f - probability], new(weights)) }))),
        ];

        FluentActions.Invoking(() => new PredictionTable(read, Tables.Classes)).Should().Throw<ArgumentException>()
            .WithMessage("The prediction of 1.jpg is wild, and *first prediction it would be calm*expressionWeights*");
        PredictionTable table = new(read, Tables.Classes, expressionWeights: weights);

        (table[0].Expression!.Name, table[1].Expression!.Name).Should().Be(("calm", "wild"));
    }

    [Fact]
    public void A_file_says_what_its_columns_are()
    {
        using TemporaryFolder folder = new();
        PredictionTable table = Tables.Random(1, "v/1.jpg").WithThresholds(Enumerable.Repeat(0.25f, 12));

        table.Save(folder.File("p.csv"));

        File.ReadAllLines(folder.File("p.csv"))[0].Should().StartWith("image,valence,arousal,calm,wild,odd,AU1>0.25,AU2>0.25,").And
            .EndWith(",AU26>0.25");
        PredictionTable.Load(folder.File("p.csv")).Count.Should().Be(1);
    }

    [Fact]
    public void Weights_travel_with_a_table_and_decide() => Gen.Select(Gen.Int, Gen.Float[0.05f, 20].Array[3]).Sample((seed, weights) =>
    {
        PredictionTable plain = Tables.Random(seed, "v/1.jpg", "v/2.jpg", "w/9.jpg");
        PredictionTable tuned = new(
            plain.Images.Select((image, i) => (image, new AffectPrediction
            {
                Expression = new(Tables.Classes, plain[i].Expression!.Probabilities, new(weights, 2)),
                ValenceArousal = plain[i].ValenceArousal,
                ActionUnits = plain[i].ActionUnits,
            })),
            Tables.Classes);
        StringWriter text = new(CultureInfo.InvariantCulture);
        tuned.Write(text);

        PredictionTable read = PredictionTable.Read(new StringReader(text.ToString()));

        foreach (PredictionTable table in new[]
            {
                tuned, read, plain.WithExpressionWeights(weights), tuned.WithThresholds(plain.ActionUnitThresholds),
                tuned.Fill([.. tuned.Images], out _),
            })
        {
            table.ExpressionWeights.Should().Equal(weights);
            table.ExpressionClasses.Should().Be(Tables.Classes);
            table.ToSubmission().Select(row => row.Expression).Should().Equal(Enumerable.Range(0, 3).Select(i =>
                (int?)new ExpressionPrediction(Tables.Classes, plain[i].Expression!.Probabilities, new(weights)).Index));
        }

        TemporalSmoothing.Smooth(tuned, new() { Sigma = 1 }).Predictions.ExpressionWeights.Should().Equal(weights);
        plain.ExpressionWeights.Should().BeEmpty();
    }, iter: 60);

    [Fact]
    public void Classes_that_look_as_if_they_had_weights_keep_their_names()
    {
        ExpressionClassSet awkward = new("a*2", "b*0.5"), half = new("a*2", "b");
        foreach (ExpressionClassSet classes in new[] { awkward, half })
        {
            PredictionTable table = new([("1.jpg", new() { Expression = new(classes, [0.4f, 0.6f]) })], classes);
            StringWriter text = new(CultureInfo.InvariantCulture);
            table.Write(text);

            PredictionTable read = PredictionTable.Read(new StringReader(text.ToString()));

            read.ExpressionClasses.Should().Be(classes);
            read.ToSubmission()[0].Expression.Should().Be(1);
        }

        FluentActions.Invoking(() => Tables.Random(1, "a.jpg").WithExpressionWeights([1, 2])).Should().Throw<ArgumentException>()
            .WithMessage("*3 classes, got 2*");
    }

    [Fact]
    public void Decisions_are_those_of_the_predictions() => Gen.Int.Sample(seed =>
    {
        PredictionTable table = Tables.Random(seed, "a.jpg", "b.jpg", "c.jpg");

        Submission submission = table.ToSubmission();

        for (int i = 0; i < 3; i++)
        {
            AffectPrediction prediction = table[i];
            submission[i].Image.Should().Be(table.Images[i]);
            ((float?)submission[i].Valence, (float?)submission[i].Arousal)
                .Should().Be((prediction.Valence, prediction.Arousal));
            prediction.Expression!.Probabilities[submission[i].Expression!.Value].Should().Be(prediction.Expression.Probabilities.Max());
            Enumerable.Range(0, 12).Select(unit => submission[i].ActionUnits[unit]).Should()
                .Equal(prediction.ActionUnits!.Probabilities.Select((p, unit) => (bool?)(p > table.ActionUnitThresholds[unit])));
        }

        PredictionTable.FromSubmission(submission).ToSubmission().Should().Equal(submission);
    }, iter: 100);

    [Fact]
    public void A_list_is_filled_from_the_nearest_frame_of_the_track()
    {
        PredictionTable table = Tables.Random(1, "v_left/2.jpg", "v_left/6.jpg", "v_right/3.jpg", "other/1.jpg");

        PredictionTable filled = table.Fill(
            ["v_left/1.jpg", "v_left/2.jpg", "v_left/3.jpg", "v_left/4.jpg", "v_left/5.jpg", "v_left/9.jpg",
             "v_right/1.jpg", "gone/1.jpg", "face.jpg"], out var missing);

        missing.Should().Equal(
            "v_left/1.jpg",
            "v_left/3.jpg",
            "v_left/4.jpg",
            "v_left/5.jpg",
            "v_left/9.jpg",
            "v_right/1.jpg",
            "gone/1.jpg",
            "face.jpg");
        float[][] from = Tables.Numbers(table);
        float[][] rows = Tables.Numbers(filled);
        foreach ((int row, int source) in new[] { (0, 0), (1, 0), (2, 0), (3, 0), (4, 1), (5, 1), (6, 2) })
        {
            rows[row].Should().Equal(from[source]);
        }

        float[] mean = [.. Enumerable.Range(0, from[0].Length).Select(column => from.Average(row => row[column]))];
        rows[7].Zip(mean).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-6);
        rows[8].Should().Equal(rows[7]);
        filled.ToSubmission().Count.Should().Be(9);
    }

    [Fact]
    public void Nothing_cannot_fill_a_list()
    {
        Action fill = () => new PredictionTable([], Tables.Classes).Fill(["a.jpg"], out _);

        fill.Should().Throw<ArgumentException>();
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("image,valence,arousal,expression,aus\n", "not that of predictions with probabilities")]
    [InlineData("HEADER\nv/1.jpg,0\n", "line 2: the row has 2 fields, expected 18")]
    [InlineData("HEADER\nv/1.jpg,0,0,1,0,x,0,0,0,0,0,0,0,0,0,0,0,0\n", "line 2: odd is 'x'")]
    [InlineData("HEADER\nv/1.jpg,0,0,1,0,0,0,0,0,0,0,0,0,0,0,0,0,1.5\n", "line 2: AU26>0.5 is 1.5, outside [0, 1]")]
    [InlineData("HEADER\nv/1.jpg,-2,0,1,0,0,0,0,0,0,0,0,0,0,0,0,0,0\n", "line 2: valence is -2, outside [-1, 1]")]
    [InlineData("THRESHOLD", "AU26>1")]
    [InlineData("CLASSES", "repeat")]
    public void Files_that_cannot_be_read_are_named_with_line_and_value(string text, string named)
    {
        StringWriter header = new(CultureInfo.InvariantCulture);
        Tables.Random(1).WithThresholds(Enumerable.Repeat(0.5f, 12)).Write(header);
        string line = header.ToString().TrimEnd();
        text = text.Replace("HEADER", line, StringComparison.Ordinal)
            .Replace("THRESHOLD", line.Replace("AU26>0.5", "AU26>1", StringComparison.Ordinal), StringComparison.Ordinal)
            .Replace("CLASSES", line.Replace("wild", "calm", StringComparison.Ordinal), StringComparison.Ordinal);

        Action read = () => PredictionTable.Read(new StringReader(text), "p.csv");

        AnnotationFormatException fault = read.Should().Throw<AnnotationFormatException>().Which;
        fault.Message.Should().StartWith("p.csv").And.Contain(named).And.NotContain("(Parameter");
        fault.Remedy.Should().Contain("PredictionTable.Save");
    }

    [Fact]
    public void Predictions_that_are_not_whole_are_refused()
    {
        AffectPrediction good = Tables.Prediction(new Random(1));
        AffectPrediction few = new() { Expression = good.Expression, ValenceArousal = good.ValenceArousal };
        AffectPrediction broken = new()
        {
            Expression = good.Expression, ValenceArousal = new(float.NaN, 0), ActionUnits = good.ActionUnits,
        };
        Action task = () => _ = new PredictionTable([("b.jpg", good), ("a.jpg", few)], Tables.Classes);
        Action nothing = () => _ = new PredictionTable([("a.jpg", new())], Tables.Classes);
        Action classes = () => _ = new PredictionTable([("a.jpg", good)], ExpressionClassSet.AffWild2);
        Action turned = () => _ = new PredictionTable([("a.jpg", good)], new ExpressionClassSet("odd", "wild", "calm"));
        Action number = () => _ = new PredictionTable([("a.jpg", broken)], Tables.Classes);
        Action thresholds = () => Tables.Random(1, "a.jpg").WithThresholds([0.5f]);

        task.Should().Throw<ArgumentException>().WithMessage("*a.jpg*other tasks than that of b.jpg*");
        nothing.Should().Throw<ArgumentException>().WithMessage("*a.jpg*none of expression*action units*");
        classes.Should().Throw<ArgumentException>().WithMessage("*a.jpg*calm, wild, odd*Neutral*");
        turned.Should().Throw<ArgumentException>().WithMessage("*a.jpg*calm, wild, odd*odd, wild, calm*");
        number.Should().Throw<ArgumentException>().WithMessage("*a.jpg*NaN*");
        thresholds.Should().Throw<ArgumentException>().WithMessage("*12*");
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("../a.jpg", "'..'")]
    [InlineData("v/../a.jpg", "'..'")]
    [InlineData("a\0.jpg", "NUL")]
    public void Names_that_a_file_of_them_would_not_be_read_with_are_refused(string name, string fault)
    {
        PredictionTable table = Tables.Random(1, "a.jpg");

        FluentActions.Invoking(() => new PredictionTable([("a.jpg", table[0]), (name, table[0])], Tables.Classes)).Should()
            .Throw<ArgumentException>().WithMessage($"Row 1: the image name *{fault}*");
        FluentActions.Invoking(() => table.Fill([name], out _)).Should().Throw<ArgumentException>()
            .WithMessage($"Row 0: the image name *{fault}*");
    }

    private static AffectPrediction Again(AffectPrediction prediction) =>
        JsonSerializer.Deserialize<AffectPrediction>(JsonSerializer.Serialize(prediction))!;
}
