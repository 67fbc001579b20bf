using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using SsMfar.Models;
using SsMfar.RenderedFaces;
using TorchSharp;

namespace SsMfar.Tests.ConsoleApp;

/// <summary>The search for settings from the shell: what it leaves, and that it comes to the same however often it is ended.</summary>
public sealed class SearchTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public SearchTests() =>
        RenderedFaceSet.Write(_folder.File("faces"), new() { TrainingCount = 64, ValidationCount = 32, Size = 32 }, null, default);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_search_killed_and_interrupted_comes_to_what_one_in_one_go_does()
    {
        string space = Space("Optimizer.HeadLearningRate = log 1e-4..1e-2\nrecipe = published, recommended\nHeads.Dropout = 0, 0.3");
        JsonElement whole = await ConsoleProgram.JsonAsync(Arguments("whole", space));

        (int Epochs, int Candidates)[] rungs =
        [
            .. whole.GetProperty("rungs").EnumerateArray()
                .Select(rung => (rung.GetProperty("epochs").GetInt32(), rung.GetProperty("candidates").GetInt32())),
        ];
        rungs.Should().Equal((1, 5), (3, 1));
        whole.GetProperty("cost").GetDouble().Should().BeApproximately(7.0 / 3, 1e-12).And.BeLessThanOrEqualTo(2.5);
        JsonElement[] candidates = [.. whole.GetProperty("candidates").EnumerateArray()];
        candidates.Should().HaveCount(5);
        candidates.Should().ContainSingle(one => one.GetProperty("candidate").GetInt32() == 0)
            .Which.GetProperty("settings").EnumerateObject().Should().BeEmpty();
        candidates[0].GetProperty("epochs").GetInt32().Should().Be(3);
        candidates[0].GetProperty("scores")[0].GetDouble().Should().Be(
            candidates.Max(one => one.GetProperty("scores")[0].GetDouble()), "the best of the first rung went on");

        string output = _folder.File("ended");

        // What a process leaves that is killed while it writes its first file: no search.
        Directory.CreateDirectory(output);
        await File.WriteAllTextAsync(Path.Combine(output, ".search-start.json.0123.tmp"), "{");
        (await ConsoleProgram.KillAsync("[rung 1/2] candidate 2 ", Arguments("ended", space))).ExitCode.Should().Be(137);
        ChildProcess.Outcome interrupted = await ConsoleProgram.InterruptAsync(
            "[rung 1/2] candidate 4 ", Arguments("ended", space, "--resume"));
        interrupted.ExitCode.Should().Be(130, interrupted.Everything);
        interrupted.Error.Split('\n')[^1].Should().Contain("--resume");
        File.Exists(Path.Combine(output, "table.txt")).Should().BeFalse();
        (await ConsoleProgram.KillAsync("[rung 2/2]", Arguments("ended", space, "--resume"))).ExitCode.Should().Be(137);
        await ShouldTidyAsync(output, space);
        JsonElement resumed = await ConsoleProgram.JsonAsync(Arguments("ended", space, "--resume"));

        JsonElement.DeepEquals(resumed, whole).Should().BeTrue();
        foreach (string file in (string[])["table.txt", "table.csv", "search.json", "report.html", "best.txt", "model.safetensors"])
        {
            (await File.ReadAllBytesAsync(Path.Combine(output, file))).Should()
                .Equal(await File.ReadAllBytesAsync(Path.Combine(_folder.File("whole"), file)), file);
        }

        Directory.EnumerateDirectories(output, "checkpoints", SearchOption.AllDirectories).Should().BeEmpty("all of it is done");
        await ShouldRepeatAsync(whole);
        await ShouldShowAsync(whole);
        await ShouldGoOnAsync(whole, space);
    }

    [Theory]
    [InlineData("Heads.Dropout = 0, 1.5", "line 1", "Heads.Dropout = 1.5", "Dropout")]
    [InlineData("Heads.Width = 1, 2", "line 1", "there is no setting 'Heads.Width'", "recipe")]
    [InlineData("# one\nOptimizer.Kind = Adam, Sgd", "line 2", "'Sgd' is no value", "Optimizer.Kind")]
    [InlineData("recipe = published, secret", "line 1", "secret", "recommended")]
    [InlineData("Epochs = 1, 2", "line 1", "'Epochs'", "rungs")]
    [InlineData("Seed = 1, 2", "line 1", "--seeds", "Seed = 1")]
    [InlineData("Heads.Dropout = 0", "line 1", "nothing to choose among", "two values")]
    [InlineData("LabelSmoothing = 0, 0.1", "line 1", "in --set too", "LabelSmoothing")]
    [InlineData("variant = mfar, ssp-mfar", "line 1", "AffectNet", "--weights")]
    public async Task A_bad_line_is_refused_before_anything_is_run(string text, params string[] named)
    {
        string space = Space(text);

        (await ConsoleProgram.RefusalAsync([.. Arguments("refused", space), "--set", "LabelSmoothing=0.2"])).Should()
            .ContainAll([space, .. named]);
        Directory.Exists(_folder.File("refused")).Should().BeFalse();
    }

    [Fact]
    public async Task What_does_not_go_together_is_refused()
    {
        string space = Space("ExpressionLoss.Consistency = 0.1, 0.2");

        (await ConsoleProgram.RefusalAsync([.. Arguments("refused", space), "--variant", "mfar"])).Should()
            .ContainAll("line 1", "no candidate has a use for ExpressionLoss.Consistency");
        (await ConsoleProgram.RefusalAsync(
            [.. Arguments("refused", Space("Heads.Dropout = 0, 0.3")), "--variant", "mfar", "--set", "ExpressionLoss.Consistency=0.5"]))
            .Should().ContainAll("--set ExpressionLoss.Consistency", "no candidate has a use for this");
        Space("ExpressionLoss.Consistency = 0.1, 0.2");
        (await ConsoleProgram.RefusalAsync([.. Arguments("refused", space), "--set", "Epochs=4"])).Should()
            .ContainAll("Epochs", "--epochs");
        (await ConsoleProgram.RefusalAsync([.. Arguments("refused", space), "--seeds", "1,2,3"])).Should()
            .ContainAll("--budget", "3 full runs");
        (await ConsoleProgram.RefusalAsync([.. Arguments("refused", space), "--least-epochs", "4"])).Should()
            .ContainAll("--least-epochs", "3");
        Directory.Exists(_folder.File("refused")).Should().BeFalse();
    }

    [Fact]
    public async Task A_search_whose_full_runs_all_failed_says_so_and_keeps_no_earlier_best()
    {
        string[] arguments = Small("failed", Space("Heads.Dropout = 0, 0.3"));
        arguments[Array.IndexOf(arguments, "--budget") + 1] = "1.7";
        JsonElement whole = await ConsoleProgram.JsonAsync(arguments);
        string best = Path.Combine(_folder.File("failed"), "best.txt"), model = Path.Combine(_folder.File("failed"), "model.safetensors");
        (File.Exists(best) && File.Exists(model)).Should().BeTrue();
        string trials = Path.Combine(
            _folder.File("failed"), "runs", $"candidate-{whole.GetProperty("best").GetInt32():D3}", "seed-1", "trials.json");
        JsonArray own = JsonNode.Parse(await File.ReadAllBytesAsync(trials))!.AsArray();
        JsonNode last = own.Single(trial => trial!["epochs"]!.GetValue<int>() == 3)!;
        (last["score"], last["failure"]) = (null, "the loss is not a number");
        await File.WriteAllTextAsync(trials, own.ToJsonString());

        ChildProcess.Outcome again = await ConsoleProgram.RunAsync([.. arguments, "--resume"]);

        again.ExitCode.Should().Be(1, again.Everything);
        again.Output.Should().Contain("No candidate came through 3 epochs").And.NotContain("best:");
        (File.Exists(best) || File.Exists(model)).Should().BeFalse();
    }

    [Fact]
    public async Task A_candidate_that_diverges_is_told_in_the_words_of_the_console()
    {
        string weights = ScaledWeights.Write(_folder.File("broken.safetensors"), 18, scale: 1e38);
        string[] arguments = Arguments("diverged", Space("Heads.Dropout = 0, 0.3"), "--weights", weights);
        arguments[Array.IndexOf(arguments, "--budget") + 1] = "1";

        ChildProcess.Outcome ended = await ConsoleProgram.RunAsync(arguments);

        ended.ExitCode.Should().Be(1, ended.Everything);
        foreach (string told in new[] { ended.Error, await File.ReadAllTextAsync(_folder.File("diverged/search.json")) })
        {
            told.Should().Contain("--set GradientClipNorm=1").And.NotContain("custom loss").And.NotContain("Lower the learning rate");
        }
    }

    [Fact]
    public async Task A_search_that_came_to_nothing_leaves_nothing_and_may_be_started_otherwise()
    {
        string[] arguments = Small("bad", Space("Heads.Dropout = 0, 0.3"));
        arguments[Array.IndexOf(arguments, "--epochs") + 1] = "1";
        arguments[Array.IndexOf(arguments, "--budget") + 1] = "1";
        string image = (await File.ReadAllLinesAsync(_folder.File("faces/train.txt")))[1].Split(',')[0];
        await File.WriteAllTextAsync(_folder.File($"faces/{image}"), "not an image");

        ChildProcess.Outcome ended = await ConsoleProgram.RunAsync(arguments);

        ended.ExitCode.Should().Be(2, ended.Everything);
        ended.Error.TrimEnd().Split('\n')[^1].Should().ContainAll(image, "--on-bad-image skip");
        Directory.Exists(_folder.File("bad")).Should().BeFalse();
        (await ConsoleProgram.JsonAsync([.. arguments, "--on-bad-image", "skip"])).GetProperty("candidates").GetArrayLength()
            .Should().Be(1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_run_that_is_past_a_rung_of_another_budget_is_judged_there(int every)
    {
        string space = Space("Heads.Dropout = 0, 0.3");
        string[] Search(string output, string budget)
        {
            string[] arguments = Small(output, space, "--set", $"EvaluateEvery={every}");
            arguments[Array.IndexOf(arguments, "--budget") + 1] = budget;
            return arguments;
        }

        JsonElement whole = await ConsoleProgram.JsonAsync(Search("whole", "1.7"));
        whole.GetProperty("rungs").GetArrayLength().Should().Be(2);

        // With more budget all are trained to the end: there is no rung of one epoch.
        (await ConsoleProgram.KillAsync("epoch 2/3:", Search("other", "3"))).ExitCode.Should().Be(137);
        Directory.EnumerateFiles(_folder.File("other"), "checkpoint.safetensors", SearchOption.AllDirectories).Should().ContainSingle();
        JsonElement resumed = await ConsoleProgram.JsonAsync([.. Search("other", "1.7"), "--resume"]);

        JsonElement.DeepEquals(resumed, whole).Should().BeTrue();
    }

    [Fact]
    public async Task A_score_is_the_mean_over_seeds()
    {
        string[] arguments = Small("seeds", Space("Heads.Dropout = 0, 0.3"), "--seeds", "3,5");
        arguments[Array.IndexOf(arguments, "--epochs") + 1] = "1";
        arguments[Array.IndexOf(arguments, "--budget") + 1] = "4";

        JsonElement found = await ConsoleProgram.JsonAsync(arguments);

        found.GetProperty("rungs").GetArrayLength().Should().Be(1);
        found.GetProperty("options").GetString().Should().EndWith("--seed 3", "whose model is kept");
        foreach (JsonElement candidate in found.GetProperty("candidates").EnumerateArray())
        {
            string folder = Path.Combine(
                _folder.File("seeds"), "runs", $"candidate-{candidate.GetProperty("candidate").GetInt32():D3}");
            candidate.GetProperty("score").GetDouble().Should().BeApproximately(
                new[] { "seed-3", "seed-5" }.Average(seed => Score(Path.Combine(folder, seed, "trials.json"))), 1e-12);
        }

        static double Score(string trials)
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(trials));
            return document.RootElement[0].GetProperty("score").GetDouble();
        }
    }

    // 14 to 18 are five values, and the start: six candidates, though eight are paid for.
    [Fact]
    public async Task A_range_with_fewer_values_than_are_paid_for_is_searched_whole()
    {
        string[] arguments = Small("few", Space("Heads.HiddenWidth = whole 14..18"));
        arguments[Array.IndexOf(arguments, "--epochs") + 1] = "1";
        arguments[Array.IndexOf(arguments, "--budget") + 1] = "8";

        JsonElement found = await ConsoleProgram.JsonAsync(arguments);

        found.GetProperty("candidates").GetArrayLength().Should().Be(6);
        found.GetProperty("rungs")[0].GetProperty("candidates").GetInt32().Should().Be(6);
    }

    [Fact]
    public async Task The_options_of_the_best_split_the_rows_as_the_search_did()
    {
        string[] arguments = Small("shared", Space("Heads.Dropout = 0, 0.3"), "--seeds", "5");
        arguments[Array.IndexOf(arguments, "--epochs") + 1] = "1";
        arguments[Array.IndexOf(arguments, "--budget") + 1] = "1";
        int validation = Array.IndexOf(arguments, "--validation");
        (arguments[validation], arguments[validation + 1]) = ("--validation-share", "0.3");
        arguments[Array.IndexOf(arguments, "--train") + 1] = InOneFolder();
        JsonElement found = await ConsoleProgram.JsonAsync(arguments);
        string[] run = [.. arguments[1..Array.IndexOf(arguments, "--seed")], .. TrainedRun.SmallBackbone];

        await ConsoleProgram.JsonAsync(
        [
            "train", .. run, "--weights", "none", "--no-report", "--out", _folder.File("again"),
            .. found.GetProperty("options").GetString()!.Split(' '),
        ]);

        // Scores of so short a training are those of one class for all, whatever it learned from.
        Weights("again").Should().Equal(Weights("shared"));

        byte[] Weights(string output)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            using LoadedModel kept = ModelFile.Load(Path.Combine(_folder.File(output), "model.safetensors"));
            return kept.Model.Backbone.Module.parameters().First().bytes.ToArray();
        }
    }

    // Whole folders are parted alike whatever the seed is, where all of them are alike; rows are not.
    private string InOneFolder()
    {
        string[] lines = File.ReadAllLines(_folder.File("faces/train.txt"));
        Directory.CreateDirectory(_folder.File("faces/one"));
        for (int i = 1; i < lines.Length; i++)
        {
            int comma = lines[i].IndexOf(',', StringComparison.Ordinal);
            File.Copy(_folder.File($"faces/{lines[i][..comma]}"), _folder.File($"faces/one/{i}.jpg"));
            lines[i] = $"one/{i}.jpg{lines[i][comma..]}";
        }

        File.WriteAllLines(_folder.File("faces/one.txt"), lines);
        return _folder.File("faces/one.txt");
    }

    // The options that it names give train the same score: rungs cost nothing but patience.
    private async Task ShouldRepeatAsync(JsonElement whole)
    {
        string options = (await File.ReadAllTextAsync(Path.Combine(_folder.File("whole"), "best.txt"))).Trim();
        options.Should().Be(whole.GetProperty("options").GetString());
        string weights = options.Contains("recommended") ? "imagenet" : "none";
        JsonElement run = await ConsoleProgram.JsonAsync(
            ["train", .. Run, "--out", _folder.File("again"), "--weights", weights, "--no-report", .. options.Split(' ')]);
        run.GetProperty("score").GetProperty("pMtl").GetDouble().Should().BeApproximately(
            whole.GetProperty("candidates")[0].GetProperty("score").GetDouble(), 1e-12);
    }

    private async Task ShouldShowAsync(JsonElement whole)
    {
        ReportDocument page = await ReportDocument.LoadAsync(Path.Combine(_folder.File("whole"), "report.html"));
        page.ShouldStandAlone();
        page.Sections.Should().Equal("How the best learned", "Candidates", "Values");
        page.Section("Candidates").Tables[0].Skip(1).Select(row => (row[0], row[1])).Should().Equal(
            whole.GetProperty("candidates").EnumerateArray().Select(one => (
                one.GetProperty("candidate").GetInt32().ToString(CultureInfo.InvariantCulture),
                one.GetProperty("score").GetDouble().ToString("F3", CultureInfo.InvariantCulture))));
        page.Section("How the best learned").Charts.Should().ContainSingle().Which.ShouldBeLegible();
        string[] csv = await File.ReadAllLinesAsync(Path.Combine(_folder.File("whole"), "table.csv"));
        csv[0].Should().Be("place,candidate,score,best_epoch,epochs,failure,Heads.Dropout,Optimizer.HeadLearningRate,recipe");
        csv.Should().HaveCount(6);
    }

    // Full runs whose process was killed before it removed their checkpoints are known, and tidied up all the same.
    private async Task ShouldTidyAsync(string output, string space)
    {
        await ConsoleProgram.JsonAsync(Arguments("ended", space, "--resume"));
        string[] models = Directory.GetFiles(Path.Combine(output, "runs"), "model.safetensors", SearchOption.AllDirectories);
        string left = Path.Combine(Path.GetDirectoryName(models.Should().ContainSingle().Subject)!, "checkpoints");
        Directory.CreateDirectory(left);
        await File.WriteAllTextAsync(Path.Combine(left, "checkpoint.safetensors"), "of a full run");
    }

    // More budget: the same candidates and some more; other options are refused.
    private async Task ShouldGoOnAsync(JsonElement whole, string space)
    {
        string[] arguments = Arguments("whole", space, "--resume");
        (await ConsoleProgram.RefusalAsync([.. arguments, "--learning-rate", "0.01"])).Should().Contain("--learning-rate");
        (await ConsoleProgram.RefusalAsync(Arguments("whole", space))).Should().Contain("--resume");
        arguments[Array.IndexOf(arguments, "--budget") + 1] = "4";

        // As where the best one lost before: its model was not kept.
        foreach (string model in Directory.GetFiles(_folder.File("whole"), "model.safetensors", SearchOption.AllDirectories))
        {
            File.Delete(model);
        }

        JsonElement more = await ConsoleProgram.JsonAsync(arguments);
        File.Exists(Path.Combine(_folder.File("whole"), "model.safetensors")).Should().BeTrue();
        var before = whole.GetProperty("candidates").EnumerateArray().ToDictionary(
            one => one.GetProperty("candidate").GetInt32(), one => one.GetProperty("scores")[0].GetDouble());
        JsonElement[] now = [.. more.GetProperty("candidates").EnumerateArray()];
        now.Length.Should().BeGreaterThan(before.Count);
        now.Where(one => before.ContainsKey(one.GetProperty("candidate").GetInt32())).Should().HaveCount(before.Count)
            .And.OnlyContain(one => one.GetProperty("scores")[0].GetDouble() == before[one.GetProperty("candidate").GetInt32()]);
    }

    private string[] Run =>
    [
        "--data", _folder.File("faces"), "--train", _folder.File("faces/train.txt"), "--validation", _folder.File("faces/validation.txt"),
        "--size", "32", "--batch-size", "32", "--epochs", "3", "--device", "cpu", "--seed", "1",
    ];

    private string[] Arguments(string output, string space, params string[] more) =>
        ["search", .. Run, "--recipe", "published", "--budget", "2.5", "--space", space, "--out", _folder.File(output), .. more];

    private string[] Small(string output, string space, params string[] more) =>
        Arguments(output, space, [.. TrainedRun.SmallBackbone, .. more]);

    private string Space(string text)
    {
        string path = _folder.File("space.txt");
        File.WriteAllText(path, text);
        return path;
    }
}
