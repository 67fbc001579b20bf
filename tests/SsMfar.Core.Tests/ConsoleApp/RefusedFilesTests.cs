using System.Text;
using SsMfar.Tests.Runtime;

namespace SsMfar.Tests.ConsoleApp;

/// <summary>Images, weights, models and folders that cannot be used: exit code 2 and one line; a refused run leaves nothing behind.</summary>
[Collection(TrainedRun.Collection)]
public sealed class RefusedFilesTests(TrainedRun run)
{
    [Fact]
    public async Task A_folder_in_use_needs_resume()
    {
        (await ConsoleProgram.RefusalAsync(run.Arguments(run.Out))).Should().ContainAll(run.Out, "--resume");
    }

    [Fact]
    public async Task Resuming_with_other_options_names_them()
    {
        string[] arguments = [.. run.Arguments(run.Out, "--resume").Select(argument => argument == "7" ? "8" : argument == "32" ? "48" : argument)];

        (await ConsoleProgram.RefusalAsync(arguments)).Should().ContainAll("--seed was 7, is 8", "--size was 32, is 48", "--batch-size was 32, is 48");
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
        string[] arguments = [.. run.Arguments(output).Select(argument => argument == run.Train ? annotations : argument)];
        arguments[Array.IndexOf(arguments, "--epochs") + 1] = "1";

        string line = await ConsoleProgram.RefusalAsync(arguments);

        line.Should().ContainAll(name, reason, "--on-bad-image skip");
        Directory.Exists(output).Should().BeFalse();
        if (content is null)
        {
            ChildProcess.Outcome skipped = await ConsoleProgram.RunAsync([.. arguments, "--on-bad-image", "skip"]);
            skipped.ExitCode.Should().Be(0, skipped.Everything);
            skipped.Error.Should().MatchRegex("1 .*image");
        }
    }

    [Fact]
    public async Task A_class_without_a_sample_is_named()
    {
        string annotations = run.PathOf("no-fear.txt");
        await File.WriteAllLinesAsync(
            annotations, (await File.ReadAllLinesAsync(run.Train)).Select(line => line.Split(',') is [_, _, _, "3", ..] fields ? string.Join(',', fields[..3].Append("-1").Concat(fields[4..])) : line));
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
        (await ConsoleProgram.RefusalAsync("evaluate", "--model", run.Train, "--data", run.Data, "--annotations", run.Validation)).Should().Contain(run.Train);
    }

    [Theory]
    [InlineData("/dev/full")]
    [InlineData("/proc/nowhere/predictions.txt")]
    public async Task An_output_that_cannot_be_written_is_refused(string output)
    {
        (await ConsoleProgram.RefusalAsync("predict", "--model", run.Model, "--list", run.Validation, "--data", run.Data, "--out", output))
            .Should().Contain(Path.GetDirectoryName(output));
    }

    [Fact]
    public async Task A_listed_image_that_is_missing_is_refused()
    {
        string list = run.PathOf("missing-list.txt");
        await File.WriteAllLinesAsync(list, ["image", "images/gone.jpg"]);

        (await ConsoleProgram.RefusalAsync("predict", "--model", run.Model, "--list", list, "--data", run.Data, "--out", run.PathOf("none.txt")))
            .Should().Contain("gone.jpg");
    }

    private static async Task WriteImage(string path, string? content)
    {
        if (content == "truncated")
        {
            string whole = Directory.EnumerateFiles(Path.Combine(Path.GetDirectoryName(path)!, "images"), "*.jpg", SearchOption.AllDirectories).First();
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
