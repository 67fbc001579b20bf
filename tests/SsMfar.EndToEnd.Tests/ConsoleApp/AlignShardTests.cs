using SsMfar.Tests.Faces;

namespace SsMfar.Tests.ConsoleApp;

/// <summary><c>align --shard</c> and <c>gather</c>: the folder that one process writes, file by file, or none.</summary>
public sealed class AlignShardTests : IDisposable
{
    private const int Parts = 3;

    private readonly PhotographFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [RequiresTool("npm")]
    public async Task Parts_are_put_together_as_one_process_writes_them_with_rows_in_their_places()
    {
        await File.WriteAllBytesAsync(_folder.Picture("broken.png"), [1, 2, 3]);
        string annotations = _folder.PathOf("all.txt"), whole = _folder.PathOf("whole"), gathered = _folder.PathOf("gathered");

        // Two rows of one picture with another's between them, classes of one's own, and a part that aligns nothing.
        string[] rows = ["two.png,0.5,0.25,0", "\"trip/one, day.png\",0,0.5,1", "two.png,1,1,1", "wall.png,0,0,0", "broken.png,0,0,1",
            "gone.png,0,0,0"];
        await File.WriteAllLinesAsync(annotations, ["#classes,calm,glad", "image,valence,arousal,expression", .. rows]);
        string[] align = ["align", "--images", _folder.Photographs, "--annotations", annotations, "--size", "64"];
        (await ConsoleProgram.RunAsync([.. align, "--out", whole])).ExitCode.Should().Be(0);
        foreach (int part in Enumerable.Range(1, Parts))
        {
            ChildProcess.Outcome made = await ConsoleProgram.RunAsync([.. align, "--out", Part(part), "--shard", $"{part}/{Parts}"]);
            made.ExitCode.Should().Be(0, made.Everything);
        }

        ChildProcess.Outcome outcome = await ConsoleProgram.RunAsync("gather", "--out", gathered, Part(2), Part(3), Part(1), "--json");

        outcome.ExitCode.Should().Be(0, outcome.Everything);
        outcome.Output.Should().Contain("\"aligned\": 2").And.Contain("\"unaligned\": 3");
        FolderFiles.Of(gathered).Should().Equal(FolderFiles.Of(whole));

        // Once more into the same folder, and into the photographs' own.
        (await ConsoleProgram.RunAsync("gather", "--out", gathered, Part(1), Part(2), Part(3))).ExitCode.Should().Be(0);
        SortedDictionary<string, string> photographs = FolderFiles.Of(_folder.Photographs);
        (await ConsoleProgram.RefusalAsync("gather", "--out", _folder.Photographs, Part(1), Part(2), Part(3))).Should()
            .ContainAll("--out", ".png' is a picture that is there and not of the parts");
        FolderFiles.Of(_folder.Photographs).Should().Equal(photographs);
        string other = Directory.CreateDirectory(_folder.PathOf("other")).FullName;
        await File.WriteAllTextAsync(Path.Combine(other, "annotations.txt"), "mine");
        (await ConsoleProgram.RefusalAsync("gather", "--out", other, Part(1), Part(2), Part(3))).Should()
            .ContainAll("--out", "annotations.txt' is there, and no earlier run wrote it");

        (await ConsoleProgram.RefusalAsync("gather", "--out", _folder.PathOf("no"), Part(1), Part(3))).Should()
            .Contain("1 are missing: 2.");
        (await ConsoleProgram.RefusalAsync([.. align, "--out", Part(1), "--shard", $"2/{Parts}"])).Should()
            .Contain($"has part 1/{Parts} of the same work. Give each part a folder of its own");
        (await ConsoleProgram.RunAsync([.. align, "--out", Part(1), "--shard", $"1/{Parts}"])).Error.Should()
            .Contain($"Part 1/{Parts} is done");

        // Killed before the end: no part; and a crop that is no longer what it was.
        File.Delete(Path.Combine(Part(3), "part.txt"));
        (await ConsoleProgram.RefusalAsync("gather", "--out", _folder.PathOf("no"), Part(1), Part(2), Part(3))).Should()
            .Contain("no whole part");
        (await ConsoleProgram.RunAsync([.. align, "--out", Part(3), "--shard", $"3/{Parts}"])).ExitCode.Should().Be(0);
        await File.WriteAllTextAsync(Path.Combine(Part(1), "two.png"), "other");
        string places = Path.Combine(Part(2), "rows.txt"), kept = await File.ReadAllTextAsync(places);
        await File.WriteAllTextAsync(places, "0\n");
        SortedDictionary<string, string> before = FolderFiles.Of(gathered);
        (await ConsoleProgram.RefusalAsync("gather", "--out", gathered, Part(1), Part(2), Part(3))).Should()
            .ContainAll("rows.txt", "is not what it was");
        FolderFiles.Of(gathered).Should().Equal(before);
        await File.WriteAllTextAsync(places, kept);
        File.Delete(Path.Combine(gathered, "two.png"));
        string[] tables = ["annotations.txt", "unaligned.csv", "alignment.json"];
        (await ConsoleProgram.RefusalAsync("gather", "--out", gathered, Part(1), Part(2), Part(3))).Should().Contain("is not what it was");
        tables.Should().OnlyContain(name => File.Exists(Path.Combine(gathered, name)), "a damaged part takes nothing away");
        (await ConsoleProgram.RefusalAsync("gather", "--out", _folder.PathOf("no"), Part(1), Part(2), Part(3))).Should()
            .ContainAll("two.png", "is not what it was", "part.txt");

        // Another photograph under the same name: its part is made again.
        File.Copy(_folder.Picture("wall.png"), _folder.Picture("two.png"), overwrite: true);
        ChildProcess.Outcome again = await ConsoleProgram.RunAsync([.. align, "--out", Part(1), "--shard", $"1/{Parts}"]);
        again.ExitCode.Should().Be(0, again.Everything);
        again.Error.Should().NotContain("is done");
        (await File.ReadAllTextAsync(Path.Combine(Part(1), "unaligned.csv"))).Should().Contain("two.png");
    }

    [Fact]
    public async Task Parts_in_which_no_picture_was_aligned_are_put_together_too()
    {
        string detector = _folder.PathOf("finds-nothing.onnx"), whole = _folder.PathOf("whole"), gathered = _folder.PathOf("gathered");
        await File.WriteAllBytesAsync(detector, DetectorFiles.BlazeFace());
        string[] align = ["align", "--images", _folder.Photographs, "--detector", detector, "--template", "box"];
        (await ConsoleProgram.RunAsync([.. align, "--out", whole])).ExitCode.Should().Be(0);
        foreach (int part in Enumerable.Range(1, Parts))
        {
            (await ConsoleProgram.RunAsync([.. align, "--out", Part(part), "--shard", $"{part}/{Parts}"])).ExitCode.Should().Be(0);
        }

        ChildProcess.Outcome outcome = await ConsoleProgram.RunAsync("gather", "--out", gathered, Part(1), Part(2), Part(3), "--json");

        outcome.ExitCode.Should().Be(0, outcome.Everything);
        outcome.Output.Should().Contain("\"aligned\": 0").And.Contain("\"unaligned\": 3");
        FolderFiles.Of(gathered).Should().Equal(FolderFiles.Of(whole));

        // What an earlier gather left of pictures that are not aligned now; a folder of somebody's own keeps them.
        foreach (string folder in new[] { gathered, _folder.PathOf("other") })
        {
            Directory.CreateDirectory(folder);
            File.Copy(_folder.Picture("two.png"), Path.Combine(folder, "two.png"));
        }

        await File.WriteAllTextAsync(Path.Combine(gathered, "annotations.txt"), "image,valence,arousal\ntwo.png,0.5,0.5\n");
        (await ConsoleProgram.RunAsync("gather", "--out", gathered, Part(1), Part(2), Part(3))).ExitCode.Should().Be(0);
        FolderFiles.Of(gathered).Should().Equal(FolderFiles.Of(whole));
        (await ConsoleProgram.RefusalAsync("gather", "--out", _folder.PathOf("other"), Part(1), Part(2), Part(3))).Should()
            .ContainAll("--out", "two.png");
        FolderFiles.Of(_folder.PathOf("other")).Should().ContainSingle();
    }

    [RequiresTool("npm")]
    public async Task Parts_of_other_options_and_more_parts_than_pictures_are_refused()
    {
        string[] align = ["align", "--images", _folder.Photographs];
        (await ConsoleProgram.RunAsync([.. align, "--out", Part(1), "--shard", "1/2"])).ExitCode.Should().Be(0);
        (await ConsoleProgram.RunAsync([.. align, "--out", Part(2), "--shard", "2/2", "--template", "box"])).ExitCode.Should().Be(0);

        (await ConsoleProgram.RefusalAsync("gather", "--out", _folder.PathOf("no"), Part(1), Part(2))).Should().Contain("other work");
        (await ConsoleProgram.RefusalAsync([.. align, "--out", Part(3), "--shard", "1/4"])).Should()
            .Contain("there are 3 pictures: make 3 parts at most");
        (await ConsoleProgram.RefusalAsync([.. align, "--out", Part(3), "--shard", "1/3", "--json"])).Should().Contain("leave --json out");
        Directory.Exists(_folder.PathOf("no")).Should().BeFalse();
    }

    private string Part(int part) => _folder.PathOf($"part-{part}");
}
