using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using SsMfar.Data;
using SsMfar.Models;

namespace SsMfar.Tests.ConsoleApp;

/// <summary><c>import</c>, <c>merge</c>, <c>split</c> and training from one file, on labels as people have them.</summary>
public sealed partial class OwnLabelsTests(TrainedRun run) : IClassFixture<TrainedRun>, IDisposable
{
    private static readonly string[] Words = ["Neutral", "Ärger", "Ekel", "Angst", "Freude", "Trauer", "Überraschung", "Anderes"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_table_of_ones_own_is_imported_and_counted()
    {
        string csv = Write("t.csv", "\uFEFFDatei;Gef\u00FChl;Wert;Wer\r\nv\\1.jpg;FREUDE;9;Ada\r\n2 " +
            "\u00E4.jpg;\u00C4rger;?;Ada\r\n3.jpg;;1;Eva\r\n");
        string names = Write("n.csv", "Freude,happiness\nA\u0308rger,Anger\n");
        string output = _folder.File("labels.txt");
        string[] arguments =
        [
            "import", "--csv", csv, "--map", "image=DATEI,expression=Gefu\u0308hl,valence=Wert,person=Wer", "--class-names", names,
            "--range", "valence=1..9", "--unknown", "?,-99", "--out", output,
        ];

        JsonElement dry = await ConsoleProgram.JsonAsync([.. arguments, "--dry-run"]);
        File.Exists(output).Should().BeFalse();
        JsonElement json = await ConsoleProgram.JsonAsync(arguments);

        json.GetProperty("rows").GetInt32().Should().Be(3);
        json.GetProperty("known").GetRawText().Where(char.IsDigit).Should().Equal('2', '2', '0', '0');
        dry.GetProperty("known").GetRawText().Should().Be(json.GetProperty("known").GetRawText());
        json.GetProperty("understood").GetProperty("delimiter").GetString().Should().Be(";");
        AnnotationSet set = AnnotationSet.Load(output);
        set.Select(row => row.Image).Should().Equal("v/1.jpg", "2 \u00E4.jpg", "3.jpg");
        set.Select(row => row.Expression).Should().Equal(4, 1, null);
        set.Select(row => row.Valence).Should().Equal(1, null, -1);
        set.TextColumns.Should().Equal("person");
        JsonElement stats = await ConsoleProgram.JsonAsync("stats", "--annotations", output);
        stats.GetProperty("notLearned").EnumerateArray().Select(what => what.GetString()).Should()
            .Equal("person");
        stats.GetProperty("known").GetProperty("valence").GetInt32().Should().Be(2);
        stats.GetProperty("known").GetProperty("arousal").GetInt32().Should().Be(0);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_listed_is_enough_for_the_rows_whose_images_are_there()
    {
        string data = _folder.File("pictures"), output = _folder.File("listed.txt");
        Directory.CreateDirectory(data);
        await File.WriteAllTextAsync(Path.Combine(data, "1.jpg"), "");
        await File.WriteAllTextAsync(Path.Combine(data, "a\\b.jpg"), "");

        JsonElement json = await ConsoleProgram.JsonAsync(
            "import", "--csv", Write("l.csv", "image,v\n1.jpg,0.5\n"), "--map", "image=image,valence=v", "--data", data, "--out", output);

        json.GetProperty("unlistedImages").ValueKind.Should().Be(JsonValueKind.Null);
        AnnotationSet.Load(output).Should().HaveCount(1);
    }

    [Fact]
    public async Task Parts_are_counted_by_valence_and_arousal_each()
    {
        string labels = Write("v.txt", "image,valence\n" + string.Concat(Enumerable.Range(0, 10).Select(i => $"{i}.jpg,0.{i}\n")));

        ChildProcess.Outcome outcome = await ConsoleProgram.RunAsync(
            "split", "--annotations", labels, "--share", "0.2", "--out", _folder.File("valence-parts"));

        outcome.Output.Should().MatchRegex(@"valence\s+8\s+2").And.MatchRegex(@"arousal\s+0\s+0");
    }

    [Fact]
    public async Task A_share_that_would_take_a_task_whole_is_refused()
    {
        string labels = Write("sets.txt", "image,expression,AU1\n" + string.Concat(Enumerable.Range(0, 20).Select(
            i => i < 10 ? $"expr/{i}.jpg,{i % 2},-1\n" : $"au/{i}.jpg,-1,{i % 2}\n")));

        (await ConsoleProgram.RefusalAsync(
            "train", "--data", run.Data, "--train", labels, "--validation-share", "0.2", "--weights", "none", "--out",
            _folder.File("sets-run"))).Should()
            .ContainAll(labels, "each group has all rows of some task", "column person", "--validation");
    }

    [Theory]
    [InlineData("image,e\n1.jpg,Joy\n", "--map image=image,expression=e", "t.csv, line 2: expression ('e') is 'Joy'", "--class-names",
        "--unknown")]
    [InlineData("image,e\n1.jpg,3\n", "--map image=image,expression=e", "t.csv, line 2: ", "which class it stands for is not said",
        "--classes")]
    [InlineData("image,v\n1.jpg,5\n", "--map image=image,valence=v", "t.csv, line 2: valence ('v') is 5", "--range")]
    [InlineData("image,v\n1.jpg,-1\n", "--map image=image,valence=v --unknown -1",
        "The mark -1 for unknown labels is a value of valence too", "--unknown expression=-1")]
    [InlineData("image,v\n1.jpg,-1\n", "--map image=image,valence=v --unknown ?,expression=-1", "A mark of expression is given")]
    [InlineData("image,v\n1.jpg,0\n", "--map image=image,valence=w", "t.csv, line 1: there is no column 'w'", "'image', 'v'")]
    [InlineData("image,v\n1.jpg,0\n\n2.jpg,1,\n", "--map image=image,valence=v", "t.csv, line 4: the row of '2.jpg' has 3 fields")]
    [InlineData("image,v\n1.jpg,0\n1.jpg,1\n", "--map image=image,valence=v", "t.csv, line 3: the image '1.jpg' is on line 2 already")]
    [InlineData("image,v\n1.jpg,0\n", "--map image=image,valence=v --data {data}", "t.csv, line 2: the image '1.jpg' is not there",
        "--data")]
    [InlineData("image,v\n1.jpg,0\n", "--map valence=v", "No column is named that is the image")]
    [InlineData("image,v\n1.jpg,0\n", "--map image=image,image=v", "--map", "'image' is given twice")]
    [InlineData("image,v\n1.jpg,0\n", "--map image", "--map", "NAME=VALUE")]
    [InlineData("image,v\n1.jpg,0\n", "", "--csv needs --map")]
    [InlineData("image,v\n1.jpg,0\n", "--map image=image --from raf-db", "--csv and --from")]
    [InlineData("image,v\n1.jpg,0\n", "--map image=image --source .", "--source goes with --from")]
    [InlineData("image,v\n1.jpg,0\n", "--map image=image --encoding klingon", "--encoding 'klingon'")]
    [InlineData("image,v\n1.jpg,0\n", "--map image=image,valence=v --range valence=1-9", "--range", "1..9")]
    public async Task What_is_wrong_is_one_line_and_nothing_is_written(string table, string more, params string[] named)
    {
        string csv = Write("t.csv", table), output = _folder.File("labels.txt");

        string line = await ConsoleProgram.RefusalAsync(
            ["import", "--csv", csv, "--out", output, .. more.Replace("{data}", run.Data, StringComparison.Ordinal)
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

        line.Should().ContainAll(named).And.NotContain("TableDescription");
        File.Exists(output).Should().BeFalse();
    }

    [Fact]
    public async Task A_public_set_is_imported_from_its_folder()
    {
        Directory.CreateDirectory(_folder.File("raf/EmoLabel"));
        Write("raf/EmoLabel/list_patition_label.txt", "train_00001.jpg 5\ntest_0001.jpg 7\n");
        string output = _folder.File("raf.txt");

        JsonElement json = await ConsoleProgram.JsonAsync("import", "--from", "raf-db", "--source", _folder.File("raf"), "--out", output);

        json.GetProperty("known").GetProperty("expression").GetInt32().Should().Be(2);
        AnnotationSet.Load(output)[0].Image.Should().Be("Image/aligned/train_00001_aligned.jpg");
        (await ConsoleProgram.RefusalAsync("import", "--from", "mnist", "--source", ".", "--out", output)).Should()
            .ContainAll("'mnist'", "raf-db");
        (await ConsoleProgram.RefusalAsync("import", "--from", "disfa", "--source", _folder.File("raf"), "--out", output)).Should()
            .ContainAll("no folder of disfa", "SN001");
    }

    [UnixFact]
    public async Task A_file_that_is_standard_output_has_it_alone()
    {
        string file = Write("one.csv", "image,valence\na.jpg,0.5\nb.jpg,-0.5\n"), output = _folder.File("merged.csv");
        (await ConsoleProgram.RunAsync("merge", file, "--out", output)).Output.Should().Contain($"written: {output}");

        ChildProcess.Outcome outcome = await ConsoleProgram.RunAsync("merge", file, "--out", "/dev/stdout");

        outcome.ExitCode.Should().Be(0, outcome.Everything);
        outcome.Output.Should().Be(await File.ReadAllTextAsync(output));
        outcome.Error.Should().Contain("written: /dev/stdout");
        (await ConsoleProgram.RefusalAsync("merge", file, "--out", "/dev/stdout", "--json")).Should().ContainAll("/dev/stdout", "--json");
    }

    [Fact]
    public async Task Files_are_merged_with_their_sources()
    {
        string faces = Write("faces.txt", "image,expression,source\n1.jpg,Fear,\n2.jpg,Anger,other\n");
        string units = Write("units.txt", "image,AU12\n1.jpg,1\n");
        string output = _folder.File("all.txt");

        JsonElement json = await ConsoleProgram.JsonAsync(
            "merge", "--out", output, faces + "=a", units + "=a", units + "=b", "--weights-of", "units=0.5");

        json.GetProperty("rows").GetInt32().Should().Be(3);
        AnnotationSet merged = AnnotationSet.Load(output);
        merged.Select(row => row.Image).Should().Equal("a/1.jpg", "a/2.jpg", "b/1.jpg");
        merged.Select(row => row.Text.Span[0]).Should().Equal("faces+units", "other", "units");
        merged.Select(row => row.Extra.Span[0]).Should().Equal(0.5f, float.NaN, 0.5f);
        merged[0].Expression.Should().Be(3);
        merged[0].ActionUnits[ActionUnit.AU12].Should().BeTrue();

        string calm = Write("calm.txt", "#classes,Calm,Tense\nimage,expression\n9.jpg,Calm\n");
        (await ConsoleProgram.RefusalAsync("merge", "--out", _folder.File("no.txt"), faces, calm)).Should()
            .ContainAll(calm, "Calm, Tense", faces, "--classes");
        (await ConsoleProgram.RefusalAsync("merge", "--out", _folder.File("no.txt"), faces, Write("angry.txt",
            "image,expression\n1.jpg,Anger\n")))
            .Should().ContainAll("angry.txt", "1.jpg", "contradict");
        foreach (string full in new[] { "/x", "C:\\x" })
        {
            (await ConsoleProgram.RefusalAsync("merge", "--out", _folder.File("no.txt"), $"{faces}={full}")).Should()
                .ContainAll($"{faces}={full}", "is a full path");
        }

        File.Exists(_folder.File("no.txt")).Should().BeFalse();
    }

    [Fact]
    public async Task Files_of_indices_alone_are_merged_with_the_classes_that_the_command_line_names()
    {
        string faces = Write("indices.txt", "image,expression\nx.jpg,0\n"), output = _folder.File("six.txt");
        string[] merge = ["merge", faces, "--out", output, "--classes"];

        await ConsoleProgram.JsonAsync([.. merge, "Anger,Disgust,Fear,Happiness,Sadness,Surprise"]);

        (await File.ReadAllLinesAsync(output)).Should().StartWith("#classes,Anger,Disgust,Fear,Happiness,Sadness,Surprise")
            .And.EndWith("x.jpg,Anger,indices");
        (await ConsoleProgram.RefusalAsync([.. merge[..1], output, "--out", _folder.File("no.txt"), "--classes", "Calm,Tense"])).Should()
            .ContainAll(output, "Calm, Tense");
    }

    [Fact]
    public async Task A_file_is_split_by_columns_and_nobody_and_nothing_is_on_both_sides()
    {
        StringBuilder text = new("image,expression,person,scene\n");
        for (int i = 0; i < 60; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{i}.jpg,{i % 2},P{i / 3},{i / 6}\n");
        }

        string all = Write("all.txt", text.ToString()), output = _folder.File("parts");

        JsonElement json = await ConsoleProgram.JsonAsync(
            "split", "--annotations", all, "--share", "0.2", "--group-by", "Person", "--seed", "4", "--out", output);

        json.GetProperty("groups").GetInt32().Should().Be(20);
        AnnotationSet train = AnnotationSet.Load(Path.Combine(output, "train.txt")), validation = AnnotationSet.Load(
            Path.Combine(output, "validation.txt"));
        (train.Count, validation.Count).Should().Be((48, 12));
        train.Select(row => row.Text.Span[0]).Should().NotIntersectWith(validation.Select(row => row.Text.Span[0]));
        validation.Statistics.ExpressionCounts.Take(2).Should().OnlyContain(count => count >= 5 && count <= 7);
        (await ConsoleProgram.JsonAsync("split", "--annotations", all, "--group-by", "scene", "--out", output))
            .GetProperty("groups").GetInt32()
            .Should().Be(10);
        (await ConsoleProgram.RefusalAsync("split", "--annotations", all, "--out", output)).Should()
            .ContainAll("in the column person", "--group-by person");
        string one = Write("one.txt", "image,person\n" + string.Concat(Enumerable.Range(0, 60).Select(i => $"{i}.jpg,me\n")));
        string numbers = Write("numbers.txt", text.Replace(",P", ",").ToString());
        (await ConsoleProgram.RefusalAsync("split", "--annotations", numbers, "--out", output)).Should()
            .ContainAll("in the column person", "--group-by person");
        await ConsoleProgram.JsonAsync("split", "--annotations", one, "--out", output);
        (await ConsoleProgram.RefusalAsync("split", "--annotations", all, "--group-by", "age", "--out", output)).Should()
            .ContainAll("--group-by 'age'", "person, scene");
        (await ConsoleProgram.RefusalAsync("split", "--annotations", all, "--group-by", "videos", "--out", output)).Should()
            .ContainAll(all, "of one group", "--group-by");
        (await ConsoleProgram.RefusalAsync("split", "--annotations", all, "--group-by", "videos,identities", "--out", output)).Should()
            .ContainAll("--group-by 'videos,identities'", "no such column");

        string image = Directory.EnumerateFiles(Path.Combine(run.Data, "images"), "*.jpg", SearchOption.AllDirectories).First();
        Directory.CreateDirectory(_folder.File("same"));
        for (int i = 0; i < 4; i++)
        {
            File.Copy(image, _folder.File($"same/{i}.jpg"));
        }

        string same = Write("same.txt", "image\n0.jpg\n1.jpg\n2.jpg\n3.jpg\n");
        (await ConsoleProgram.RefusalAsync("split", "--annotations", same, "--data", _folder.File("same"), "--out",
            _folder.File("no"))).Should()
            .ContainAll(same, "are the same image", "both sides");
        Directory.Exists(_folder.File("no")).Should().BeFalse();
    }

    [Fact]
    public async Task One_file_and_a_share_are_enough_to_train()
    {
        string[] arguments = [.. run.SmallArguments(_folder.File("shared"), "--validation-share", "0.25")];
        int at = Array.IndexOf(arguments, "--validation");
        arguments = [.. arguments[..at], .. arguments[(at + 2)..]];
        arguments[Array.IndexOf(arguments, "--epochs") + 1] = "1";

        ChildProcess.Outcome outcome = await ConsoleProgram.RunAsync(arguments);

        outcome.ExitCode.Should().Be(0, outcome.Everything);
        outcome.Error.Should().Contain("of 64 rows are judged by, whole videos");
        (await ConsoleProgram.RefusalAsync([.. arguments, "--validation", run.Validation, "--resume"])).Should()
            .ContainAll("--validation FILE", "--validation-share", "one of the two");
        (await ConsoleProgram.RefusalAsync([.. arguments.Where(argument =>
            argument is not ("--validation-share" or "0.25")), "--resume"])).Should()
            .ContainAll("--validation FILE", "one of the two");
        (await ConsoleProgram.RefusalAsync([.. arguments.Select(argument => argument == "0.25" ? "0.5" : argument), "--resume"])).Should()
            .Contain("--validation-share was 0.25, is 0.5");
    }

    [Fact]
    public async Task People_that_a_file_knows_are_not_parted_and_told_of_in_two_files()
    {
        AnnotationSet drawn = AnnotationSet.Load(run.Train);
        string Labels(string name, Func<int, string> personOf) => Write(
            name, "image,expression,valence,arousal,person\n" + string.Concat(drawn.Select((row, i) => string.Create(
                CultureInfo.InvariantCulture, $"{row.Image},{row.Expression},{row.Valence},{row.Arousal},{personOf(i)}\n"))));
        string[] Train(string output, params string[] rows)
        {
            string[] arguments = run.SmallArguments(_folder.File(output), rows);
            foreach (string name in new[] { "--train", "--validation" })
            {
                int at = Array.IndexOf(arguments, name);
                arguments = [.. arguments[..at], .. arguments[(at + 2)..]];
            }

            arguments[Array.IndexOf(arguments, "--epochs") + 1] = "1";
            return arguments;
        }

        string whole = Labels("whole.txt", i => $"P{i % 8}"), gap = Labels("gap.txt", i => i == 5 ? "" : $"P{i % 8}");
        ChildProcess.Outcome shared = await ConsoleProgram.RunAsync(Train("people", "--train", whole, "--validation-share", "0.25"));
        ChildProcess.Outcome two = await ConsoleProgram.RunAsync(Train("two", "--train", whole, "--validation", gap));
        string one = Labels("one.txt", _ => "me");

        shared.ExitCode.Should().Be(0, shared.Everything);
        shared.Error.Should().Contain("16 of 64 rows are judged by, whole people (the column person);");
        two.ExitCode.Should().Be(0, two.Everything);
        two.Error.Should().Contain($"{gap}: the column person has 'P0' and 7 others of {whole} too: the scores are too good.");
        (await ConsoleProgram.RefusalAsync(Train("no", "--train", gap, "--validation-share", "0.25"))).Should()
            .ContainAll(gap, "in the column person would be on both sides of --validation-share", "Fill the column");
        Directory.Exists(_folder.File("no")).Should().BeFalse();
        (await ConsoleProgram.RunAsync(Train("one", "--train", one, "--validation-share", "0.25"))).Error.Should()
            .Contain("of 64 rows are judged by, whole videos");
    }

    [RequiresTool("bash")]
    public async Task The_commands_of_the_page_work_in_their_order()
    {
        string page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "your-own-data.md"));
        string commands = string.Join('\n', Shell().Matches(page).Select(block => block.Groups[1].Value));
        commands.Should().ContainAll("import", "train", "predict", "merge", "split");
        Newcomer();
        string script = $"set -e\ncd '{_folder.Path}'\nssmfar() {{ '{ChildProcess.Dotnet}' '{ConsoleProgram.Path}' \"$@\"; }}\n" +
            commands.Replace("--epochs 20", "--epochs 1", StringComparison.Ordinal)
                .Replace("--size 64", "--size 32", StringComparison.Ordinal);

        ChildProcess.Outcome outcome = await ChildProcess.RunAsync("bash", ["-c", script]);

        outcome.ExitCode.Should().Be(0, outcome.Everything);
        outcome.Output.Should().ContainAll("Nothing was written: --dry-run.", "without an arousal", "names took the Unicode form");
        outcome.Error.Should().ContainAll("whole people (the column person)", "No row has an arousal", "its arousal means nothing");
        ModelFile.ReadDescription(_folder.File("run1/model.safetensors")).Architecture.Heads.Select(head => head.Task)
            .Should().Equal("expression", "valence_arousal");
        AnnotationSet.Load(_folder.File("all.txt")).Count.Should().Be(128);
    }

    // The page's folder: faces with blanks and umlauts in their names, some as macOS writes them, and tables as it describes them.
    private void Newcomer()
    {
        AnnotationSet drawn = AnnotationSet.Load(run.Train);
        Directory.CreateDirectory(_folder.File("photos"));
        StringBuilder table = new("\uFEFFDatei;Gefühl;Valenz;Person\r\n");
        for (int i = 0; i < drawn.Count; i++)
        {
            string name = $"Bild {i + 1} ü.jpg";
            File.Copy(
                Path.Combine(run.Data, drawn[i].Image), _folder.File("photos/" + (i % 9 == 0 ? name
                    .Replace("ü", "u\u0308", StringComparison.Ordinal) : name)));
            string valence = drawn[i].Valence?.ToString(CultureInfo.InvariantCulture).Replace('.', ',') ?? "";
            string word = i % 10 == 3 ? "" : Words[i % 8]; // each class has rows on both sides, which drawing so few faces would not see to
            table.Append(CultureInfo.InvariantCulture, $"{name};{word};{valence};P{i / 2}\r\n");
        }

        Write("ratings.csv", table.ToString());
        Write("classes.csv", string.Concat(Words.Zip(ExpressionClassSet.AffWild2.Names).Skip(1).Select(pair =>
            $"{pair.First},{pair.Second}\r\n")));
    }

    private string Write(string name, string text)
    {
        File.WriteAllText(_folder.File(name), text);
        return _folder.File(name);
    }

    [GeneratedRegex("```sh\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Shell();
}
