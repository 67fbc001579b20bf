using System.Text;
using System.Text.Json;
using SsMfar.Data;

namespace SsMfar.Tests.ConsoleApp;

/// <summary>
/// Images, weights, models and folders that cannot be used: exit code 2 and one line; a refused run leaves nothing behind.
/// </summary>
public sealed class RefusedFilesTests(TrainedRun run) : IClassFixture<TrainedRun>
{
    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("report.html")]
    public async Task What_no_run_wrote_is_not_gone_on_with(string name)
    {
        string folder = Directory.CreateDirectory(run.PathOf($"foreign-{name}")).FullName, file = Path.Combine(folder, name);
        File.WriteAllText(file, "dear to somebody");

        (await ConsoleProgram.RefusalAsync(run.Arguments(folder, "--resume"))).Should().ContainAll(folder, name, "run.json");

        File.ReadAllText(file).Should().Be("dear to somebody");
        Directory.GetFileSystemEntries(folder).Should().ContainSingle();
    }

    [Fact]
    public async Task A_folder_in_use_needs_resume()
    {
        (await ConsoleProgram.RefusalAsync(run.Arguments(run.Out))).Should().ContainAll(run.Out, "--resume");
    }

    [Fact]
    public async Task Resuming_with_other_options_names_them()
    {
        string[] arguments = [.. run.Arguments(run.Out, "--resume")
            .Select(argument => argument == "7" ? "8" : argument == "32" ? "48" : argument)];

        (await ConsoleProgram.RefusalAsync(arguments)).Should()
            .ContainAll("--seed was 7, is 8", "--size was 32, is 48", "--batch-size was 32, is 48");
    }

    [Theory]
    [InlineData(null, "there is no such file")]
    [InlineData("not an image", "not an image")]
    [InlineData("truncated", "truncated")]
    public async Task An_image_that_cannot_be_read_is_fatal_or_skipped_and_counted(string? content, string reason)
    {
        string name = $"bad-{content?.Length ?? 0}.jpg";
        await WriteImage(Path.Combine(run.Data, name), content);
        string annotations = run.PathOf(name + ".txt");
        string[] lines = await File.ReadAllLinesAsync(run.Train);
        await File.WriteAllLinesAsync(annotations, [.. lines, $"{name},0.1,0.1,0,0,0,0,0,0,0,0,0,0,0,0,0"]);
        string output = run.PathOf(name + "-run");
        string[] arguments = [.. run.SmallArguments(output).Select(argument => argument == run.Train ? annotations : argument)];
        arguments[Array.IndexOf(arguments, "--epochs") + 1] = "1";

        string line = await ConsoleProgram.RefusalAsync(arguments);

        line.Should().ContainAll(name, reason, "--on-bad-image skip");
        Directory.Exists(output).Should().BeFalse();
        ChildProcess.Outcome skipped = await ConsoleProgram.RunAsync([.. arguments, "--on-bad-image", "skip"]);
        skipped.ExitCode.Should().Be(0, skipped.Everything);
        skipped.Error.Should().MatchRegex("1 .*image");
    }

    [Theory]
    [InlineData("--train", "training set has 1 usable image")]
    [InlineData("--validation", "validation set has 0 usable images")]
    public async Task A_set_with_too_few_usable_images_is_refused(string option, string named)
    {
        string annotations = run.PathOf($"few{option}.txt");
        string[] lines = await File.ReadAllLinesAsync(run.Train);
        string usable = option == "--train" ? lines[1] : $"gone-too.jpg,{lines[1].Split(',', 2)[1]}";
        await File.WriteAllLinesAsync(annotations, [lines[0], usable, $"gone.jpg,{lines[1].Split(',', 2)[1]}"]);
        string[] arguments = run.SmallArguments(run.PathOf($"few{option}"), "--on-bad-image", "skip");
        arguments[Array.IndexOf(arguments, option) + 1] = annotations;

        ChildProcess.Outcome refused = await ConsoleProgram.RunAsync(arguments);

        refused.ExitCode.Should().Be(2, refused.Everything);
        refused.Error.TrimEnd().Split('\n').Should().HaveCount(2, "what was skipped, and that too little is left").And.Subject.Last()
            .Should()
            .Contain(named);
    }

    [Fact]
    public async Task A_run_that_is_judged_by_one_readable_image_has_a_model_and_no_page()
    {
        string annotations = run.PathOf("one.txt");
        string[] lines = await File.ReadAllLinesAsync(run.Validation);
        await File.WriteAllLinesAsync(annotations, [lines[0], lines[1], $"gone.jpg,{lines[1].Split(',', 2)[1]}"]);
        string[] arguments = run.SmallArguments(run.PathOf("one"), "--on-bad-image", "skip", "--json");
        arguments[Array.IndexOf(arguments, "--validation") + 1] = annotations;
        arguments[Array.IndexOf(arguments, "--epochs") + 1] = "1";

        ChildProcess.Outcome trained = await ConsoleProgram.RunAsync(arguments);

        trained.ExitCode.Should().Be(0, trained.Everything);
        trained.Error.Should().Contain("No page about the run").And.Contain("of the 2 that it was judged by 1 can be read");
        JsonElement printed = JsonDocument.Parse(trained.Output).RootElement;
        printed.GetProperty("page").ValueKind.Should().Be(JsonValueKind.Null);
        File.Exists(printed.GetProperty("model").GetString()).Should().BeTrue();
    }

    [RequiresTool("bash")]
    public async Task A_disk_that_is_full_stops_a_training_with_one_line_and_leaves_nothing_half_written()
    {
        string output = run.PathOf("full-disk");
        string[] command = ["-c", "trap '' XFSZ; ulimit -f 20000; exec \"$@\"", "bash", ChildProcess.Dotnet, ConsoleProgram.Path, .. run
            .Arguments(output)];

        // A limit on the size of files, here below a checkpoint's, stands for a full disk: the same call fails, and no mount is needed.
        // (With write-xor-execute .NET keeps its code in a file too, which the limit would hit first.)
        ChildProcess.Outcome full = await ChildProcess.RunAsync(
            "bash",
            command,
            new Dictionary<string, string?> { ["DOTNET_EnableWriteXorExecute"] = "0" });

        full.ExitCode.Should().Be(2, full.Everything);
        full.Error.TrimEnd().Split('\n')[^1].Should().Contain(output);
        Directory.Exists(output).Should().BeFalse("no half-written file stays, and the run came to nothing");
        ChildProcess.Outcome again = await ConsoleProgram.RunAsync(run.Arguments(output));
        again.ExitCode.Should().Be(0, again.Everything);
        byte[] model = await File.ReadAllBytesAsync(Path.Combine(output, "model.safetensors"));
        byte[] undisturbed = await File.ReadAllBytesAsync(run.Model);
        model.AsSpan().SequenceEqual(undisturbed).Should().BeTrue();
    }

    [Fact]
    public async Task A_class_without_a_sample_is_named()
    {
        string annotations = run.PathOf("no-fear.txt");
        await File.WriteAllLinesAsync(
            annotations, (await File.ReadAllLinesAsync(run.Train)).Select(
                line => line.Split(',') is [_, _, _, "3", ..] fields
                    ? string.Join(',', fields[..3].Append("-1").Concat(fields[4..])) : line));
        string[] arguments = [.. run.Arguments(run.PathOf("no-fear")).Select(argument => argument == run.Train ? annotations : argument)];

        (await ConsoleProgram.RefusalAsync(arguments)).Should().Contain("Fear");
    }

    [Fact]
    public async Task A_device_that_is_not_there_is_refused()
    {
        string[] arguments = [.. run.Arguments(run.PathOf("cuda")).Select(argument => argument == "cpu" ? "cuda:99" : argument)];

        (await ConsoleProgram.RefusalAsync(arguments)).Should().Contain("cuda:99");
    }

    [Fact]
    public async Task Weights_of_another_shape_are_refused_with_both_shapes()
    {
        string weights = Changed("shape.safetensors", "[64,3,7,7]", "[64,21,7] ");

        (await ConsoleProgram.RefusalAsync(run.Arguments(run.PathOf("shape"), "--weights", weights)))
            .Should().ContainAll(weights, "conv1.weight", "21");
    }

    [Fact]
    public async Task A_model_of_a_newer_format_is_refused()
    {
        string model = Changed("newer.safetensors", "\"format_version\":\"1\"", "\"format_version\":\"9\"");

        (await ConsoleProgram.RefusalAsync("evaluate", "--model", model, "--data", run.Data, "--annotations", run.Validation))
            .Should().ContainAll(model, "version 9");
    }

    [Fact]
    public async Task A_file_that_is_no_model_is_refused()
    {
        (await ConsoleProgram.RefusalAsync("evaluate", "--model", run.Train, "--data", run.Data, "--annotations", run.Validation)).Should()
            .Contain(run.Train);
    }

    [LinuxFact]
    public async Task Pipes_are_refused_where_weights_and_models_are_wanted()
    {
        // Nobody writes to it: opened, it would never return.
        string pipe = run.PathOf("model-pipe");
        (await ChildProcess.RunAsync("mkfifo", [pipe])).ExitCode.Should().Be(0);

        foreach (string option in new[] { "--weights", "--start-from" })
        {
            (await ConsoleProgram.RefusalAsync(run.Arguments(run.PathOf($"pipe{option}"), option, pipe))).Should()
                .ContainAll(pipe, "a pipe");
        }

        (await ConsoleProgram.RefusalAsync("predict", "--model", pipe, "--images", run.Data)).Should().ContainAll(pipe, "a pipe");
    }

    [Theory]
    [InlineData("/dev/full")]
    [InlineData("/proc/nowhere/predictions.txt")]
    public async Task An_output_that_cannot_be_written_is_refused(string output)
    {
        (await ConsoleProgram.RefusalAsync("predict", "--model", run.Model, "--list", run.Validation, "--data", run.Data, "--out", output))
            .Should().Contain("--out").And.Contain(Path.GetDirectoryName(output));
    }

    [Fact]
    public async Task A_listed_image_that_is_missing_is_refused()
    {
        string list = run.PathOf("missing-list.txt");
        await File.WriteAllLinesAsync(list, ["image", "images/gone.jpg"]);

        (await ConsoleProgram.RefusalAsync(
            "predict",
            "--model",
            run.Model,
            "--list",
            list,
            "--data",
            run.Data,
            "--out",
            run.PathOf("none.txt")))
            .Should().Contain("gone.jpg");
    }

    [Fact]
    public async Task Images_that_cannot_be_read_are_named_in_one_line_and_nothing_is_written()
    {
        string list = run.PathOf("some-bad.txt"), output = run.PathOf("some-bad-predictions.txt");
        await File.WriteAllTextAsync(Path.Combine(run.Data, "some-bad.jpg"), "no image");
        string[] good = [.. AnnotationSet.Load(run.Validation).Select(row => row.Image).Take(3)];
        await File.WriteAllTextAsync(Path.Combine(run.Data, "worse.jpg"), "nor this");
        string[] arguments = ["predict", "--model", run.Model, "--list", list, "--data", run.Data];
        await File.WriteAllLinesAsync(list, ["image", good[0], "worse.jpg", good[1], "some-bad.jpg", good[2]]);

        (await ConsoleProgram.RefusalAsync(arguments)).Should()
            .ContainAll("2 of 5", "worse.jpg' (it is not an image", "some-bad.jpg' (it is not an image");
        File.Exists(output).Should().BeFalse();

        // What is not there is known before the others are predicted.
        await File.WriteAllLinesAsync(list, ["image", good[0], "gone.jpg", good[1], "some-bad.jpg", good[2]]);
        (await ConsoleProgram.RefusalAsync([.. arguments, "--out", output])).Should()
            .ContainAll("1 of 5", "gone.jpg' (there is no such file)");
        File.Exists(output).Should().BeFalse();

        // A document has a place for them.
        ChildProcess.Outcome outcome = await ConsoleProgram.RunAsync([.. arguments, "--json"]);
        outcome.ExitCode.Should().Be(2);
        using JsonDocument document = JsonDocument.Parse(outcome.Output);
        JsonElement[] predictions = [.. document.RootElement.GetProperty("predictions").EnumerateArray()];
        predictions.Select(item => item.GetProperty("image").GetString()).Should()
            .Equal(good[0], "gone.jpg", good[1], "some-bad.jpg", good[2]);
        predictions[1].GetProperty("error").GetString().Should().Contain("gone.jpg");
        predictions[1].GetProperty("expression").ValueKind.Should().Be(JsonValueKind.Null);
        predictions[2].GetProperty("error").ValueKind.Should().Be(JsonValueKind.Null);
        predictions[2].GetProperty("expressionProbabilities").EnumerateObject().Should().HaveCount(8);
    }

    private static async Task WriteImage(string path, string? content)
    {
        if (content == "truncated")
        {
            string whole = Directory.EnumerateFiles(
                Path.Combine(Path.GetDirectoryName(path)!, "images"),
                "*.jpg",
                SearchOption.AllDirectories).First();
            byte[] bytes = await File.ReadAllBytesAsync(whole);
            await File.WriteAllBytesAsync(path, bytes[..(bytes.Length / 2)]);
        }
        else if (content is not null)
        {
            await File.WriteAllTextAsync(path, content);
        }
    }

    /// <summary>A copy of the model with a piece of its header replaced by one of the same length.</summary>
    private string Changed(string name, string was, string now)
    {
        byte[] bytes = File.ReadAllBytes(run.Model);
        int at = bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(was));
        at.Should().BePositive();
        Encoding.UTF8.GetBytes(now).CopyTo(bytes, at);
        File.WriteAllBytes(run.PathOf(name), bytes);
        return run.PathOf(name);
    }
}
