using System.Text.Json;

namespace SsMfar.Tests.ConsoleApp;

/// <summary><c>video --shard</c> and <c>gather</c>: the table that one process writes, byte by byte, or none.</summary>
public sealed class VideoShardTests(TrainedRun run) : IClassFixture<TrainedRun>
{
    private const int Parts = 3;

    [Fact]
    public async Task Frames_of_parts_are_followed_smoothed_and_written_as_one_process_does()
    {
        // The faces go on across the parts, and frames are missing and broken at their ends.
        using FrameFolder folder = new(24);
        await File.WriteAllBytesAsync(folder.Frame(7), [0xFF, 0xD8, 0xFF, 1, 2]);
        File.Delete(folder.Frame(16));
        string whole = folder.PathOf("whole.csv"), gathered = folder.PathOf("gathered.csv");
        string[] video =
        [
            "video", "--input", folder.Frames, "--model", run.Model, "--boxes", folder.Boxes, "--device", "cpu",
            "--smooth", "0.1", "--causal", "--neutral", "0.2", "--format", "fex",
        ];
        // A row of a frame that is not there is none of --input.
        await File.WriteAllLinesAsync(
            folder.Boxes, (await File.ReadAllLinesAsync(folder.Boxes)).Where(line => !line.StartsWith("f0016", StringComparison.Ordinal)));
        JsonElement alone = await ConsoleProgram.JsonAsync([.. video, "--out", whole]);
        foreach (int part in Enumerable.Range(1, Parts))
        {
            ChildProcess.Outcome made = await ConsoleProgram.RunAsync(
                [.. video, "--out", Part(folder, part), "--shard", $"{part}/{Parts}"]);
            made.ExitCode.Should().Be(0, made.Everything);
        }

        string[] parts = [.. Enumerable.Range(1, Parts).Select(part => Part(folder, part))];
        JsonElement together = await ConsoleProgram.JsonAsync(["gather", "--out", gathered, .. parts.Reverse()]);

        JsonElement.DeepEquals(together, alone).Should().BeTrue();
        alone.GetProperty("failed").GetInt32().Should().Be(2);
        (await File.ReadAllBytesAsync(gathered)).Should().Equal(await File.ReadAllBytesAsync(whole));
        Directory.GetFiles(Path.GetDirectoryName(gathered)!, "*.partial").Should().BeEmpty();

        string refused = folder.PathOf("refused.csv");
        (await ConsoleProgram.RefusalAsync("gather", "--out", refused, parts[0], parts[1])).Should().Contain("1 are missing: 3.");
        (await ConsoleProgram.RefusalAsync("gather", "--out", refused, parts[0], parts[1], parts[1])).Should().Contain("are both part 2/3");
        (await ConsoleProgram.RunAsync([.. video, "--out", parts[1], "--shard", "2/3"])).Error.Should().Contain("Part 2/3 is done");
        File.Copy(folder.Frame(13), folder.Frame(12), overwrite: true);
        (await ConsoleProgram.RunAsync([.. video, "--out", parts[0], "--shard", "1/3"])).Error.Should().Contain("Part 1/3 is done");
        (await ConsoleProgram.RunAsync([.. video, "--out", parts[1], "--shard", "2/3"])).Error.Should()
            .Contain("Part 2/3 has the frames", "one of its frames is another now");
        (await ConsoleProgram.RunAsync([.. video[..^4], "--out", parts[1], "--shard", "2/3"])).ExitCode.Should().Be(0);
        (await ConsoleProgram.RefusalAsync(["gather", "--out", refused, .. parts])).Should().Contain("other work");
        (await ConsoleProgram.RefusalAsync([.. video, "--out", parts[0], "--shard", "1/3", "--page", folder.PathOf("page.html")])).Should()
            .ContainAll("--page", "--shard");
        (await ConsoleProgram.RefusalAsync([.. video, "--out", parts[0], "--shard", "1/25"])).Should().Contain("make 24 parts at most");
        File.Exists(refused).Should().BeFalse();
    }

    [Fact]
    public async Task A_part_that_was_killed_goes_on_to_the_same_part()
    {
        using FrameFolder folder = new(40, 80, 40, 32);
        string[] video =
        [
            "video", "--input", folder.Frames, "--model", run.Model, "--boxes", folder.Boxes, "--device", "cpu", "--shard", "2/2",
        ];

        // One of the longest names that there are, beside which no longer one has room.
        string whole = folder.PathOf(new string('w', 250) + ".part"), killed = folder.PathOf("killed.part");
        (await ConsoleProgram.RunAsync([.. video, "--out", whole])).ExitCode.Should().Be(0);

        // What a process leaves that is killed between two frames, in the middle of a line: no part, and lines to go on from.
        string[] lines = (await File.ReadAllLinesAsync(whole))[1..];
        lines.Length.Should().BeGreaterThan(20);
        await File.WriteAllTextAsync(killed + ".partial", string.Join('\n', lines[..12]) + "\n" + lines[12][..9]);
        File.SetLastWriteTimeUtc(folder.Boxes, DateTime.UtcNow.AddDays(1));
        ChildProcess.Outcome resumed = await ConsoleProgram.RunAsync([.. video, "--out", killed, "--resume"]);

        resumed.ExitCode.Should().Be(0, resumed.Everything);
        (await File.ReadAllBytesAsync(killed)).Should().Equal(await File.ReadAllBytesAsync(whole));
        File.Exists(killed + ".partial").Should().BeFalse();
    }

    [RequiresTool("ffmpeg")]
    public async Task A_file_that_ends_early_gives_the_table_and_the_exit_code_of_one_process()
    {
        using FrameFolder folder = new(40, 160, 100, 64);
        string film = folder.PathOf("whole.mp4"), cut = folder.PathOf("cut.mp4"), boxes = folder.PathOf("frames.csv");
        await File.WriteAllTextAsync(boxes, "frame,x,y,width,height\n" + string.Concat(
            Enumerable.Range(0, 40).Select(i => $"{i},{10 + (i % 20)},18,64,64\n")));
        (await ChildProcess.RunAsync("ffmpeg",
        [
            "-v", "error", "-nostdin", "-framerate", "20", "-i", Path.Combine(folder.Frames, "f%04d.jpg"), "-c:v", "mpeg4", "-g", "5",
            "-pix_fmt", "yuv420p", "-movflags", "+faststart", film,
        ])).ExitCode.Should().Be(0);
        await File.WriteAllBytesAsync(cut, (await File.ReadAllBytesAsync(film))[..^12_000]);
        foreach (string input in new[] { film, cut })
        {
            string[] video = ["video", "--input", input, "--model", run.Model, "--boxes", boxes, "--device", "cpu"];
            string whole = folder.PathOf("whole.csv"), gathered = folder.PathOf("gathered.csv");
            ChildProcess.Outcome alone = await ConsoleProgram.RunAsync([.. video, "--out", whole]);
            foreach (int part in Enumerable.Range(1, 4))
            {
                ChildProcess.Outcome made = await ConsoleProgram.RunAsync(
                    [.. video, "--out", Part(folder, part), "--shard", $"{part}/4"]);
                made.ExitCode.Should().Be(0);
                if (part is 1 or 4)
                {
                    made.Error.Contains("remove the part and make it again", StringComparison.Ordinal).Should()
                        .Be(part == 4 && input == cut);
                }
            }

            ChildProcess.Outcome together = await ConsoleProgram.RunAsync(
                ["gather", "--out", gathered, .. Enumerable.Range(1, 4).Select(part => Part(folder, part))]);

            alone.ExitCode.Should().Be(input == cut ? 2 : 0);
            together.ExitCode.Should().Be(alone.ExitCode);
            if (input == cut)
            {
                // Below what one process says of its progress where it takes long.
                together.Error.TrimEnd().Should().Be(alone.Error.TrimEnd().Split('\n')[^1]).And.Contain("ends early");
            }

            (await File.ReadAllBytesAsync(gathered)).Should().Equal(await File.ReadAllBytesAsync(whole));
        }
    }

    private static string Part(FrameFolder folder, int part) => folder.PathOf($"{part}.part");
}
