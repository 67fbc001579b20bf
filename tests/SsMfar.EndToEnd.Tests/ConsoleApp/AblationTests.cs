using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using SkiaSharp;
using SsMfar.Data;
using SsMfar.Metrics;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Submissions;
using SsMfar.Weights;

namespace SsMfar.Tests.ConsoleApp;

/// <summary>The paper's tables from the shell: layout, configurations, weights, resuming, six classes.</summary>
[Collection(TrainedRun.Collection)]
public sealed partial class AblationTests(AblationRun run) : IClassFixture<AblationRun>
{
    [Fact]
    public async Task Tables_have_the_papers_layout_and_the_runs_means_and_deviations()
    {
        string[] text = await File.ReadAllLinesAsync(Path.Combine(run.Out, "table.txt"));
        string[] csv = await File.ReadAllLinesAsync(Path.Combine(run.Out, "table.csv"));
        string[][] runs = [.. (await File.ReadAllLinesAsync(Path.Combine(run.Out, "runs.csv"))).Skip(1).Select(line => line.Split(','))];

        text[0].Should().StartWith("Table 1");
        Regex.Split(text[1], " {2,}").Should().Equal(
            "Method", "Exp-F1 score", "(paper)", "AU-F1 score", "(paper)", "VA-Score", "(paper)", "Overall", "(paper)");
        text.Should().ContainSingle(line => line.StartsWith("SSP-MFAR ")).Which.Should().Contain("weights not given").And.EndWith("1.108");
        text.Should().ContainSingle(line => line.StartsWith("Table 2") && !line.EndsWith("configurations"));
        csv.Should().HaveCount(5).And.Contain("1,recommended,SSP-MFAR,ssp-mfar,0,,,,,,,,,0.233,0.497,0.378,1.108,weights not given");
        runs.Should().HaveCount(6);
        string[] row = csv.Single(line => line.StartsWith("1,recommended,SS-MFAR,")).Split(',');
        double[] overall = [.. runs.Where(r => r[0] == "1" && r[2] == "ss-mfar").Select(r => Number(r[8]))];
        overall.Should().HaveCount(2);
        Number(row[11]).Should().BeApproximately((overall[0] + overall[1]) / 2, 1e-12);
        Number(row[12]).Should().BeApproximately(Math.Abs(overall[0] - overall[1]) / Math.Sqrt(2), 1e-12);
        runs.Should()
            .OnlyContain(r => r[0] == "2" ? r[8] == "" : Math.Abs(Number(r[5]) + Number(r[6]) + Number(r[7]) - Number(r[8])) < 1e-9);
    }

    [Fact]
    public async Task The_page_stands_alone_and_shows_every_part()
    {
        string page = await File.ReadAllTextAsync(Path.Combine(run.Out, "report.html"));

        Requests().Matches(page).Should().BeEmpty();
        page.Should().NotContain("{{").And.NotContain("NaN").And.NotContain(run.Out);
        page.Should().ContainAll(
            "Table 1", "Table 2", "weights not given", "SS-MFAR less MFAR", "<polyline", "Share of confident rows", "Thresholds of " +
                "SS-MFAR", "Happiness", "AU26", "class=\"dots\"", "SemiSupervision.Mode");
    }

    [Fact]
    public void The_picture_of_the_curves_has_a_line_of_charts_for_each_table_and_a_colour_for_each_row()
    {
        using SKBitmap picture = SKBitmap.Decode(Path.Combine(run.Out, "curves.png"));

        picture.Width.Should().Be(5 * 480, "Table 1 has five charts");
        picture.Height.Should().Be(2 * (36 + 360));
        SKColor[] pixels = picture.Pixels;
        pixels.Contains(new SKColor(0, 114, 178)).Should().BeTrue("MFAR has lines");
        pixels.Contains(new SKColor(213, 94, 0)).Should().BeTrue("SS-MFAR has lines");
        pixels.Contains(new SKColor(0, 158, 115)).Should().BeFalse("SSP-MFAR has no runs");
    }

    [Fact]
    public void Confusions_count_the_labelled_rows_and_agree_with_the_scores()
    {
        JsonElement row = Row(run.Printed, 0, "mfar");
        foreach (JsonElement result in row.GetProperty("runs").EnumerateArray())
        {
            long[] counts = [.. result.GetProperty("confusion").EnumerateArray().Select(count => count.GetInt64())];
            double[] f1 =
            [
                .. Enumerable.Range(0, 8).Select(k =>
                {
                    double denominator = Enumerable.Range(0, 8).Sum(j => counts[(8 * k) + j] + counts[(8 * j) + k]);
                    return denominator == 0 ? 0 : 2 * counts[9 * k] / denominator;
                }),
            ];
            result.GetProperty("expression").GetDouble().Should().BeApproximately(f1.Average(), 1e-12);
        }
    }

    [Fact]
    public async Task Neighbours_are_compared_on_the_same_faces_over_all_seeds()
    {
        AnnotationSet truth = AnnotationSet.Load(Path.Combine(run.Out, "faces", "validation.txt"));
        AffectScoreIntervals expected = Bootstrap.Compare(truth, Submissions("ss-mfar"), Submissions("mfar"));

        JsonElement comparison = run.Printed.GetProperty("comparisons").EnumerateArray().Should()
            .ContainSingle("SSP-MFAR has no runs, and Table 2 one row")
            .Which;
        string[] csv = await File.ReadAllLinesAsync(Path.Combine(run.Out, "differences.csv"));
        string[] text = await File.ReadAllLinesAsync(Path.Combine(run.Out, "table.txt"));

        string.Join(
            ' ',
            new[] { "recipe", "variant", "lessRecipe", "lessVariant" }.Select(name => comparison.GetProperty(name).GetString()))
            .Should().Be("recommended ss-mfar recommended mfar");
        (string Name, ScoreInterval Interval)[] scores =
        [
            ("expression", expected.ExpressionMacroF1!.Value), ("actionUnits", expected.ActionUnitMeanF1!.Value),
            ("valenceArousal", expected.ValenceArousalMean!.Value), ("overall", expected.PMtl!.Value),
        ];
        foreach ((string name, ScoreInterval interval) in scores)
        {
            JsonElement found = comparison.GetProperty(name);
            found.GetProperty("value").GetDouble().Should().BeApproximately(interval.Value, 1e-6, "labels in a file are rounded");
            found.GetProperty("low").GetDouble().Should().BeApproximately(interval.Low, 1e-6);
            found.GetProperty("high").GetDouble().Should().BeApproximately(interval.High, 1e-6);
        }

        double[] numbers = [.. csv[1].Split(',').Skip(5).Select(Number)];
        numbers.Should().Equal(scores.SelectMany(score =>
            new[] { "value", "low", "high" }.Select(end => comparison.GetProperty(score.Name).GetProperty(end).GetDouble())));
        double Mean(string variant) => Row(run.Printed, 0, variant).GetProperty("overall").GetProperty("mean").GetDouble();
        numbers[9].Should().BeApproximately(Mean("ss-mfar") - Mean("mfar"), 1e-6, "files hold what the model gives in single precision");
        text.Should().ContainSingle(line => line.StartsWith("SS-MFAR less MFAR  "));

        Submission[] Submissions(string variant) =>
            [.. new[] {
                1,
                2 }.Select(seed => Submission.Load(Path.Combine(run.Out, "runs", "table-1", "recommended", variant, $"seed-{seed}", "predictions.txt")))];
    }

    [Fact]
    public async Task Recipes_are_compared_row_by_row_and_expressions_alone_by_their_scores_alone()
    {
        string faces = Path.Combine(run.Out, "faces");
        JsonElement printed = await ConsoleProgram.JsonAsync(
            ["ablate", "--out", run.PathOf("recipes"), "--data", faces, "--train", Path.Combine(
                faces,
                "train-six.txt"), "--validation", Path.Combine(faces, "validation-six.txt"),
            "--classes", string.Join(',', ExpressionClassSet.SyntheticData.Names), .. AblationRun
                .Budget, "--variants", "mfar", "--recipes", "paper,recommended", "--seeds", "1"]);

        JsonElement comparison = printed.GetProperty("comparisons").EnumerateArray().Should().ContainSingle().Which;
        comparison.GetProperty("recipe").GetString().Should().Be("recommended");
        comparison.GetProperty("lessRecipe").GetString().Should().Be("paper");
        (await File.ReadAllTextAsync(Path.Combine(run.PathOf("recipes"), "table.txt"))).Should().Contain("MFAR, recommended less paper");
        comparison.GetProperty("expression").GetProperty("value").GetDouble().Should().BeApproximately(
            Row(printed, 1, "mfar").GetProperty("expression").GetProperty("mean").GetDouble() -
            Row(printed, 0, "mfar").GetProperty("expression").GetProperty("mean").GetDouble(), 1e-12);
        new[] { "actionUnits", "valenceArousal", "overall" }.Should()
            .OnlyContain(name => comparison.GetProperty(name).ValueKind == JsonValueKind.Null);
    }

    [Fact]
    public async Task An_interrupted_ablation_resumes_to_the_files_of_one_never_stopped()
    {
        string output = run.PathOf("interrupted");

        ChildProcess.Outcome interrupted = await ConsoleProgram.InterruptAsync("[3/6]", AblationRun.Arguments(output));

        interrupted.ExitCode.Should().Be(130, interrupted.Everything);
        interrupted.Error.Split('\n')[^1].Should().Contain("--resume");
        File.Exists(Path.Combine(output, "table.txt")).Should().BeFalse();
        JsonElement resumed = await ConsoleProgram.JsonAsync(AblationRun.Arguments(output, "--resume"));
        JsonElement.DeepEquals(resumed, run.Printed).Should().BeTrue();
        foreach (string file in AblationRun.Reports)
        {
            byte[] interruptedFile = await File.ReadAllBytesAsync(Path.Combine(output, file)), uninterrupted = await File.ReadAllBytesAsync(
                Path.Combine(run.Out, file));
            interruptedFile.AsSpan().SequenceEqual(uninterrupted).Should().BeTrue(file);
        }

        Directory.EnumerateFiles(output, "*.safetensors", SearchOption.AllDirectories).Should().BeEmpty();
        (await ConsoleProgram.RefusalAsync(AblationRun.Arguments(output))).Should().Contain("--resume");
        (await ConsoleProgram.RefusalAsync(AblationRun.Arguments(output, "--resume", "--learning-rate", "0.001"))).Should()
            .Contain("--learning-rate");
    }

    [Theory]
    [InlineData("--size 48", "--size was 32, is 48")]
    [InlineData("--epochs 2", "--epochs was 1, is 2")]
    [InlineData("--validation-faces 80", "--validation-faces was 64, is 80")]
    public async Task Another_seed_is_not_added_under_another_budget(string changed, string named)
    {
        string[] change = changed.Split(' ');
        string[] arguments = AblationRun.Arguments(run.Out, "--resume");
        arguments[Array.IndexOf(arguments, change[0]) + 1] = change[1];
        arguments[Array.IndexOf(arguments, "--seeds") + 1] = "3";

        (await ConsoleProgram.RefusalAsync(arguments)).Should().ContainAll("ablation was started with other options", named);
    }

    [Fact]
    public async Task Other_images_under_the_same_names_are_other_data()
    {
        string faces = Path.Combine(run.Out, "faces"), images = run.PathOf("other-images"), output = run.PathOf("other-data");
        string[] Arguments(string data) =>
            ["ablate", "--out", output, "--data", data, "--train", Path.Combine(faces, "train.txt"), "--validation", Path.Combine(
                faces,
                "validation.txt"),
            .. AblationRun.Budget, "--variants", "mfar", "--seeds", "1", "--resume"];
        await ConsoleProgram.JsonAsync(Arguments(faces));
        foreach (string face in Directory.EnumerateFiles(Path.Combine(faces, "images"), "*.jpg", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(images, Path.GetRelativePath(faces, face));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(face, copy);
        }

        JsonElement.DeepEquals(await ConsoleProgram.JsonAsync(Arguments(images)), await ConsoleProgram.JsonAsync(Arguments(faces))).Should()
            .BeTrue("a copy is the same");
        string first = Directory.EnumerateFiles(images, "*.jpg", SearchOption.AllDirectories).First();
        byte[] changed = await File.ReadAllBytesAsync(first);
        changed[^10] ^= 1;
        await File.WriteAllBytesAsync(first, changed);
        (await ConsoleProgram.RefusalAsync(Arguments(images))).Should().Contain("--data was images of");
    }

    [Fact]
    public async Task A_folder_of_something_else_is_left_alone()
    {
        string folder = run.PathOf("notes");
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "table.txt"), "mine");

        (await ConsoleProgram.RefusalAsync(AblationRun.Arguments(folder, "--resume"))).Should()
            .ContainAll("not an ablation's folder", "Choose another");
        Directory.EnumerateFileSystemEntries(folder).Should().ContainSingle();
    }

    [Fact]
    public async Task A_plan_writes_nothing()
    {
        await ConsoleProgram.JsonAsync(AblationRun.Arguments(run.PathOf("planned"), "--plan"));

        Directory.Exists(run.PathOf("planned")).Should().BeFalse();
    }

    [Fact]
    public async Task Nothing_but_a_folder_gives_all_rows_of_both_tables()
    {
        JsonElement printed = await ConsoleProgram.JsonAsync("ablate", "--out", run.PathOf("default"), "--plan");

        printed.GetProperty("tables").EnumerateArray()
            .Select(table => (table.GetProperty("table").GetInt32(), table.GetProperty("rows")
                .GetArrayLength())).Should().Equal((1, 8), (2, 1));
    }

    [Theory]
    [InlineData("predictions.txt", "is missing")]
    [InlineData("result.json", "is damaged")]
    public async Task A_finished_run_that_lost_a_file_is_named_before_anything_is_trained(string file, string named)
    {
        string output = run.PathOf($"lost-{file}");
        string[] arguments = ["ablate", "--out", output, .. AblationRun.Faces, .. AblationRun
            .Budget, "--tables", "1", "--variants", "mfar", "--seeds", "1"];
        await ConsoleProgram.JsonAsync(arguments);
        string path = Path.Combine(output, "runs", "table-1", "recommended", "mfar", "seed-1", file);
        File.Delete(path);
        if (file == "result.json")
        {
            await File.WriteAllTextAsync(path, "{");
        }

        (await ConsoleProgram.RefusalAsync([.. arguments, "--resume"])).Should().ContainAll(path, named, "Remove this run's folder");
    }

    [Fact]
    public async Task A_threshold_for_all_classes_is_drawn_as_one()
    {
        string output = run.PathOf("softmatch");

        await ConsoleProgram.JsonAsync(
            ["ablate", "--out", output, .. AblationRun.Faces, .. AblationRun
                .Budget, "--tables", "1", "--variants", "ss-mfar", "--seeds", "1",
            "--set", "SemiSupervision.Policy=SoftMatch"]);

        (await File.ReadAllTextAsync(Path.Combine(output, "report.html"))).Should().ContainAll("Thresholds of SS-MFAR", "all classes");
    }

    [Fact]
    public async Task Rows_whose_weights_are_given_are_run_from_them()
    {
        string weights = Weights(18, "affectnet");
        string output = run.PathOf("pretrained");

        JsonElement printed = await ConsoleProgram.JsonAsync(
            ["ablate", "--out", output, .. AblationRun.Faces, .. AblationRun
                .Budget, "--tables", "1", "--variants", "ss-mfar,ssp-mfar,ssp-mfar-sa",
            "--seeds", "1", "--pretrained", $"AffectNet={weights}", "--hide-expressions", "0.3"]);

        JsonElement pretrained = Row(printed, 0, "ssp-mfar");
        pretrained.GetProperty("note").ValueKind.Should().Be(JsonValueKind.Null);
        pretrained.GetProperty("overall").GetProperty("mean").GetDouble().Should()
            .NotBe(Row(printed, 0, "ss-mfar").GetProperty("overall").GetProperty("mean").GetDouble());
        pretrained.GetProperty("overall").GetProperty("deviation").ValueKind.Should().Be(JsonValueKind.Null);
        Row(printed, 0, "ssp-mfar-sa").GetProperty("runs").GetArrayLength().Should().Be(1);
    }

    [Fact]
    public async Task A_row_that_diverges_is_named_and_the_others_go_on()
    {
        string weights = Weights(18, "broken", scale: 1e38);
        string output = run.PathOf("diverged");

        JsonElement printed = await ConsoleProgram.JsonAsync(
            ["ablate", "--out", output, .. AblationRun.Faces, .. AblationRun
                .Budget, "--tables", "1", "--variants", "mfar,ss-mfar", "--seeds", "1",
            "--pretrained", $"mfar={weights}"]);

        Row(printed, 0, "mfar").GetProperty("note").GetString().Should().Be("diverged with seed 1");
        Row(printed, 0, "mfar").GetProperty("runs")[0].GetProperty("failure").GetString().Should().NotBeEmpty();
        Row(printed, 0, "ss-mfar").GetProperty("overall").GetProperty("mean").ValueKind.Should().Be(JsonValueKind.Number);
        (await File.ReadAllTextAsync(Path.Combine(output, "report.html"))).Should().Contain("diverged with seed 1").And.NotContain("NaN");
    }

    [Fact]
    public async Task Rows_differ_from_their_neighbours_in_what_the_paper_says()
    {
        JsonElement printed = await ConsoleProgram.JsonAsync(
            ["ablate", "--out", run.PathOf("plan"), .. AblationRun.Faces, .. AblationRun
                .Budget, "--tables", "1", "--recipes", "paper,published,recommended",
            "--pretrained", $"AffectNet={Weights(18, "affectnet")}", "--pretrained", $"MS-Celeb-1M={Weights(18, "msceleb")}", "--plan"]);

        string[] losses = ["0.5, 1, 0.1, none", "0.5, 0.5, 0.5, 1", "1, 1, 0.1, none"];
        for (int recipe = 0; recipe < 3; recipe++)
        {
            Differences("mfar").Should().BeEmpty();
            Differences("mfar-rs").Should().Equal("Imbalance.ResampleExpressions: false → true");
            Differences("ss-mfar").Should().Contain("SemiSupervision.Mode: None → PseudoLabels")
                .And.OnlyContain(difference => difference.StartsWith("SemiSupervision.Mode") || difference.StartsWith("ExpressionLoss."));
            JsonElement configuration = Row(printed, recipe, "ss-mfar").GetProperty("configuration");
            string.Join(", ", new[] { "Supervised", "Unsupervised", "Consistency", "WithoutUnlabelled" }
                .Select(name => configuration.GetProperty($"ExpressionLoss.{name}").GetString())).Should().Be(losses[recipe]);
            Differences("ss-mfar-rs").Should().Equal("Imbalance.ResampleExpressions: false → true");
            Differences("ss-mfar-no-kl").Should().ContainSingle().Which.Should().StartWith("ExpressionLoss.Consistency: ").And
                .EndWith(" → 0");
            Differences("ssp-mfar").Should().Equal("PretrainedWeights: msceleb.safetensors (rgb) → affectnet.safetensors (rgb)");
            Differences("ssp-mfar-sa").Should().Equal("SemiSupervision.Mode: PseudoLabels → Agreement");
            Differences("ss-mfar-50").Should()
                .Equal("Backbone: resnet18 → resnet50", "PretrainedWeights: msceleb.safetensors (rgb) → none");

            string[] Differences(string variant) =>
                [.. Row(printed, recipe, variant).GetProperty("differences").EnumerateArray()
                    .Select(difference => difference.GetString()!)];
        }
    }

    [Fact]
    public async Task Given_faces_with_expressions_alone_make_a_second_table_equal_to_that_of_the_same_drawn_faces()
    {
        string faces = Path.Combine(run.Out, "faces");
        string output = run.PathOf("six");

        JsonElement printed = await ConsoleProgram.JsonAsync(
            ["ablate", "--out", output, "--data", faces, "--train", Path.Combine(faces, "train-six.txt"), "--validation", Path.Combine(
                faces,
                "validation-six.txt"),
            "--classes", string.Join(',', ExpressionClassSet.SyntheticData.Names), .. AblationRun
                .Budget, "--variants", "mfar,ss-mfar", "--seeds", "2"]);

        JsonElement table = printed.GetProperty("tables")[0];
        table.GetProperty("table").GetInt32().Should().Be(2);
        table.GetProperty("tasks").EnumerateArray().Select(task => task.GetString()).Should().Equal("expression");
        JsonElement drawn = Row(run.Printed, 1, "ss-mfar").GetProperty("runs")[1];
        JsonElement.DeepEquals(Row(printed, 0, "ss-mfar").GetProperty("runs")[0], drawn).Should().BeTrue();
        Row(printed, 0, "mfar").GetProperty("actionUnits").GetProperty("mean").ValueKind.Should().Be(JsonValueKind.Null);
    }

    [Theory]
    [InlineData("--data faces", "--train", "--validation")]
    [InlineData("--data faces --train a.txt --validation b.txt --faces 20", "--faces", "--data")]
    [InlineData("--variants mfar,mfar", "--variants", "twice")]
    [InlineData("--variants mfar,best", "best", "ss-mfar-no-kl")]
    [InlineData("--seeds 1,two", "--seeds '1,two'")]
    [InlineData("--pretrained affectnet.pth", "NAME=FILE")]
    [InlineData("--pretrained ImageNet=a.pth", "ImageNet", "AffectNet")]
    [InlineData("--pretrained AffectNet=gone.pth", "gone.pth")]
    public async Task Arguments_that_cannot_be_used_are_named(string arguments, params string[] named) =>
        (await ConsoleProgram.RefusalAsync(["ablate", "--out", run.PathOf("refused"), .. arguments.Split(' ')])).Should().ContainAll(named);

    [Fact]
    public async Task Faces_that_are_all_of_one_video_cannot_be_drawn_by_video()
    {
        string faces = Path.Combine(run.Out, "faces"), annotations = run.PathOf("one-video.txt");
        AnnotationSet all = AnnotationSet.Load(Path.Combine(faces, "validation.txt"));
        new AnnotationSet(all.GroupBy(row => ImageGroups.Video(row.Image)).First(video =>
            video.Any(row => row.Expression is not null) && video.Any(row => row.ValenceArousal is not null) &&
            video.Any(row => row.ActionUnits.KnownCount > 0))).Save(annotations);

        string line = await ConsoleProgram.RefusalAsync(
            ["ablate", "--out", run.PathOf("one-video"), "--data", faces, "--train", Path.Combine(
                faces,
                "train.txt"), "--validation", annotations,
            .. AblationRun.Budget, "--group-by", "videos"]);

        line.Should().ContainAll("--group-by videos", "one group");
    }

    [Fact]
    public async Task Weights_of_another_network_are_refused_before_any_run()
    {
        string line = await ConsoleProgram.RefusalAsync(
            "ablate",
            "--out",
            run.PathOf("refused"),
            "--pretrained",
            $"AffectNet={Weights(50, "deeper")}");

        line.Should().ContainAll("resnet18", "resnet50", "ssp-mfar");
        Directory.Exists(run.PathOf("refused")).Should().BeFalse();
    }

    private string Weights(int depth, string name, double scale = 1)
    {
        string path = run.PathOf($"{name}.safetensors");
        using ResNet network = new(depth, RandomKey.FromSeed(11));
        using TorchSharp.DisposeScope scope = TorchSharp.torch.NewDisposeScope();
        SafetensorsWriter.Write(path, network.state_dict().Select(entry => KeyValuePair.Create(
            entry.Key, entry.Value.is_floating_point() ? entry.Value.detach() * scale : entry.Value)));
        return path;
    }

    private static JsonElement Row(JsonElement printed, int table, string variant) =>
        printed.GetProperty("tables")[table].GetProperty("rows").EnumerateArray()
            .Single(row => row.GetProperty("variant").GetString() == variant);

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    // Anything that a browser would fetch.
    [GeneratedRegex("""(https?:|//[a-z]|@import|<script|<link|url\(|src="(?!data:)|srcset)""", RegexOptions.IgnoreCase)]
    private static partial Regex Requests();
}
