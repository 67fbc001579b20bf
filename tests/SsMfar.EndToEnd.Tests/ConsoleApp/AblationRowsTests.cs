using System.Text.Json;
using SsMfar.Data;

namespace SsMfar.Tests.ConsoleApp;

/// <summary>The rows of an ablation: their configurations, weights and data.</summary>
public sealed class AblationRowsTests(AblationRun run) : IClassFixture<AblationRun>
{
    [Fact]
    public async Task Rows_whose_weights_are_given_are_run_from_them()
    {
        string weights = Weights(18, "affectnet");
        string output = run.PathOf("pretrained");

        string[] Arguments(string file) =>
        [
            "ablate", "--out", output, .. AblationRun.Faces, .. AblationRun.Budget, "--tables", "1",
            "--variants", "ss-mfar,ssp-mfar,ssp-mfar-sa", "--seeds", "1", "--pretrained", $"AffectNet={file}", "--hide-expressions", "0.3",
        ];
        JsonElement printed = await ConsoleProgram.JsonAsync(Arguments(weights));

        JsonElement pretrained = AblationRun.Row(printed, 0, "ssp-mfar");
        pretrained.GetProperty("note").ValueKind.Should().Be(JsonValueKind.Null);
        pretrained.GetProperty("overall").GetProperty("mean").GetDouble().Should()
            .NotBe(AblationRun.Row(printed, 0, "ss-mfar").GetProperty("overall").GetProperty("mean").GetDouble());
        pretrained.GetProperty("overall").GetProperty("deviation").ValueKind.Should().Be(JsonValueKind.Null);
        AblationRun.Row(printed, 0, "ssp-mfar-sa").GetProperty("runs").GetArrayLength().Should().Be(1);
        (await ConsoleProgram.RefusalAsync([.. Arguments(Weights(18, "others", scale: 0.5)), "--resume"])).Should()
            .Contain("--pretrained was content ");
    }

    [Fact]
    public async Task A_row_of_ours_is_marked_as_ours_and_learns_from_what_every_task_lacks()
    {
        string output = run.PathOf("ours");

        JsonElement printed = await ConsoleProgram.JsonAsync(
            ["ablate", "--out", output, .. AblationRun.Faces, .. AblationRun.Budget, "--tables", "1",
            "--variants", "ss-mfar-all,ss-mfar", "--seeds", "1", "--hide-labels", "0.2"]);

        JsonElement ours = AblationRun.Row(printed, 0, "ss-mfar-all");
        ours.GetProperty("method").GetString().Should().Be("SS-MFAR-ALL (ours)");
        ours.GetProperty("paper").GetProperty("overall").ValueKind.Should().Be(JsonValueKind.Null, "the paper has no such row");
        ours.GetProperty("neighbour").GetString().Should().Be("ss-mfar");
        ours.GetProperty("differences").EnumerateArray().Select(difference => difference.GetString()).Should().Equal(
            "SemiSupervision.Tasks: Expression → All", "SemiSupervision.Teacher: Model → Average");
        ours.GetProperty("configuration").GetProperty("HideLabels").GetString().Should().Be("0.2");
        ours.GetProperty("overall").GetProperty("mean").ValueKind.Should().Be(JsonValueKind.Number);
        File.ReadAllText(Path.Combine(output, "report.html")).Should().Contain("of each task's training labels were hidden");
        (await ConsoleProgram.RefusalAsync(["ablate", "--out", output, .. AblationRun.Faces, .. AblationRun.Budget, "--tables", "1",
            "--variants", "ss-mfar", "--seeds", "1", "--resume"])).Should().Contain("--hide-labels was 0.2, is 0");
    }

    [Fact]
    public async Task A_row_that_diverges_is_named_and_the_others_go_on()
    {
        string weights = Weights(18, "broken", scale: 1e38);
        string output = run.PathOf("diverged");

        JsonElement printed = await ConsoleProgram.JsonAsync(
            ["ablate", "--out", output, .. AblationRun.Faces, .. AblationRun.Budget, "--tables", "1",
            "--variants", "mfar,ss-mfar", "--seeds", "1", "--pretrained", $"mfar={weights}"]);

        AblationRun.Row(printed, 0, "mfar").GetProperty("note").GetString().Should().Be("failed with seed 1");
        AblationRun.Row(printed, 0, "mfar").GetProperty("runs")[0].GetProperty("failure").GetString().Should()
            .Contain("--set GradientClipNorm=1").And.NotContain("custom loss", "that is said to who writes code");
        AblationRun.Row(printed, 0, "ss-mfar").GetProperty("overall").GetProperty("mean").ValueKind.Should().Be(JsonValueKind.Number);
        ReportDocument page = await ReportDocument.LoadAsync(Path.Combine(output, "report.html"));
        page.ShouldStandAlone();
        page.Section(page.Sections[0]).Tables[0].Single(line => line[0] == "MFAR").Should().Contain("failed with seed 1");
    }

    [Fact]
    public async Task Rows_differ_from_their_neighbours_in_what_the_paper_says()
    {
        JsonElement printed = await ConsoleProgram.JsonAsync(
            ["ablate", "--out", run.PathOf("plan"), .. AblationRun.Faces, .. AblationRun.Budget, "--tables", "1",
            "--recipes", "paper,published,recommended",
            "--pretrained", $"AffectNet={Weights(18, "affectnet")}", "--pretrained", $"MS-Celeb-1M={Weights(18, "msceleb")}", "--plan"]);

        string[] losses = ["0.5, 1, 0.1, none", "0.5, 0.5, 0.5, 1", "1, 1, 0.1, none"];
        for (int recipe = 0; recipe < 3; recipe++)
        {
            Differences("mfar").Should().BeEmpty();
            Differences("mfar-rs").Should().Equal("Imbalance.ResampleExpressions: false → true");
            Differences("ss-mfar").Should().Contain("SemiSupervision.Mode: None → PseudoLabels")
                .And.OnlyContain(difference => difference.StartsWith("SemiSupervision.Mode") || difference.StartsWith("ExpressionLoss."));
            JsonElement configuration = AblationRun.Row(printed, recipe, "ss-mfar").GetProperty("configuration");
            string.Join(", ", new[] { "Supervised", "Unsupervised", "Consistency", "WithoutUnlabelled" }
                .Select(name => configuration.GetProperty($"ExpressionLoss.{name}").GetString())).Should().Be(losses[recipe]);
            Differences("ss-mfar-rs").Should().Equal("Imbalance.ResampleExpressions: false → true");
            Differences("ss-mfar-no-kl").Should().ContainSingle().Which.Should().StartWith("ExpressionLoss.Consistency: ").And
                .EndWith(" → 0");
            Differences("ssp-mfar").Should().Equal("PretrainedWeights: msceleb.safetensors (rgb) → affectnet.safetensors (rgb)");
            Differences("ssp-mfar-sa").Should().Equal("SemiSupervision.Mode: PseudoLabels → Agreement");
            string[] rate = recipe == 2 ? ["Optimizer.BackboneLearningRate: 0.0005 → 0.002"] : [];
            Differences("ss-mfar-50").Should()
                .Equal(["Backbone: resnet18 → resnet50", .. rate, "PretrainedWeights: msceleb.safetensors (rgb) → none"]);

            string[] Differences(string variant) =>
                [.. AblationRun.Row(printed, recipe, variant).GetProperty("differences").EnumerateArray()
                    .Select(difference => difference.GetString()!)];
        }
    }

    [Fact]
    public async Task Given_faces_with_expressions_alone_make_a_second_table_equal_to_that_of_the_same_drawn_faces()
    {
        string faces = Path.Combine(run.Out, "faces");
        string output = run.PathOf("six");

        string[] classes = [.. ExpressionClassSet.SyntheticData.Names.SkipLast(1), "Surprise <b> & more"];

        // A file that names its classes is not read with others; one of indices alone is.
        string WithoutClasses(string name)
        {
            string[] lines = File.ReadAllLines(Path.Combine(faces, name));
            lines[0].Should().StartWith("#classes");
            string path = run.PathOf(name);
            File.WriteAllLines(path, lines[1..]);
            return path;
        }

        JsonElement printed = await ConsoleProgram.JsonAsync(
            ["ablate", "--out", output, "--data", faces, "--train", WithoutClasses("train-six.txt"),
            "--validation", WithoutClasses("validation-six.txt"), "--classes", string.Join(',', classes),
            .. AblationRun.Budget, "--variants", "mfar,ss-mfar", "--seeds", "2"]);

        JsonElement table = printed.GetProperty("tables")[0];
        table.GetProperty("table").GetInt32().Should().Be(2);
        table.GetProperty("tasks").EnumerateArray().Select(task => task.GetString()).Should().Equal("expression");
        JsonElement drawn = AblationRun.Row(run.Printed, 1, "ss-mfar").GetProperty("runs")[1];
        JsonElement.DeepEquals(AblationRun.Row(printed, 0, "ss-mfar").GetProperty("runs")[0], drawn).Should().BeTrue();
        AblationRun.Row(printed, 0, "mfar").GetProperty("actionUnits").GetProperty("mean").ValueKind.Should().Be(JsonValueKind.Null);
        ReportDocument page = await ReportDocument.LoadAsync(Path.Combine(output, "report.html"));
        page.Section(page.Sections[0], "Class by class").Tables[0][0][1..].Should().Equal(classes, "names are text to a page");
    }

    [Fact]
    public async Task The_classes_of_the_training_file_are_those_of_a_validation_file_that_names_none()
    {
        string faces = Path.Combine(run.Out, "faces"), validation = run.PathOf("indices.txt");
        await File.WriteAllLinesAsync(validation, File.ReadLines(Path.Combine(faces, "validation-six.txt")).Skip(1));

        JsonElement printed = await ConsoleProgram.JsonAsync(
            ["ablate", "--out", run.PathOf("indices"), "--data", faces, "--train", Path.Combine(faces, "train-six.txt"),
            "--validation", validation, .. AblationRun.Budget, "--variants", "ss-mfar", "--seeds", "2"]);

        JsonElement drawn = AblationRun.Row(run.Printed, 1, "ss-mfar").GetProperty("runs")[1];
        JsonElement.DeepEquals(AblationRun.Row(printed, 0, "ss-mfar").GetProperty("runs")[0], drawn).Should().BeTrue();
    }

    [Fact]
    public async Task Valence_alone_is_learned_and_units_without_labels_are_not_shown()
    {
        string faces = Path.Combine(run.Out, "faces"), output = run.PathOf("valence");
        string Valence(string name)
        {
            string path = run.PathOf($"valence-{name}");
            new AnnotationSet(AnnotationSet.Load(Path.Combine(faces, name)).Select(row => row with
            {
                Arousal = null, ActionUnits = ActionUnitLabels.Unknown,
            })).Save(path);
            return path;
        }

        JsonElement printed = await ConsoleProgram.JsonAsync(
            ["ablate", "--out", output, "--data", faces, "--train", Valence("train.txt"), "--validation", Valence("validation.txt"),
            .. AblationRun.Budget, "--variants", "mfar"]);

        printed.GetProperty("tables")[0].GetProperty("tasks").EnumerateArray().Select(task => task.GetString()).Should()
            .Equal("expression", "valence_arousal");
        AblationRun.Row(printed, 0, "mfar").GetProperty("valenceArousal").GetProperty("mean").ValueKind.Should()
            .Be(JsonValueKind.Number);
        ReportDocument page = await ReportDocument.LoadAsync(Path.Combine(output, "report.html"));
        page.Text.Should().NotContain("Unit by unit").And.NotContain("sum of the three");
        page.Section(page.Sections[0]).Tables[0][1].Should().Equal(
            "Method", "Exp-F1 score", "VA-Score", "epochs", "time", "what is different");
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
    [InlineData("--pretrained AffectNet=gone.pth --variants ss-mfar", "AffectNet=gone.pth", "no row starts from it", "--variants")]
    [InlineData("--pretrained ss-mfar-all=gone.pth --variants ss-mfar-all", "gone.pth", "no such file")]
    [InlineData("--tables 1,2 --variants mfar", "--tables 2", "ss-mfar")]
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

    private string Weights(int depth, string name, double scale = 1) =>
        ScaledWeights.Write(run.PathOf($"{name}.safetensors"), depth, scale);
}
