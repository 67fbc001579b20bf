namespace SsMfar.Tests.ConsoleApp;

/// <summary>Bad input that needs no model: exit code 2 and one line that names what is wrong.</summary>
public sealed class ArgumentTests : IDisposable
{
    private const string Header = "image,valence,arousal,expression,aus\n";
    private const string GoodRow = "1.jpg,0.5,0.5,0,1,0,0,0,0,0,0,0,0,0,0,0\n";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("an unknown command", "frobnicate", "frobnicate")]
    [InlineData("an unknown option", "stats --annotations a.txt --nonsense", "--nonsense")]
    [InlineData("a missing option", "stats", "--annotations")]
    [InlineData("an option before the command", "--out x stats --annotations a.txt", "--out", "after the command")]
    [InlineData("a demonstration's option before a command", "--quick stats --annotations a.txt", "--quick", "after the command")]
    [InlineData("a missing value", "stats --annotations", "--annotations")]
    [InlineData("a number that is none", "render --out x --faces many", "--faces 'many'")]
    [InlineData("a number out of range", "render --out x --faces -1", "--faces '-1'")]
    [InlineData(
        "an unknown variant",
        "train --data . --train a --validation b --out c --variant best",
        "--variant 'best'",
        "ss-mfar-no-kl")]
    [InlineData("an unknown recipe", "train --data . --train a --validation b --out c --recipe mine", "--recipe 'mine'", "recommended")]
    [InlineData("an unknown backbone", "train --data . --train a --validation b --out c --backbone vgg", "--backbone 'vgg'", "resnet18")]
    [InlineData("an unknown device", "train --data . --train a --validation b --out c --device tpu", "--device 'tpu'", "cuda")]
    [InlineData(
        "pretrained weights not given",
        "train --data . --train a --validation b --out c --variant ssp-mfar",
        "--weights FILE",
        "AffectNet",
        "--weights imagenet")]
    [InlineData(
        "weights of ImageNet for a variant from scratch",
        "train --data . --train a --validation b --out c --variant ss-mfar-50 --weights imagenet",
        "ss-mfar-50",
        "from scratch",
        "leave --weights out")]
    [InlineData(
        "weights of ImageNet for a backbone that has none",
        "train --data . --train a --validation b --out c --backbone resnet34 --weights imagenet",
        "resnet34",
        "only for resnet18",
        "--weights none")]
    [InlineData(
        "the order of a file's images without a file",
        "train --data . --train a --validation b --out c --weights imagenet --channel-order bgr",
        "--channel-order",
        "--weights FILE")]
    [InlineData(
        "the order of a file's images where nothing is a file, in ablate",
        "ablate --out c --variants ss-mfar,ss-mfar-50 --weights imagenet --channel-order bgr",
        "--channel-order",
        "--weights FILE")]
    [InlineData(
        "the order of a file's images without a file, in audit",
        "audit --data . --annotations a --out c --channel-order bgr",
        "--channel-order",
        "--weights FILE")]
    [InlineData(
        "names in a file without a file, in audit",
        "audit --data . --annotations a --out c --weights none --prefix module",
        "--prefix",
        "--weights FILE")]
    [InlineData(
        "pretrained weights not given, in audit",
        "audit --data . --annotations a --out c --variant ssp-mfar",
        "--weights FILE",
        "AffectNet")]
    [InlineData(
        "a file that is called like a word",
        "train --data . --train a --validation b --out c --weights ./imagenet",
        "--weights './imagenet'",
        "no such file")]
    [InlineData(
        "pretrained weights not there",
        "train --data . --train a --validation b --out c --weights gone.safetensors",
        "gone.safetensors")]
    [InlineData("images from nowhere", "train --data gone --train a --validation b --out c", "--data 'gone'")]
    [InlineData("nothing to predict", "predict --model m.safetensors", "--image", "--images", "--list")]
    [InlineData("a list without its folder", "predict --model m.safetensors --list a.txt", "--data")]
    public async Task Arguments_that_cannot_be_used_are_named(string what, string arguments, params string[] named)
    {
        string line = await ConsoleProgram.RefusalAsync(arguments.Split(' '));

        line.Should().ContainAll(named, what);
    }

    [Theory]
    [InlineData("2.jpg,0.5,0.5,0,1,0,0\n", "line 3", "16")]
    [InlineData("2.jpg,0.5,much,0,1,0,0,0,0,0,0,0,0,0,0,0\n", "line 3", "much")]
    [InlineData("2.jpg,0.5,0.5,8,1,0,0,0,0,0,0,0,0,0,0,0\n", "line 3", "expression is 8")]
    [InlineData("2.jpg,1.5,0.5,0,1,0,0,0,0,0,0,0,0,0,0,0\n", "line 3", "1.5")]
    [InlineData("2.jpg,0.5,0.5,0,2,0,0,0,0,0,0,0,0,0,0,0\n", "line 3", "AU1")]
    public async Task Rows_that_cannot_be_read_are_named_with_file_and_line(string row, params string[] named)
    {
        string file = Write("bad.txt", Header + GoodRow + row);

        string line = await ConsoleProgram.RefusalAsync("stats", "--annotations", file);

        line.Should().Contain(file).And.ContainAll(named);
    }

    [Fact]
    public async Task A_missing_file_is_named()
    {
        (await ConsoleProgram.RefusalAsync("stats", "--annotations", _folder.File("gone.txt"))).Should().Contain("gone.txt");
    }

    [Theory]
    [InlineData("2.jpg,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0\n", "2.jpg")]
    [InlineData(GoodRow + GoodRow, "repeated")]
    [InlineData("", "missing")]
    public async Task Predictions_must_match_by_name(string predictions, string named)
    {
        string line = await ConsoleProgram.RefusalAsync(
            "score", "--annotations", Write("truth.txt", Header + GoodRow), "--predictions", Write("predicted.txt", Header + predictions));

        line.Should().Contain(named);
    }

    [Theory]
    [InlineData("--out ''", "--out", "")]
    [InlineData("FILE ''", "inspect", "")]
    [InlineData("FILE[=PREFIX] ''", "merge", "--out", "x", "")]
    [InlineData("FILE[=PREFIX] '=faces'", "merge", "--out", "x", "=faces")]
    [InlineData("PART ''", "gather", "--out", "x", "")]
    public async Task An_empty_path_is_named(string named, params string[] arguments)
    {
        (await ConsoleProgram.RefusalAsync(arguments)).Should().StartWith(named).And.NotContain("Unexpected");
    }

    [Fact]
    public async Task The_remedy_for_other_classes_is_one_that_the_command_has()
    {
        string file = Write("eight.txt", Header + "1.jpg,0.5,0.5,8,1,0,0,0,0,0,0,0,0,0,0,0\n");

        (await ConsoleProgram.RefusalAsync("stats", "--annotations", file)).Should().Contain("name them with --classes.");
        (await ConsoleProgram.RefusalAsync("merge", "--out", _folder.File("merged.txt"), file, file)).Should()
            .Contain("name them with --classes.");
    }

    [Fact]
    public async Task A_place_that_cannot_be_written_is_named()
    {
        string file = Write("file.txt", "");

        string line = await ConsoleProgram.RefusalAsync(
            "render",
            "--out",
            Path.Combine(file, "faces"),
            "--faces",
            "2",
            "--validation-faces",
            "2");

        line.Should().Contain(file);
    }

    [Fact]
    public async Task Help_is_a_result()
    {
        SsMfar.Tests.ChildProcess.Outcome outcome = await ConsoleProgram.RunAsync("--help");

        outcome.ExitCode.Should().Be(0);
        outcome.Output.Should().ContainAll("stats", "score", "render", "train", "evaluate", "predict");
        outcome.Error.Should().BeEmpty();
    }

    private string Write(string name, string text)
    {
        File.WriteAllText(_folder.File(name), text);
        return _folder.File(name);
    }
}
