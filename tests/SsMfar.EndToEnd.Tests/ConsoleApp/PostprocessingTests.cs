using System.Text.Json;
using SsMfar.Data;
using SsMfar.Metrics;
using SsMfar.Postprocessing;
using SsMfar.Predictions;
using SsMfar.Submissions;
using SsMfar.Tests.Postprocessing;

namespace SsMfar.Tests.ConsoleApp;

/// <summary><c>smooth</c>, and <c>score</c> with confidence intervals: from files alone.</summary>
public sealed class PostprocessingTests : IDisposable
{
    private const int Rows = 40;

    private static readonly string[] Images = [.. Enumerable.Range(0, Rows)
        .Select(i => $"v{i / 10}{(i % 2 == 0 ? "_left" : "_right")}/{i + (i / 3):D5}.jpg")];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Smoothing_is_the_librarys_and_writes_both_files()
    {
        PredictionTable table = Tables.Random(1, Images);
        table.Save(_folder.File("p.csv"));

        JsonElement printed = await ConsoleProgram.JsonAsync(
            "smooth", "--predictions", _folder.File("p.csv"), "--out", _folder.File("s.txt"), "--sigma", "2.5", "--probabilities", _folder
                .File("s.csv"));

        SmoothedPredictions expected = TemporalSmoothing.Smooth(table, new() { Sigma = 2.5 });
        Tables.Rows(Submission.Load(_folder.File("s.txt"), Tables.Classes)).Should()
            .Equal(Tables.Rows(expected.Predictions.ToSubmission()));
        Tables.Numbers(PredictionTable.Load(_folder.File("s.csv"))).SelectMany(row => row).Should()
            .Equal(Tables.Numbers(expected.Predictions).SelectMany(row => row));
        (await ConsoleProgram.RunAsync(
            "smooth", "--predictions", _folder.File("p.csv"), "--out", _folder.File("s.txt"), "--sigma", "2.5", "--probabilities",
            _folder.File("s.csv"))).Output.Should().Contain($"Wrote {_folder.File("s.txt")} and {_folder.File("s.csv")}.");
        (printed.GetProperty("tracks").GetInt32(), printed.GetProperty("gaps").GetInt32(), printed.GetProperty("missingFrames").GetInt64())
            .Should()
            .Be((8, expected.Gaps, expected.MissingFrames));
        expected.Gaps.Should().BePositive();
    }

    // Opened a second time, a pipe has lost its first line.
    [RequiresTool("bash")]
    public async Task Predictions_come_through_a_shells_pipe_as_from_a_file()
    {
        (string truth, string predictions, _) = Files();
        Tables.Random(1, Images).Save(_folder.File("p.csv"));
        string score = Command("score", "--annotations", truth, "--predictions");
        string smooth = Command("smooth", "--sigma", "2.5", "--out", _folder.File("s.txt"), "--predictions");
        string report = Command("report", "--annotations", truth, "--predictions", predictions, "--out", _folder.File("r"),
            "--bootstrap", "20", "--not-worse-than");

        string[] scripts =
        [
            $"{score} '{predictions}' > '{_folder.File("whole")}'",
            $"{score} <(cat '{predictions}') > '{_folder.File("piped")}'",
            $"{smooth} <(cat '{_folder.File("p.csv")}')",
            $"{report} <(cat '{predictions}')",
            $"! {report} <(cat '{_folder.File("r/report.json")}')",
        ];
        ChildProcess.Outcome outcome = await ChildProcess.RunAsync("bash", ["-c", string.Join(" && ", scripts)]);

        outcome.ExitCode.Should().Be(0, outcome.Everything);
        File.ReadAllText(_folder.File("piped")).Should().Be(File.ReadAllText(_folder.File("whole")));
        outcome.Error.Should().Contain("this is a pipe, and a report is read more than once");

        static string Command(params string[] arguments) =>
            string.Join(' ', new[] { ChildProcess.Dotnet, ConsoleProgram.Path }.Concat(arguments).Select(word => $"'{word}'"));
    }

    [LinuxFact]
    public async Task A_file_that_cannot_be_written_takes_the_other_not_with_it()
    {
        Tables.Random(1, Images).Save(_folder.File("p.csv"));

        ChildProcess.Outcome outcome = await ConsoleProgram.RunAsync(
            "smooth", "--predictions", _folder.File("p.csv"), "--out", "/dev/full", "--sigma", "2.5", "--probabilities",
            _folder.File("s.csv"));

        outcome.ExitCode.Should().Be(2, outcome.Everything);
        outcome.Error.Should().ContainAll("--out '/dev/full' cannot be written", "are kept in");
        PredictionTable.Load(_folder.File("s.csv")).Count.Should().Be(Images.Length);
    }

    [Fact]
    public async Task Decisions_of_a_submission_vote()
    {
        SubmissionRow Frame(int i, int expression, double valence) =>
            new($"v/{i}.jpg", valence, 0, expression, ActionUnitLabels.From([.. Enumerable.Repeat((bool?)(expression == 1), 12)]));
        new Submission([Frame(1, 0, 0.5), Frame(2, 1, 0.5), Frame(3, 0, 0.5)]).Save(_folder.File("p.txt"));

        ChildProcess.Outcome outcome = await ConsoleProgram.RunAsync(
            "smooth", "--predictions", _folder.File("p.txt"), "--out", _folder.File("s.txt"), "--sigma", "3");

        outcome.ExitCode.Should().Be(0, outcome.Everything);
        outcome.Error.Should().Contain("vote");
        Submission smoothed = Submission.Load(_folder.File("s.txt"));
        smoothed.Select(row => (row.Expression, row.Valence, row.ActionUnits[0])).Should().AllBeEquivalentTo((0, 0.5, (bool?)false));
    }

    [Theory]
    [InlineData("--sigma", "smooth", "--predictions", "p.csv", "--out", "s.txt")]
    [InlineData("--sigma '0'", "smooth", "--predictions", "p.csv", "--out", "s.txt", "--sigma", "0")]
    [InlineData("gone.csv", "smooth", "--predictions", "gone.csv", "--out", "s.txt", "--sigma", "2")]
    public async Task Options_of_smooth_that_cannot_be_used_are_named(string named, params string[] arguments)
    {
        (await ConsoleProgram.RefusalAsync(arguments)).Should().Contain(named);
    }

    [Fact]
    public async Task Images_that_are_no_frames_are_refused()
    {
        Tables.Random(1, "ada.jpg", "grace.jpg").Save(_folder.File("p.csv"));

        (await ConsoleProgram.RefusalAsync(
            "smooth",
            "--predictions",
            _folder.File("p.csv"),
            "--out",
            _folder.File("s.txt"),
            "--sigma",
            "2"))
            .Should().Contain("p.csv").And.Contain("00001.jpg");
        File.Exists(_folder.File("s.txt")).Should().BeFalse();
    }

    [Fact]
    public async Task Scores_come_with_intervals_and_the_contracts_words_stay()
    {
        (string truth, string predictions, _) = Files();
        JsonElement plain = await ConsoleProgram.JsonAsync("score", "--annotations", truth, "--predictions", predictions);

        JsonElement printed = await ConsoleProgram.JsonAsync(
            "score",
            "--annotations",
            truth,
            "--predictions",
            predictions,
            "--bootstrap",
            "200",
            "--seed",
            "4");

        plain.EnumerateObject().Select(part => part.Name).Should()
            .Equal("expressionClasses", "actionUnitNames", "expression", "actionUnits", "valenceArousal", "pMtl");
        printed.EnumerateObject().Select(part => part.Name).Should()
            .Equal([.. plain.EnumerateObject().Select(part => part.Name), "bootstrap"]);
        plain.EnumerateObject().Should().OnlyContain(part => JsonElement.DeepEquals(part.Value, printed.GetProperty(part.Name)));
        AffectScoreIntervals expected = Bootstrap.Score(
            AnnotationSet.Load(truth),
            Submission.Load(predictions),
            new() { Resamples = 200, Seed = 4 });
        JsonElement intervals = printed.GetProperty("bootstrap");
        Interval(intervals.GetProperty("pMtl")).Should().Be(expected.PMtl);
        Interval(intervals.GetProperty("expression").GetProperty("macroF1")).Should().Be(expected.ExpressionMacroF1);
        intervals.GetProperty("actionUnits").GetProperty("f1").EnumerateArray().Select(Interval).Should().Equal(expected.ActionUnitF1);
        intervals.GetProperty("valenceArousal").GetProperty("ccc").EnumerateArray().Select(Interval).Should()
            .Equal(expected.Valence, expected.Arousal);
        (intervals.GetProperty("groupBy").GetString(), intervals.GetProperty("groups").GetInt32()).Should().Be(("rows", Rows));
    }

    [Fact]
    public async Task Two_predictions_are_compared_on_the_same_draws()
    {
        (string truth, string predictions, string other) = Files();

        JsonElement printed = await ConsoleProgram.JsonAsync(
            "score", "--annotations", truth, "--predictions", predictions, "--against", other, "--group-by", "videos", "--level", "0.9");
        ChildProcess.Outcome text = await ConsoleProgram.RunAsync(
            "score",
            "--annotations",
            truth,
            "--predictions",
            predictions,
            "--against",
            other);

        AffectScoreIntervals expected = Bootstrap.Compare(
            AnnotationSet.Load(truth), Submission.Load(predictions), Submission.Load(other), new() {
                GroupBy = ImageGroups.Video,
                Level = 0.9 });
        Interval(printed.GetProperty("difference").GetProperty("expression").GetProperty("macroF1")).Should()
            .Be(expected.ExpressionMacroF1);
        expected.ExpressionMacroF1!.Value.ExcludesZero.Should().BeTrue("the others are drawn by chance");
        (printed.GetProperty("difference").GetProperty("groups").GetInt32(), printed.GetProperty("bootstrap").GetProperty("resamples")
            .GetInt32()).Should().Be((4, 1000));
        (printed.GetProperty("pMtl").GetDouble() - printed.GetProperty("against").GetProperty("pMtl").GetDouble()).Should()
            .BeApproximately(expected.PMtl!.Value.Value, 1e-12);
        text.ExitCode.Should().Be(0, text.Everything);
        text.Output.Should().ContainAll("95% interval", "less the scores of", "*");
    }

    [Fact]
    public async Task Predictions_that_do_not_match_and_groups_that_are_one_are_refused()
    {
        (string truth, string predictions, _) = Files();
        Submission all = Submission.Load(predictions);
        new Submission(all.Skip(1)).Save(_folder.File("short.txt"));
        AnnotationSet one = new(AnnotationSet.Load(truth).Take(5));
        one.Save(_folder.File("one.txt"));
        new Submission(all.Take(5)).Save(_folder.File("one-predicted.txt"));

        (await ConsoleProgram.RefusalAsync(
            "score",
            "--annotations",
            truth,
            "--predictions",
            predictions,
            "--against",
            _folder.File("short.txt")))
            .Should().ContainAll("short.txt", "missing", Images[0]);
        (await ConsoleProgram.RefusalAsync(
            "score", "--annotations", _folder.File("one.txt"), "--predictions",
            _folder.File("one-predicted.txt"), "--bootstrap", "100", "--group-by", "videos"))
            .Should().Contain("--group-by videos");
    }

    [Theory]
    [InlineData("--group-by", "videos")]
    [InlineData("--level", "0.9")]
    [InlineData("--seed", "1")]
    public async Task What_shapes_intervals_is_refused_where_none_are_asked_for(string option, string value)
    {
        (string truth, string predictions, _) = Files();

        (await ConsoleProgram.RefusalAsync("score", "--annotations", truth, "--predictions", predictions, option, value))
            .Should().ContainAll(option, "--bootstrap");
    }

    [Fact]
    public async Task Classes_that_are_not_those_of_the_probabilities_are_refused()
    {
        Tables.Random(1, Images).Save(_folder.File("p.csv"));

        (await ConsoleProgram.RefusalAsync(
            "smooth", "--predictions", _folder.File("p.csv"), "--out", _folder.File("s.txt"), "--sigma", "2", "--classes", "Calm,Angry"))
            .Should().ContainAll("p.csv", "its classes are", "--classes", "Calm", "Leave --classes out");
        File.Exists(_folder.File("s.txt")).Should().BeFalse();
        await ConsoleProgram.JsonAsync(
            "smooth", "--predictions", _folder.File("p.csv"), "--out", _folder.File("s.txt"), "--sigma", "2", "--classes",
            string.Join(',', Tables.Classes.Names));
    }

    [Fact]
    public async Task Units_without_expressions_are_judged_against_labels_of_any_classes()
    {
        Random random = new(2);
        AnnotationSet truth = new(
            Images.Select((image, i) => new AnnotationRow(
                image, null, i % 2, ActionUnitLabels.From([.. Enumerable.Range(0, 12).Select(_ => (bool?)(random.Next(2) == 1))]))),
            new("Calm", "Tense"));
        truth.Save(_folder.File("own.txt"), AnnotationFileLayout.Compact);
        PredictionTable units = new(
            truth.Select(row => (row.Image, new AffectPrediction
            {
                ActionUnits = new([.. Enumerable.Range(0, 12).Select(unit => row.ActionUnits[unit] == true ? 0.9f : 0.1f)]),
            })),
            ExpressionClassSet.AffWild2);
        units.Save(_folder.File("units.csv"));
        Tables.Random(1, Images).Save(_folder.File("all.csv"));

        JsonElement scores = await ConsoleProgram.JsonAsync(
            "score", "--annotations", _folder.File("own.txt"), "--predictions", _folder.File("units.csv"), "--bootstrap", "20");

        scores.GetProperty("actionUnits").GetProperty("meanF1").GetDouble().Should().Be(1);
        scores.GetProperty("expression").GetProperty("f1").GetArrayLength().Should().Be(2);
        ChildProcess.Outcome audited = await ConsoleProgram.RunAsync(
            "audit", "--annotations", _folder.File("own.txt"), "--predictions", _folder.File("units.csv"), "--out", _folder.File("audit"));
        audited.ExitCode.Should().Be(0, audited.Everything);
        (await ConsoleProgram.RefusalAsync(
            "score", "--annotations", _folder.File("own.txt"), "--predictions", _folder.File("all.csv"))).Should()
            .ContainAll("all.csv", "its classes are calm", "Calm, Tense", "where the labels' file has no #classes line", "--classes");
    }

    [Fact]
    public async Task Probabilities_after_a_blank_line_are_no_submission()
    {
        Tables.Random(1, Images).Save(_folder.File("p.csv"));
        string text = await File.ReadAllTextAsync(_folder.File("p.csv"));
        await File.WriteAllTextAsync(_folder.File("blank.csv"), "\n \n" + text);

        foreach (string file in new[] { "p", "blank" })
        {
            await ConsoleProgram.JsonAsync(
                "smooth", "--predictions", _folder.File($"{file}.csv"), "--out", _folder.File($"{file}.txt"), "--sigma", "2");
        }

        (await File.ReadAllTextAsync(_folder.File("blank.txt"))).Should().Be(await File.ReadAllTextAsync(_folder.File("p.txt")));
    }

    [Fact]
    public async Task Filling_is_refused_where_no_row_is_written()
    {
        (await ConsoleProgram.RefusalAsync(
            "predict", "--model", "m", "--images", "photos", "--on-bad-image", "fill", "--json")).Should()
            .ContainAll("--on-bad-image fill", "--out FILE", "--probabilities FILE");
    }

    [Fact]
    public async Task One_file_cannot_hold_two_results()
    {
        Tables.Random(1, Images).Save(_folder.File("p.csv"));
        byte[] before = await File.ReadAllBytesAsync(_folder.File("p.csv"));

        foreach (string[] files in new[] {
            ["--out", _folder.File("p.csv")],
            new[] { "--out", _folder.File("s.txt"), "--probabilities", _folder.File("s.txt") } })
        {
            (await ConsoleProgram.RefusalAsync(["smooth", "--predictions", _folder.File("p.csv"), "--sigma", "2", .. files])).Should()
                .ContainAll("--out", "same file");
        }

        (await File.ReadAllBytesAsync(_folder.File("p.csv"))).Should().Equal(before);
    }

    private static ScoreInterval? Interval(JsonElement element) => element.ValueKind == JsonValueKind.Null
        ? null
        : new(element.GetProperty("value").GetDouble(), element.GetProperty("low").GetDouble(), element.GetProperty("high").GetDouble());

    // Labels, predictions that are mostly right, and predictions by chance.
    private (string Truth, string Good, string Chance) Files()
    {
        Random random = new(1);
        ActionUnitLabels Units() => ActionUnitLabels.From([.. Enumerable.Range(0, 12).Select(_ => (bool?)(random.Next(2) == 1))]);
        AnnotationSet truth = new(
            Images.Select((image, i) => new AnnotationRow(image, new(random.NextSingle(), random.NextSingle()), i % 8, Units())));
        truth.Save(_folder.File("truth.txt"));
        new Submission(truth.Select((row, i) => new SubmissionRow(
            row.Image,
            row.ValenceArousal!.Value.Valence,
            random.NextDouble(),
            i % 9 == 0 ? 0 : row.Expression!.Value,
            row.ActionUnits)))
            .Save(_folder.File("good.txt"));
        new Submission(
            truth.Select(row => new SubmissionRow(row.Image, random.NextDouble(), random.NextDouble(), random.Next(8), Units())))
            .Save(_folder.File("chance.txt"));
        return (_folder.File("truth.txt"), _folder.File("good.txt"), _folder.File("chance.txt"));
    }
}
