using System.Text.Json;
using SsMfar.Data;

namespace SsMfar.Tests.ConsoleApp;

/// <summary><c>audit</c>: folds are trained, kept and gone on with, and what is doubtful is written.</summary>
public sealed class AuditTests(TrainedRun run) : IClassFixture<TrainedRun>
{
    [Fact]
    public async Task Every_label_is_judged_by_a_model_that_did_not_learn_from_it_and_folds_are_kept()
    {
        string output = run.PathOf("audit");

        JsonElement printed = await ConsoleProgram.JsonAsync(Arguments(output));

        AnnotationSet labels = AnnotationSet.Load(run.Train);
        printed.GetProperty("rows").GetInt32().Should().Be(labels.Count);
        printed.GetProperty("expression").GetProperty("labels").GetInt32().Should().Be(labels.Count(row => row.Expression is not null));
        string[][] folds =
        [
            .. Enumerable.Range(1, 2).Select(fold => File.ReadLines(Path.Combine(output, "folds", $"{fold}", "predictions.csv")).Skip(1)
                .Select(line => line.Split(',')[0]).ToArray()),
        ];
        folds[0].Intersect(folds[1]).Should().BeEmpty();
        folds.SelectMany(fold => fold).Should().BeEquivalentTo(labels.Select(row => row.Image));
        Directory.GetFiles(output, "*.safetensors", SearchOption.AllDirectories).Should().BeEmpty("models are not kept");
        (await ReportDocument.LoadAsync(Path.Combine(output, "audit.html"))).ShouldStandAlone(hasCharts: false);
        AnnotationSet.Load(Path.Combine(output, "without-suspects.txt")).Count.Should().Be(labels.Count);

        string refused = await ConsoleProgram.RefusalAsync(Arguments(output));
        string others = await ConsoleProgram.RefusalAsync([.. Arguments(output), "--resume", "--group-by", "videos"]);
        string left = Directory.CreateDirectory(Path.Combine(output, "folds", "1", "checkpoints")).FullName;
        await File.WriteAllTextAsync(Path.Combine(left, "checkpoint.safetensors"), "of a process that was killed before it removed it");
        await File.WriteAllTextAsync(Path.Combine(output, "folds", "1", "model.safetensors"), "the same");
        ChildProcess.Outcome again = await ConsoleProgram.RunAsync([.. Arguments(output), "--resume"]);

        refused.Should().Contain("add --resume");
        string foreign = Directory.CreateDirectory(run.PathOf("foreign-audit")).FullName;
        File.WriteAllText(Path.Combine(foreign, "doubtful.csv"), "image\n");
        (await ConsoleProgram.RefusalAsync([.. Arguments(foreign), "--resume"])).Should().ContainAll("doubtful.csv", "run.json");
        others.Should().Contain("--group-by was rows, is videos");
        again.ExitCode.Should().Be(0, again.Everything);
        again.Error.Should().Contain("Fold 1 of 2: predicted before.").And.Contain("Fold 2 of 2: predicted before.");
        Directory.GetFiles(output, "*.safetensors", SearchOption.AllDirectories).Should().BeEmpty();
    }

    [Fact]
    public async Task With_a_frozen_backbone_repeats_are_added_to_those_that_there_are()
    {
        string output = run.PathOf("audit-frozen");
        string[] frozen = [.. Arguments(output), "--frozen"];
        await ConsoleProgram.JsonAsync(frozen);
        byte[] first = await File.ReadAllBytesAsync(Path.Combine(output, "folds", "1", "predictions.csv"));

        ChildProcess.Outcome more = await ConsoleProgram.RunAsync([.. frozen, "--repeats", "2", "--resume"]);

        more.ExitCode.Should().Be(0, more.Everything);
        more.Error.Should().ContainAll(
            "Repeat 1 of 2, fold 1 of 2: predicted before.", "Repeat 1 of 2, fold 2 of 2: predicted before.",
            "Repeat 2 of 2, fold 1 of 2: learning from", "Repeat 2 of 2, fold 2 of 2: learning from");
        (await File.ReadAllBytesAsync(Path.Combine(output, "folds", "1", "predictions.csv"))).Should().Equal(first);
        string[] Images(string folder) =>
            [.. File.ReadLines(Path.Combine(output, "folds", folder, "predictions.csv")).Skip(1).Select(line => line.Split(',')[0])];
        Images("2-1").Concat(Images("2-2")).Should().BeEquivalentTo(AnnotationSet.Load(run.Train).Select(row => row.Image));
        Images("2-1").Should().NotBeEquivalentTo(Images("1"), "rows are parted anew");
    }

    [Fact]
    public async Task Predictions_of_others_are_taken_without_any_training()
    {
        string table = run.PathOf("audit-table.csv"), output = run.PathOf("audit-given");
        await ConsoleProgram.JsonAsync(
            "predict", "--model", run.Model, "--list", run.Validation, "--data", run.Data, "--probabilities", table, "--device", "cpu");

        JsonElement printed = await ConsoleProgram.JsonAsync(
            "audit", "--annotations", run.Validation, "--predictions", table, "--doubtful-share", "0.2",
            "--out", output);

        int labels = printed.GetProperty("expression").GetProperty("labels").GetInt32();
        printed.GetProperty("expression").GetProperty("listed").GetInt32().Should().BeGreaterThanOrEqualTo((int)Math.Ceiling(0.2 * labels));
        File.ReadLines(Path.Combine(output, "doubtful.csv")).First().Should().StartWith("task,unit,rank,image");
        Directory.Exists(Path.Combine(output, "folds")).Should().BeFalse();
        await ConsoleProgram.JsonAsync("audit", "--annotations", run.Validation, "--predictions", table, "--out", output);
    }

    [Fact]
    public async Task What_was_trained_for_is_not_replaced_by_what_predictions_of_others_say()
    {
        string output = Directory.CreateDirectory(run.PathOf("audit-trained")).FullName;
        foreach (string name in new[] { "run.json", "audit.html", "doubtful.csv", "without-suspects.txt" })
        {
            await File.WriteAllTextAsync(Path.Combine(output, name), name);
        }

        SortedDictionary<string, string> before = FolderFiles.Of(output);

        (await ConsoleProgram.RefusalAsync("audit", "--annotations", run.Validation, "--predictions", run.Validation, "--out", output))
            .Should().ContainAll($"--out '{output}'", "run.json", "Choose another folder");
        FolderFiles.Of(output).Should().Equal(before);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Images_that_cannot_be_read_end_an_audit_or_are_skipped_and_counted_by_its_remedy(bool isFrozen)
    {
        string output = run.PathOf($"audit-bad-{isFrozen}"), bad = $"bad-{isFrozen}.jpg", annotations = run.PathOf($"{bad}.txt");
        await File.WriteAllTextAsync(Path.Combine(run.Data, bad), "not an image");
        string labels = (await File.ReadAllLinesAsync(run.Train))[1].Split(',', 2)[1];
        await File.WriteAllLinesAsync(annotations, [.. await File.ReadAllLinesAsync(run.Train), $"{bad},{labels}"]);
        string[] arguments =
        [
            .. Arguments(output).Select(argument => argument == run.Train ? annotations : argument),
            .. isFrozen ? ["--frozen"] : (string[])[],
        ];

        ChildProcess.Outcome ended = await ConsoleProgram.RunAsync(arguments);
        bool isUsed = Directory.Exists(output); // by the fold that judges the image and does not learn from it
        ChildProcess.Outcome skipped = await ConsoleProgram.RunAsync(
            [.. arguments, "--on-bad-image", "skip", .. isUsed ? ["--resume"] : (string[])[]]);
        await File.AppendAllTextAsync(annotations, $"gone.jpg,{labels}\n");
        string refused = await ConsoleProgram.RefusalAsync([.. arguments, "--resume"]);
        ChildProcess.Outcome missing = await ConsoleProgram.RunAsync(
            [.. arguments.Select(argument => argument == output ? output + "-2" : argument), "--on-bad-image", "skip"]);

        ended.ExitCode.Should().Be(2, ended.Everything);
        ended.Error.TrimEnd().Split('\n')[^1].Should().ContainAll(bad, "--on-bad-image skip");
        (isUsed && isFrozen).Should().BeFalse("its remedy is another start");
        skipped.ExitCode.Should().Be(0, skipped.Everything);
        skipped.Error.Should().Contain("1 images could not be read; their labels are not judged, and stay.");
        File.ReadLines(Path.Combine(output, "without-suspects.txt")).Should()
            .Contain(line => line.StartsWith(bad + ",", StringComparison.Ordinal));
        refused.Should().ContainAll(annotations, "gone.jpg");
        missing.ExitCode.Should().Be(0, missing.Everything);
        missing.Error.Should().Contain("2 images could not be read; their labels are not judged, and stay.");
    }

    [Fact]
    public async Task A_fold_of_which_nothing_can_be_read_is_counted_and_the_others_are_judged()
    {
        string output = run.PathOf("audit-gone"), annotations = run.PathOf("gone.txt"), data = run.PathOf("cameras");
        string[] lines = await File.ReadAllLinesAsync(run.Train);
        string[] names =
        [
            .. Enumerable.Range(0, lines.Length - 1).Select(i => $"{(i % 2 == 0 ? "left" : "right")}/{i}.jpg"),
            .. Enumerable.Range(0, lines.Length / 2).Select(i => $"gone/{i}.jpg"),
        ];
        await File.WriteAllLinesAsync(
            annotations,
            [lines[0], .. names.Select((name, i) => $"{name},{lines[1 + (i % (lines.Length - 1))].Split(',', 2)[1]}")]);
        for (int i = 1; i < lines.Length; i++)
        {
            Directory.CreateDirectory(Path.Combine(data, Path.GetDirectoryName(names[i - 1])!));
            File.Copy(Path.Combine(run.Data, lines[i].Split(',')[0]), Path.Combine(data, names[i - 1]));
        }

        ChildProcess.Outcome outcome = await ConsoleProgram.RunAsync(
        [
            .. Arguments(output).Select(argument =>
                argument == run.Train ? annotations : argument == run.Data ? data : argument == "2" ? "3" : argument),
            "--group-by", "videos", "--on-bad-image", "skip",
        ]);

        outcome.ExitCode.Should().Be(0, outcome.Everything);
        outcome.Error.Should().Contain("32 images could not be read; their labels are not judged, and stay.");
        File.ReadLines(Path.Combine(output, "without-suspects.txt")).Count(line => line.StartsWith("gone/", StringComparison.Ordinal))
            .Should().Be(32);
    }

    [Fact]
    public async Task An_option_without_use_leaves_nothing()
    {
        string output = run.PathOf("audit-unused");

        ChildProcess.Outcome ended = await ConsoleProgram.RunAsync(
            [.. Arguments(output), "--variant", "mfar", "--set", "ExpressionLoss.Consistency=0.2"]);

        ended.ExitCode.Should().Be(2, ended.Everything);
        ended.Error.Should().Contain("ExpressionLoss.Consistency");
        Directory.Exists(output).Should().BeFalse();
    }

    [Fact]
    public async Task What_cannot_be_is_refused_in_one_line()
    {
        string[] usual = ["audit", "--annotations", run.Validation, "--out", run.PathOf("audit-refused")];

        (await ConsoleProgram.RefusalAsync(usual)).Should().Contain("--data DIR is needed to train, or --predictions FILE");
        (await ConsoleProgram.RefusalAsync([.. usual, "--predictions", run.Validation, "--model-folds", "3"])).Should()
            .Contain("--model-folds is about training");
        (await ConsoleProgram.RefusalAsync([.. usual, "--data", run.Data, "--model-folds", "1"])).Should().Contain("from 2 to 100");
    }

    private string[] Arguments(string output) =>
    [
        "audit", "--data", run.Data, "--annotations", run.Train, "--model-folds", "2", .. TrainedRun.SmallBackbone,
        "--weights", "none", "--size", "32", "--batch-size", "32", "--epochs", "1", "--device", "cpu", "--set", "Imbalance.WeightCap=10",
        "--out", output,
    ];
}
