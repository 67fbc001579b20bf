using System.Text;
using SsMfar.Data;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Submissions;

namespace SsMfar.Tests.ConsoleApp;

/// <summary>Names and files as people have them, and what can be refused before the work is.</summary>
public sealed class NamesAndFilesTests(TrainedRun run) : IClassFixture<TrainedRun>
{
    [Theory]
    [InlineData("--out")]
    [InlineData("--probabilities")]
    public async Task An_output_in_no_folder_is_refused_before_the_model_is_read(string option)
    {
        string path = run.PathOf("no-such-folder/p.txt");

        (await ConsoleProgram.RefusalAsync(
            "predict",
            "--model",
            run.PathOf("no-model"),
            "--list",
            run.Validation,
            "--data",
            run.Data,
            option,
            path))
            .Should().ContainAll(option, path, "there is no folder", "Make it");
        (await ConsoleProgram.RefusalAsync(
            "predict",
            "--model",
            run.PathOf("no-model"),
            "--list",
            run.Validation,
            "--data",
            run.Data,
            option,
            run.Data))
            .Should().ContainAll(option, run.Data, "is a folder");
    }

    [Fact]
    public async Task Every_command_that_writes_a_file_refuses_one_in_no_folder_before_its_work()
    {
        string path = run.PathOf("no-such-folder/f");
        string none = run.PathOf("no-input");
        string[][] commands =
        [
            ["tune", "--model", none, "--data", none, "--annotations", none], ["smooth", "--predictions", none, "--sigma", "2"],
            ["export", "--model", none], ["convert", "--weights", none],
        ];
        foreach (string[] command in commands)
        {
            (await ConsoleProgram.RefusalAsync([.. command, "--out", path])).Should().ContainAll("--out", path, "there is no folder");
        }

        string output = run.PathOf("cache-run");
        string[][] cached =
        [
            run.Arguments(output), AblationRun.Arguments(output),
            ["search", "--data", run.Data, "--train", run.Train, "--validation", run.Validation, "--space", none, "--out", output],
        ];
        foreach (string[] command in cached)
        {
            (await ConsoleProgram.RefusalAsync([.. command, "--cache", run.Train + "/cache"])).Should()
                .ContainAll("--cache", run.Train, "not a folder");
            Directory.Exists(output).Should().BeFalse();
        }
    }

    /// <summary>The images may be in it already. Nobody can write to that of the test, the administrator included.</summary>
    [LinuxFact]
    public async Task A_folder_of_decoded_images_that_cannot_be_written_is_no_fault_before_it_is_written()
    {
        ChildProcess.Outcome outcome = await ConsoleProgram.RunAsync(run.Arguments(run.PathOf("read-only-cache"), "--cache", "/proc"));

        outcome.ExitCode.Should().NotBe(0);
        outcome.Error.Should().Contain("The image cache '/proc/").And.Contain("cannot be written");
    }

    [LinuxFact]
    public async Task A_shell_s_pipe_gets_what_is_written_and_a_link_stays_one()
    {
        string table = run.PathOf("table.csv"), piped = run.PathOf("piped.csv");
        string link = run.PathOf("link.csv"), whole = run.PathOf("whole.csv");
        await File.WriteAllTextAsync(table, "image,valence,arousal\na.jpg,0.5,0.25\n");
        File.CreateSymbolicLink(link, "whole.csv");
        string command = $"'{ChildProcess.Dotnet}' '{ConsoleProgram.Path}' import --csv '{table}' " +
            "--map image=image,valence=valence,arousal=arousal";

        ChildProcess.Outcome linked = await ChildProcess.RunAsync("bash", ["-c", $"{command} --out '{link}'"]);
        ChildProcess.Outcome written = await ChildProcess.RunAsync(
            "bash", ["-c", $"set -o pipefail; {command} --out /dev/fd/3 3>&1 >/dev/null | cat > '{piped}'"]);

        linked.ExitCode.Should().Be(0, linked.Everything);
        written.ExitCode.Should().Be(0, written.Everything);
        new FileInfo(link).LinkTarget.Should().Be("whole.csv");
        string text = await File.ReadAllTextAsync(whole);
        text.Should().Contain("a.jpg");
        (await File.ReadAllTextAsync(piped)).Should().Be(text);
    }

    [Fact]
    public async Task Names_with_commas_and_quotes_are_predicted_and_scored()
    {
        string folder = run.PathOf("odd, \"names\"");
        Directory.CreateDirectory(folder);
        string[] images = [.. Directory.EnumerateFiles(Path.Combine(run.Data, "images"), "*.jpg", SearchOption.AllDirectories).Order()
            .Take(2)];
        File.Copy(images[0], Path.Combine(folder, "a, b.jpg"));
        File.Copy(images[1], Path.Combine(folder, "say \"cheese\".jpg"));
        string output = run.PathOf("odd.txt");

        ChildProcess.Outcome predicted = await ConsoleProgram.RunAsync(
            "predict",
            "--model",
            run.Model,
            "--images",
            folder,
            "--out",
            output);
        predicted.ExitCode.Should().Be(0, predicted.Everything);
        Submission.Load(output).Select(row => row.Image).Should().Equal("a, b.jpg", "say \"cheese\".jpg");

        string annotations = run.PathOf("odd-labels.txt");
        await File.WriteAllLinesAsync(annotations,
        [
            "image,valence,arousal,expression,aus", "\"a, b.jpg\",0.1,0.1,0,0,0,0,0,0,0,0,0,0,0,0,0",
            "\".\\say \"\"cheese\"\".jpg\",0.2,0.1,1,0,0,0,0,0,0,0,0,0,0,0,1",
        ]);
        (await ConsoleProgram.JsonAsync("score", "--annotations", annotations, "--predictions", output)).ValueKind.Should()
            .Be(System.Text.Json.JsonValueKind.Object);
    }

    [Fact]
    public async Task What_a_folder_has_beside_images_is_counted_and_said()
    {
        string folder = run.PathOf("beside");
        Directory.CreateDirectory(Path.Combine(folder, "__MACOSX"));
        string image = Directory.EnumerateFiles(Path.Combine(run.Data, "images"), "*.jpg", SearchOption.AllDirectories).First();
        File.Copy(image, Path.Combine(folder, "1.jfif"));
        File.Copy(image, Path.Combine(folder, "2.jpe"));
        foreach (string other in new[] { "._1.jpg", "__MACOSX/2.jpg", "notes.txt" })
        {
            await File.WriteAllTextAsync(Path.Combine(folder, other), "no image");
        }

        Directory.CreateSymbolicLink(Path.Combine(folder, "again"), folder);

        ChildProcess.Outcome outcome = await ConsoleProgram.RunAsync("predict", "--model", run.Model, "--images", folder, "--json");

        outcome.ExitCode.Should().Be(0, outcome.Everything);
        outcome.Error.Should()
            .ContainAll("2 images; left out: 1 that do not end as images do", "2 that a system keeps beside images", "1 that are links");
        outcome.Output.Should().ContainAll("1.jfif", "2.jpe").And.NotContain("again");
    }

    [UnixFact]
    public async Task A_file_with_a_backslash_in_its_name_is_refused_by_name()
    {
        string folder = run.PathOf("backslash");
        Directory.CreateDirectory(folder);
        string file = Path.Combine(folder, "dir\\x.jpg");
        await File.WriteAllTextAsync(file, "");

        (await ConsoleProgram.RefusalAsync("predict", "--model", run.Model, "--images", folder)).Should()
            .ContainAll("dir\\x.jpg", "backslash", "Rename");
        (await ConsoleProgram.RefusalAsync("predict", "--model", run.Model, "--image", file)).Should()
            .ContainAll("--image", "dir\\x.jpg", "backslash", "Rename");
    }

    [Fact]
    public async Task Images_of_a_list_that_are_not_there_are_refused_before_the_others_are_predicted()
    {
        string list = run.PathOf("nfd-list.txt");
        string composed = "caf\u00E9.jpg", decomposed = "cafe\u0301.jpg";
        string image = Directory.EnumerateFiles(Path.Combine(run.Data, "images"), "*.jpg", SearchOption.AllDirectories).First();
        File.Copy(image, Path.Combine(run.Data, composed), overwrite: true);
        await File.WriteAllLinesAsync(list,
        [
            "image,valence,arousal,expression,aus", $"{decomposed},0.1,0.1,0,0,0,0,0,0,0,0,0,0,0,0,0",
            "gone.jpg,0.1,0.1,0,0,0,0,0,0,0,0,0,0,0,0,0",
        ]);
        string[][] commands =
        [
            ["predict", "--model", run.Model, "--list", list, "--data", run.Data], ["evaluate", "--model", run
                .Model, "--annotations", list, "--data", run.Data],
            ["tune", "--model", run.Model, "--annotations", list, "--data", run.Data, "--out", run.PathOf("tuned-nfd.safetensors")],
        ];
        foreach (string[] command in commands)
        {
            (await ConsoleProgram.RefusalAsync(command)).Should()
                .ContainAll(list, "2 of 2 images", "gone.jpg' (there is no such file)", "looks the same", "(NFD)", "(NFC)", "--data");
        }
    }

    [LinuxFact]
    public async Task Predictions_that_could_not_be_written_are_kept()
    {
        string line = await ConsoleProgram.RefusalAsync(
            "predict",
            "--model",
            run.Model,
            "--list",
            run.Validation,
            "--data",
            run.Data,
            "--out",
            "/dev/full");

        string kept = line.Split("are kept in '")[1].Split('\'')[0];
        Submission.Load(kept).MatchTo(AnnotationSet.Load(run.Validation)).Should().HaveCount(32);
        Directory.Delete(Path.GetDirectoryName(kept)!, recursive: true);
    }

    [Fact]
    public async Task Predictions_of_the_others_are_kept_when_an_image_cannot_be_read()
    {
        string list = run.PathOf("one-bad.txt"), output = run.PathOf("one-bad-predictions.txt");
        await File.WriteAllTextAsync(Path.Combine(run.Data, "one-bad.jpg"), "no image");
        string[] good = [.. AnnotationSet.Load(run.Validation).Select(row => row.Image).Take(3)];
        await File.WriteAllLinesAsync(list, ["image", good[0], "one-bad.jpg", good[1], good[2]]);

        string line = await ConsoleProgram.RefusalAsync(
            "predict",
            "--model",
            run.Model,
            "--list",
            list,
            "--data",
            run.Data,
            "--out",
            output);

        line.Should().Contain("one-bad.jpg").And.Contain("The predictions of the other 3 are kept in '");
        string kept = line.Split("are kept in '")[1].Split('\'')[0];
        Submission.Load(kept).Select(row => row.Image).Should().Equal(good);
        File.Exists(output).Should().BeFalse();
        Directory.Delete(Path.GetDirectoryName(kept)!, recursive: true);
    }

    [Fact]
    public async Task Validating_on_what_is_learned_is_said()
    {
        string[] arguments = [.. run.SmallArguments(run.PathOf("same-file"))
            .Select(argument => argument == run.Validation ? run.Train : argument)];
        arguments[Array.IndexOf(arguments, "--epochs") + 1] = "1";

        ChildProcess.Outcome outcome = await ConsoleProgram.RunAsync(arguments);

        outcome.ExitCode.Should().Be(0, outcome.Everything);
        outcome.Error.Should().Contain("64 of 64 validation images are training images too");
        ChildProcess.Outcome other = await ConsoleProgram.RunAsync(
            [.. run.SmallArguments(run.PathOf("other-file")).Select(argument => argument == "4" ? "1" : argument)]);
        other.Everything.Should().NotContain("training images too");
    }

    [Fact]
    public async Task Of_several_networks_in_a_file_prefix_says_which()
    {
        string weights = run.PathOf("two-networks.pth");
        using (ResNet network = new(18, RandomKey.FromSeed(1)))
        {
            SsMfar.Tests.Weights.PyTorch.PyTorchForge.Save(weights, [.. new[] { "first.", "second." }.SelectMany(prefix =>
                network.state_dict().Select(pair => KeyValuePair.Create(prefix + pair.Key, pair.Value)))]);
        }

        string[] arguments = [.. run.Arguments(run.PathOf("prefixed"), "--weights", weights)
            .Select(argument => argument == "4" ? "1" : argument)];

        (await ConsoleProgram.RefusalAsync(arguments)).Should().ContainAll(weights, "more than one network", "--prefix").And
            .NotContain("PretrainedOptions");
        Directory.Exists(run.PathOf("prefixed")).Should().BeFalse();
        (await ConsoleProgram.JsonAsync([.. arguments, "--prefix", "second"])).GetProperty("epochs").GetInt32().Should().Be(1);
        (await ConsoleProgram.RefusalAsync([.. arguments, "--resume", "--prefix", "first"])).Should()
            .Contain("--prefix was second, is first");
        (await ConsoleProgram.RefusalAsync(run.Arguments(run.PathOf("no-weights"), "--prefix", "first"))).Should()
            .ContainAll("--prefix", "--weights");
    }

    [Fact]
    public async Task Quoted_utf16_and_faulty_lists_are_read_or_refused_in_words()
    {
        string[] rows = await File.ReadAllLinesAsync(run.Train);
        string quoted = run.PathOf("quoted-utf16.txt");
        await File.WriteAllBytesAsync(
            quoted,
            Encoding.Unicode.GetBytes(string.Join("\r\n", rows.Select(row => $"\"{row.Split(',', 2)[0]}\",{row.Split(',', 2)[1]}"))));
        (await ConsoleProgram.JsonAsync("stats", "--annotations", quoted)).ToString().Should()
            .Be((await ConsoleProgram.JsonAsync("stats", "--annotations", run.Train)).ToString());

        string faulty = run.PathOf("repeated.txt");
        await File.WriteAllLinesAsync(faulty, [rows[0], rows[1], ".\\" + rows[1]]);
        (await ConsoleProgram.RefusalAsync("stats", "--annotations", faulty)).Should()
            .ContainAll(faulty, "line 3", "line 2 already", "Remove one")
            .And
            .NotContain("AllowRepeatedImages");
        await File.WriteAllLinesAsync(faulty, [rows[0], "v\0.jpg" + rows[1][rows[1].IndexOf(',')..]]);
        (await ConsoleProgram.RefusalAsync("stats", "--annotations", faulty)).Should().ContainAll(faulty, "line 2", "v\\u0000.jpg", "NUL")
            .And
            .NotContain("\0");
    }
}
