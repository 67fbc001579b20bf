using System.Text;
using System.Text.Json;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Metrics;
using SsMfar.Postprocessing;
using SsMfar.Predictions;
using SsMfar.Reports;
using SsMfar.Submissions;
using SsMfar.Tests.Metrics;

namespace SsMfar.Tests;

/// <summary>A report's page and document, against the scores that they are of.</summary>
public sealed class AffectReportTests : IDisposable
{
    private static readonly BootstrapOptions Quick = new() { Resamples = 50 };

    private static readonly (AnnotationSet Truth, Submission Predictions) Faces = GroupedFaces.Draw(1, 300, 0.8, 0.5);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_page_stands_alone_and_shows_the_scores_with_their_intervals()
    {
        AffectReport report = AffectReport.Create(Faces.Truth, Faces.Predictions, Full());
        report.Save(_folder.Path);

        ReportDocument page = await ReportDocument.LoadAsync(_folder.File("report.html"));

        page.ShouldStandAlone();
        page.Heading.Should().Be("Of <groups>");
        page.Values(".tile .value").Should().Equal(
            Number(report.Scores.Expression!.MacroF1), Number(report.Scores.ActionUnits!.MeanF1),
            Number(report.Scores.ValenceArousal!.Mean), Number(report.Scores.PMtl!.Value));
        page.Values(".tile .floor").First().Should().Be(Ends(report.Intervals.ExpressionMacroF1!.Value));
        string[][] classes = page.Section("Expressions").Tables[0];
        classes.Should().HaveCount(9);
        classes[1][0].Should().Be("Neutral");
        classes[1][5..].Should().Equal(Number(report.Scores.Expression.F1[0]), Ends(report.Intervals.ExpressionF1[0]!.Value));
        page.Section("Action units").Tables[0].Should().HaveCount(13);
        page.Section("Valence and arousal").Text.Should()
            .Contain($"CCC {Number(report.Scores.ValenceArousal.Valence!.Value)}, 95% interval");
        page.Section("How it learned").Charts.Should().ContainSingle();
        page.Text.Should().Contain("Remark & more.");
    }

    [Fact]
    public async Task The_confusion_has_counts()
    {
        AffectReport report = AffectReport.Create(Faces.Truth, Faces.Predictions, new() { Bootstrap = Quick });
        report.Save(_folder.Path);

        string[][] cells = (await ReportDocument.LoadAsync(_folder.File("report.html"))).Section("Expressions", "Taken for each other")
            .Tables[0];

        report.Confusion.Total.Should().Be(600);
        for (int truth = 0; truth < 8; truth++)
        {
            cells[truth + 1][1..].Should().Equal(Enumerable.Range(0, 8).Select(read => $"{report.Confusion[truth, read]}"));
        }
    }

    [Fact]
    public async Task Groups_and_the_gate_are_on_the_page_and_in_the_document()
    {
        AffectReport report = AffectReport.Create(Faces.Truth, Faces.Predictions, Full());
        report.Save(_folder.Path);

        ReportDocument page = await ReportDocument.LoadAsync(_folder.File("report.html"));
        JsonElement json = Json();

        page.Section("Not worse than <old>.txt").Tables[0].Should().HaveCount(4);
        string[][] groups = page.Section("Groups", "group").Tables[0];
        groups.Should().HaveCount(7);
        groups.Single(row => row[0] == "group 1" && row[1] == "expression, F1")[^1].Should().Be("read worse");
        JsonElement column = json.GetProperty("subgroups")[0];
        column.GetProperty("column").GetString().Should().Be("group");
        JsonElement worst = column.GetProperty("worst").GetProperty("expression");
        worst.GetProperty("group").GetString().Should().Be("group 1");
        worst.GetProperty("gap").GetProperty("low").GetDouble().Should().BePositive();
        worst.GetProperty("found").GetBoolean().Should().BeTrue();
        column.GetProperty("groups")[0].GetProperty("valenceArousal").GetProperty("labels").GetInt32().Should().Be(300);
        json.GetProperty("notWorse").GetProperty("isWorse").GetBoolean().Should().BeFalse();
    }

    [Fact]
    public async Task Labels_of_some_of_a_models_units_have_their_own_calibration_and_valence_alone_its_own_plot()
    {
        ActionUnitSet few = ActionUnitSet.Parse("AU1", "AU2", "AU4", "AU6", "AU12", "AU15", "AU25", "AU26");
        AnnotationSet truth = AnnotationSet.Read(new StringReader(
            $"image,valence,{string.Join(',', few.Names)}\n" +
            string.Concat(Enumerable.Range(0, 8).Select(i => $"{i}.jpg,{(i - 4) / 8.0:R},1,1,1,1,1,1,1,1\n"))));
        (string Image, AffectPrediction Prediction)[] read =
        [
            .. Enumerable.Range(0, 8).Select(i => ($"{i}.jpg", new AffectPrediction
            {
                ValenceArousal = new(((i - 4) / 8f) - (i == 6 ? 0.25f : 0), 0.5f),
                ActionUnits = new(
                    [.. Enumerable.Range(0, 12).Select(unit => 0.5f + (unit / 25f))], [.. Enumerable.Repeat(0.5f, 12)]),
            })),
        ];
        AffectReport report = AffectReport.Create(
            truth, new PredictionTable(read, ExpressionClassSet.AffWild2), new() { Bootstrap = Quick });
        report.Save(_folder.Path);

        ReportDocument page = await ReportDocument.LoadAsync(_folder.File("report.html"));
        JsonElement json = Json();

        page.ShouldStandAlone();
        string[] expected = [.. few.Units.Select(unit => Number(0.5 - (ActionUnits.IndexOf(unit) / 25.0)))];
        page.Section("Action units").Tables[0].Skip(1).Select(row => row[^1]).Should().Equal(expected);
        json.GetProperty("actionUnitNames").GetArrayLength().Should().Be(8);
        json.GetProperty("calibration").GetProperty("actionUnits").GetProperty("expectedCalibrationErrors").EnumerateArray()
            .Select(error => Number(error.GetDouble())).Should().Equal(expected);
        page.Section("Valence and arousal").Text.Should().Contain("Valence: CCC 0.9").And.NotContain("Arousal: CCC");
        json.GetProperty("mistakes").GetProperty("valenceArousal")[0].GetProperty("amount").GetDouble()
            .Should().BeApproximately(0.25, 1e-6);
        page.Section("Read worst", "Valence and arousal").Text.Should().Contain("valence +0.25").And.Contain("valence 0.00")
            .And.NotContain("arousal +");
        json.GetProperty("labels").GetProperty("valenceArousal").GetInt32().Should().Be(8);
    }

    [Fact]
    public async Task Without_probabilities_nothing_is_said_of_how_improbable_a_label_was()
    {
        AffectReport.Create(Faces.Truth, Faces.Predictions, new() { Bootstrap = Quick }).Save(_folder.Path);

        ReportDocument page = await ReportDocument.LoadAsync(_folder.File("report.html"));

        page.Section("Read worst", "Expressions").Text.Should().Contain("in the order of the rows").And.NotContain("(1)");
        Json().GetProperty("mistakes").GetProperty("expression")[0].GetProperty("amount").ValueKind.Should().Be(JsonValueKind.Null);
    }

    [Fact]
    public void The_document_has_the_scores_and_can_be_read_back_as_what_must_be_reached()
    {
        AffectReport report = AffectReport.Create(Faces.Truth, Faces.Predictions, new() { Bootstrap = Quick });
        report.Save(_folder.Path);

        JsonElement json = Json();
        Submission back = AffectReport.ReadPredictions(_folder.File("report.json"), Faces.Truth.ExpressionClasses);

        json.GetProperty("pMtl").GetDouble().Should().Be(report.Scores.PMtl);
        json.GetProperty("bootstrap").GetProperty("pMtl").GetProperty("low").GetDouble().Should().Be(report.Intervals.PMtl!.Value.Low);
        json.GetProperty("rows").GetInt32().Should().Be(600);
        json.GetProperty("subgroups").GetArrayLength().Should().Be(0);
        json.GetProperty("notWorse").ValueKind.Should().Be(JsonValueKind.Null);
        json.GetProperty("confusion")[2][2].GetInt64().Should().Be(report.Confusion[2, 2]);
        JsonElement unit = json.GetProperty("units")[3];
        new[] { "truePositives", "falsePositives", "falseNegatives", "trueNegatives" }.Sum(name => unit.GetProperty(name).GetInt32())
            .Should().Be(600);
        AffectReport again = AffectReport.Create(
            Faces.Truth, Faces.Predictions, new() { Bootstrap = Quick, NotWorseThan = back, Margin = 0 });
        again.Gate!.IsWorse.Should().BeFalse();
        again.Gate.Tasks.Should().HaveCount(3).And.OnlyContain(task => Math.Abs(task.Difference!.Value.Low) < 1e-6);
    }

    [Fact]
    public void Reports_and_histories_are_read_as_editors_save_them()
    {
        AffectReport.Create(Faces.Truth, Faces.Predictions, new() { Bootstrap = Quick }).Save(_folder.Path);
        File.WriteAllText(_folder.File("report.json"), File.ReadAllText(_folder.File("report.json")), Encoding.UTF8); // with a mark
        File.WriteAllText(_folder.File("history.json"), """[{"losses":{"total":2.5},"score":0.5}]""", Encoding.UTF8);

        File.ReadAllBytes(_folder.File("history.json"))[0].Should().Be(Encoding.UTF8.Preamble[0]);
        AffectReport.ReadPredictions(_folder.File("report.json"), Faces.Truth.ExpressionClasses).Count.Should().Be(600);
        AffectReport.ReadCardEvaluation(_folder.File("report.json")).Rows.Should().Be(600);
        LearningCurves.ReadHistory(_folder.File("history.json")).Should().HaveCount(2);
    }

    [Fact]
    public void A_file_that_is_no_report_or_of_other_classes_is_refused_by_its_name()
    {
        File.WriteAllText(_folder.File("a.json"), "{ \"pMtl\": 1 }");
        File.WriteAllText(_folder.File("b.json"), "nonsense");
        AffectReport.Create(Faces.Truth, Faces.Predictions, new() { Bootstrap = Quick }).Save(_folder.Path);

        foreach ((string name, ExpressionClassSet classes, string says) in new[]
        {
            ("a.json", ExpressionClassSet.AffWild2, "is no report"), ("b.json", ExpressionClassSet.AffWild2, "is no report"),
            ("report.json", new ExpressionClassSet("calm", "wild"), "its classes are Neutral"),
        })
        {
            FluentActions.Invoking(() => AffectReport.ReadPredictions(_folder.File(name), classes)).Should().Throw<InvalidDataException>()
                .WithMessage($"*{name}*{says}*");
        }
    }

    [Fact]
    public async Task Probabilities_add_reliability_and_order_the_mistakes_shown_as_faces()
    {
        ExpressionClassSet classes = new("calm", "wild");
        string[] images = ["a/0.jpg", "a/1.jpg", "a/2.jpg", "a/3.jpg"];
        Directory.CreateDirectory(_folder.File("a"));
        foreach (string image in images)
        {
            File.WriteAllBytes(_folder.File(image), TestImages.Jpeg(200, 100));
        }

        AnnotationSet truth = new(images.Select(image => new AnnotationRow(image, null, 0, ActionUnitLabels.Unknown)), classes);
        float[] right = [0.9f, 0.4f, 0.1f, 0.3f];
        PredictionTable table = new(
            images.Zip(right, (image, p) => (image, new AffectPrediction { Expression = new(classes, [p, 1 - p]) })), classes);
        using FolderImageSource source = new(_folder.Path);

        AffectReport report = AffectReport.Create(truth, table, new() { Bootstrap = Quick, Images = source, HardestFaces = 2 });
        report.Save(_folder.Path);
        ReportDocument page = await ReportDocument.LoadAsync(_folder.File("report.html"));

        report.Calibration!.Expression!.ExpectedCalibrationError.Should().BePositive();
        page.ShouldStandAlone();
        page.Pictures.Should().Be(2);
        page.Values(".face small").Should().Equal("a/2.jpg", "a/3.jpg");
        page.Sections.Should().Equal("Expressions", "How far probabilities can be believed", "Read worst");
        page.Section("How far probabilities can be believed").Text.Should()
            .Contain($"ECE {Number(report.Calibration.Expression.ExpectedCalibrationError)}");
        Json().GetProperty("calibration").GetProperty("expression").GetProperty("labels").GetInt32().Should().Be(4);
        Json().GetProperty("mistakes").GetProperty("expression")[0].GetProperty("image").GetString().Should().Be("a/2.jpg");
    }

    [Fact]
    public void Learning_curves_are_read_from_the_history_of_a_run()
    {
        File.WriteAllText(
            _folder.File("history.json"),
            """
            [{"epoch":1,"losses":{"total":2.5},"score":null,"tasks":null},
             {"epoch":2,"losses":{"total":1.5},"score":0.9,"tasks":{"valence_arousal":{"ccc.valence":0.4,"ccc.arousal":0.6}}}]
            """);

        var figures = LearningCurves.ReadHistory(_folder.File("history.json"));

        figures.Select(figure => string.Join(", ", figure.Curves.Select(curve => curve.Name))).Should()
            .Equal("valence and arousal, mean CCC", "score", "total");
        figures[0].Curves[0].Values.Should().Equal(null, 0.5);
        figures[2].Curves[0].Values.Should().Equal(2.5, 1.5);
        File.WriteAllText(_folder.File("other.json"), "{}");
        FluentActions.Invoking(() => LearningCurves.ReadHistory(_folder.File("other.json"))).Should().Throw<InvalidDataException>()
            .WithMessage("*other.json is not the history of a run*");
    }

    [Fact]
    public async Task A_group_is_named_in_the_task_that_it_was_not_compared_in()
    {
        AnnotationSet truth = new(
            Faces.Truth.Select(row => row.Text.Span[0] == "group 1" ? row with { ValenceArousal = null } : row),
            Faces.Truth.ExpressionClasses, textColumns: ["group"]);
        AffectReport report = AffectReport.Create(truth, Faces.Predictions, Full());
        AffectReportOptions most = Full();
        most.SubgroupRules = new() { MinimumLabels = 301 };
        report.Save(_folder.Path);

        (await ReportDocument.LoadAsync(_folder.File("report.html"))).Section("Groups", "group").Text.Should()
            .Contain("too few or all alike: valence and arousal, CCC: group 0 (300), group 1 (300).")
            .And.NotContain("alike: expression");
        AffectReport.Create(truth, Faces.Predictions, most).Save(_folder.File("most"));
        (await ReportDocument.LoadAsync(_folder.File("most/report.html"))).Section("Groups", "group").Text.Should()
            .Contain("too few or all alike: group 0 (300), group 1 (300).");
    }

    [Fact]
    public void Every_resample_is_counted()
    {
        Counter counter = new();

        AffectReport.Create(Faces.Truth, Faces.Predictions, Full(), counter);

        counter.Most.Should().Be(150, "scores, groups and the gate draw 50 times each");
    }

    private static AffectReportOptions Full() => new()
    {
        Title = "Of <groups>",
        Bootstrap = Quick,
        Subgroups = ["group"],
        SubgroupRules = new() { FalseAlarmRate = 0.05 },
        NotWorseThan = Faces.Predictions,
        NotWorseThanName = "<old>.txt",
        LearningCurves = [new("Losses", [("total", [2, null, 1.5])])],
        Remarks = ["Remark & more."],
    };

    private JsonElement Json() => JsonDocument.Parse(File.ReadAllBytes(_folder.File("report.json"))).RootElement;

    private static string Number(double value) => FormattableString.Invariant($"{value:F3}");

    private static string Ends(ScoreInterval interval) => $"{Number(interval.Low)} to {Number(interval.High)}";

    private sealed class Counter : IProgress<int>
    {
        private int _most;

        public int Most => _most;

        public void Report(int value)
        {
            lock (this)
            {
                _most = Math.Max(_most, value);
            }
        }
    }
}
