namespace SsMfar.Tests.ConsoleApp;

/// <summary>What a command reads is not what it writes over: refused in one line before any work, with every file as it was.</summary>
public sealed class OverwritingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public OverwritingTests()
    {
        foreach (string name in new[] { "photo.png", "model", "other", "labels.txt" })
        {
            File.WriteAllText(Path.Combine(Directory.CreateDirectory(_folder.File("in")).FullName, name), name);
        }

        foreach (string name in new[] { "train.txt", "annotations.txt", "without-suspects.txt", "report.json" })
        {
            File.WriteAllText(_folder.File($"in/{name}"), "image,valence,arousal,expression\na.jpg,0.1,0.1,0\nb.jpg,0.1,0.1,1\n");
        }
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("--model", "export --model {in}/model --out {in}/model")]
    [InlineData("--weights", "convert --weights {in}/model --out {in}/model")]
    [InlineData("--csv", "import --csv {in}/labels.txt --map image=image --out {in}/labels.txt")]
    [InlineData("FILE", "merge {in}/train.txt --out {in}/train.txt")]
    [InlineData("--annotations", "split --annotations {in}/train.txt --out {in}")]
    [InlineData("--annotations", "audit --annotations {in}/without-suspects.txt --predictions {in}/model --out {in}")]
    [InlineData("--not-worse-than", "report --predictions {in}/model --annotations {in}/labels.txt --not-worse-than {in}/report.json " +
        "--out {in}")]
    [InlineData("--list", "predict --model {in}/model --list {in}/labels.txt --data {in} --out {in}/labels.txt")]
    [InlineData("--model", "predict --model {in}/model --image {in}/photo.png --probabilities {in}/model")]
    [InlineData("--image", "faces --image {in}/photo.png --out {in}/photo.png")]
    [InlineData("--annotations", "align --images {out} --annotations {in}/annotations.txt --out {in}")]
    [InlineData("--detector", "video --input {in} --model {in}/model --detector {in}/other --out {in}/other")]
    [InlineData("--model", "card --model {in}/model --markdown {in}/model")]
    [InlineData("--annotations", "tune --model {in}/model --data {in} --annotations {in}/labels.txt --report {in}/labels.txt")]
    [InlineData("--model", "tune --model {in}/model --model {in}/other --out {in}/other --out {in}/model --data {in} --annotations x")]
    public async Task A_file_that_is_read_is_not_written_over(string option, string command)
    {
        await RefusedAsync(command, option, "name the same file");
    }

    [Theory]
    [InlineData("faces --images {in} --out {out}/faces.csv --draw {in}", "--images")]
    [InlineData("faces --images {in} --out {out}/faces.csv --draw {in}/marked", "--images")]
    [InlineData("faces --image {in}/photo.png --out {out}/faces.csv --draw {in}", "--image")]
    public async Task Photographs_are_not_replaced_by_their_drawings(string command, string option)
    {
        await RefusedAsync(command, "--draw", option);
    }

    [Theory]
    [InlineData("--out", "--images", "align --images {in}/2024 --out {in}")]
    [InlineData("--draw", "--images", "faces --images {in}/2024 --out {out}/faces.csv --draw {in}")]
    [InlineData("--draw", "--image", "faces --image {in}/2024/photo.png --out {out}/faces.csv --draw {in}")]
    [InlineData("--draw", "--input", "video --input {in}/2024 --model {in}/model --out {out}/a.csv --draw {in}")]
    [InlineData("--draw", "--input", "video --input {in}/2024/clip.mp4 --model {in}/model --out {out}/a.csv --draw {in}")]
    public async Task Photographs_around_those_that_are_read_are_not_replaced(string output, string option, string command)
    {
        Directory.CreateDirectory(_folder.File("in/2024"));
        File.Copy(_folder.File("in/photo.png"), _folder.File("in/2024/photo.png"));

        await RefusedAsync(command, $"{output} '{_folder.File("in")}' has {option} in it");
    }

    [Theory]
    [InlineData("--out", "predict --model {in}/model --images {in} --out {in}/photo.png")]
    [InlineData("--probabilities", "predict --model {in}/model --list {in}/labels.txt --data {in} --probabilities {in}/photo.png")]
    [InlineData("--out", "faces --images {in} --out {in}/photo.png")]
    [InlineData("--page", "video --input {in} --model {in}/model --out {out}/a.csv --page {in}/photo.png")]
    [InlineData("--out", "import --csv {in}/labels.txt --map image=image --data {in} --out {in}/photo.png")]
    [InlineData("--report", "tune --model {in}/model --data {in} --annotations {in}/labels.txt --report {in}/photo.png")]
    public async Task A_picture_in_a_folder_that_is_read_is_not_written_over(string option, string command)
    {
        await RefusedAsync(command, option, "photo.png", "is a picture that is there");
    }

    [Theory]
    [InlineData("--draw", "one.jpg", "faces --images {in} --out {in}/../faces.csv --draw {out}")]
    [InlineData("--draw", "one.jpg", "video --input {in} --model {in}/model --out {in}/../a.csv --draw {out}")]
    [InlineData("--out", "one.jpg", "align --images {in} --out {out}")]
    [InlineData("--out", "one.jpg", "render --out {out} --faces 4 --validation-faces 4")]
    [InlineData("--out", "annotations.txt", "align --images {in} --out {out}")]
    [InlineData("--out", "alignment.json", "align --images {in} --out {out}")]
    [InlineData("--out", "a name without an ending", "align --images {in} --annotations {in}/unended.txt --out {out}")]
    [InlineData("--out", "validation.txt", "render --out {out} --faces 4 --validation-faces 4")]
    [InlineData("--out", "train.txt", "split --annotations {in}/annotations.txt --out {out}")]
    [InlineData("--out", "report.html", "report --annotations {in}/annotations.txt --predictions {in}/model --out {out}")]
    [InlineData("--out", "report.json", "report --annotations {in}/annotations.txt --predictions {in}/model --out {out}")]
    [InlineData("--out", "doubtful.csv", "audit --annotations {in}/annotations.txt --predictions {in}/model --out {out}")]
    [InlineData("--out", "audit.html", "audit --annotations {in}/annotations.txt --predictions {in}/model --out {out}")]
    [InlineData("--out", "without-suspects.txt", "audit --annotations {in}/annotations.txt --predictions {in}/model --out {out}")]
    public async Task What_no_earlier_run_wrote_into_a_folder_is_not_replaced(string option, string file, string command)
    {
        // Written by another kind of run, as far as the mark tells.
        string folder = Directory.CreateDirectory(_folder.File("out/2024")).FullName;
        string there = Path.Combine(file.EndsWith(".jpg", StringComparison.Ordinal) ? folder : _folder.File("out"), file);
        await File.WriteAllTextAsync(there, "mine");
        await File.WriteAllTextAsync(_folder.File("out/ssmfar-other.txt"), "");
        await File.WriteAllTextAsync(_folder.File("in/unended.txt"), "image,expression\na name without an ending,0\n");

        await RefusedAsync(command, $"{option} '{_folder.File("out")}'", $"{file}' is there, and no earlier run wrote it");

        (await File.ReadAllTextAsync(there)).Should().Be("mine");
        FolderFiles.Of(_folder.File("out")).Should().HaveCount(2);
    }

    [Fact]
    public async Task What_an_earlier_run_wrote_into_a_folder_is_replaced_by_the_next_of_its_kind()
    {
        string drawn = _folder.File("drawn"), split = _folder.File("split");
        string[] render = ["render", "--out", drawn, "--faces", "24", "--validation-faces", "8", "--size", "48"];
        await ConsoleProgram.JsonAsync(render);
        SortedDictionary<string, string> first = FolderFiles.Of(drawn);
        await ConsoleProgram.JsonAsync([.. render, "--seed", "2"]);
        FolderFiles.Of(drawn).Should().NotEqual(first);
        foreach (string seed in new[] { "1", "2" })
        {
            await ConsoleProgram.JsonAsync(
                "split", "--annotations", Path.Combine(drawn, "train.txt"), "--out", split, "--seed", seed);
        }

        // Parts of a data set do not make its folder one whose pictures may be replaced.
        await ConsoleProgram.JsonAsync(
            "split", "--annotations", _folder.File("in/annotations.txt"), "--out", Directory.CreateDirectory(_folder.File("data")).FullName,
            "--share", "0.5");
        File.Copy(_folder.File("in/photo.png"), _folder.File("data/photo.png"));
        (await ConsoleProgram.RefusalAsync("align", "--images", _folder.File("in"), "--out", _folder.File("data"))).Should()
            .Contain("photo.png' is there");
    }

    [RequiresTool("bash")]
    public async Task A_new_training_list_is_never_beside_an_old_validation_list()
    {
        string labels = _folder.File("many.txt"), output = _folder.File("parts");
        await File.WriteAllLinesAsync(
            labels, [.. Enumerable.Range(0, 20_000).Select(row => $"{row}.jpg,{row % 8}").Prepend("image,expression")]);
        string[] split = ["split", "--annotations", labels, "--share", "0.9", "--out", output];
        await ConsoleProgram.JsonAsync(split);

        // A limit on the size of files stands for a disk that is full: the shorter list fits, the longer one does not.
        ChildProcess.Outcome full = await ChildProcess.RunAsync(
            "bash",
            ["-c", "trap '' XFSZ; ulimit -f 100; exec \"$@\"", "bash", ChildProcess.Dotnet, ConsoleProgram.Path, .. split, "--seed", "2"],
            new Dictionary<string, string?> { ["DOTNET_EnableWriteXorExecute"] = "0" });

        full.ExitCode.Should().Be(2, full.Everything);
        Directory.GetFiles(output).Select(Path.GetFileName).Should().BeEquivalentTo("ssmfar-split.txt", "train.txt");
    }

    [Fact]
    public async Task A_file_of_a_data_set_is_not_written_over_and_a_new_one_beside_it_is_written()
    {
        await RefusedAsync("import --from ferplus --source {in} --out {in}/labels.txt", "--out", "is a file of --source");
        await RefusedAsync("import --from ferplus --source {in} --out {in}/new.txt", "fer2013new.csv");
    }

    [UnixFact]
    public async Task Another_name_of_what_is_read_is_found_out()
    {
        Directory.CreateSymbolicLink(_folder.File("link"), _folder.File("in"));
        File.CreateSymbolicLink(_folder.File("named"), _folder.File("link/labels.txt"));

        await RefusedAsync("align --images {in} --out {link}", "--out", "is --images");
        await RefusedAsync("align --images {link} --out {in}/aligned", "--out", "lies in it");
        await RefusedAsync("align --images {link}/2024 --out {in}", "--out", "has --images in it");
        await RefusedAsync("faces --images {in} --out {out}/faces.csv --draw {link}/.", "--draw", "is --images");
        await RefusedAsync("video --input {in} --model {in}/model --out {out}/a.csv --draw {link}", "--draw", "is --input");
        await RefusedAsync("smooth --predictions {named} --sigma 2 --out {in}/labels.txt", "--predictions", "same file");
    }

    [Fact]
    public async Task What_lies_beside_a_photograph_may_take_its_drawing()
    {
        // Refused for its detector alone, after what is asked here.
        await RefusedAsync("faces --image {in}/photo.png --out {out}/f.csv --draw {in}/marked --detector {out}/none", "--detector");
    }

    private async Task RefusedAsync(string command, params string[] named)
    {
        Directory.CreateDirectory(_folder.File("out"));
        Dictionary<string, byte[]> before = Contents();

        string line = await ConsoleProgram.RefusalAsync(
            command.Split(' ').Select(word => new[] { "in", "out", "link", "named" }.Aggregate(
                word, (path, name) => path.Replace($"{{{name}}}", _folder.File(name), StringComparison.Ordinal))));

        line.Should().ContainAll(named);
        Contents().Should().BeEquivalentTo(before);
    }

    private Dictionary<string, byte[]> Contents() =>
        Directory.EnumerateFiles(_folder.File("in")).ToDictionary(path => path, File.ReadAllBytes);
}
