using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace SsMfar.Tests.ConsoleApp;

/// <summary><c>video</c>: from frames to a table, a page and marked frames.</summary>
public sealed class VideoTests(TrainedRun run) : IClassFixture<TrainedRun>
{
    private const string Plain = "frame,time,track,x,y,width,height,score,expression,p_Neutral,";

    [RequiresTool("npm")]
    public async Task Every_frame_is_a_row_and_each_person_a_track()
    {
        using FrameFolder folder = new(16);
        await File.WriteAllBytesAsync(folder.Frame(5), [0xFF, 0xD8, 0xFF, 1, 2]);
        File.Delete(folder.Frame(7));
        string table = folder.PathOf("video.csv"), page = folder.PathOf("page.html"), marked = folder.PathOf("marked");

        ChildProcess.Outcome outcome = await ConsoleProgram.RunAsync(
            "video", "--input", folder.Frames, "--model", run.Model, "--out", table, "--page", page, "--draw", marked, "--fps", "10",
            "--device", "cpu", "--json");

        outcome.ExitCode.Should().Be(0, outcome.Everything);
        outcome.Output.Replace(" ", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal).Should()
            .Be("""{"frames":16,"withFace":14,"tracks":2,"failed":2,"failedFaces":0}""");
        outcome.Error.Should().Contain("1 of 16 frames are missing").And.Contain("2 of 16 frames are missing or cannot be read")
            .And.Contain("does not say how the faces that it was trained on were cut out");
        string[] lines = await File.ReadAllLinesAsync(table);
        lines[0].Should().StartWith(Plain).And.EndWith(",valence,arousal,AU1,p_AU1,AU2,p_AU2,AU4,p_AU4,AU6,p_AU6,AU7,p_AU7,AU10,p_AU10," +
            "AU12,p_AU12,AU15,p_AU15,AU23,p_AU23,AU24,p_AU24,AU25,p_AU25,AU26,p_AU26,reason");
        lines.Should().HaveCount(1 + (2 * 14) + 2);
        lines.Single(line => line.StartsWith("5,", StringComparison.Ordinal)).Should().StartWith("5,0.5,,,,").And.NotEndWith(",");
        lines.Single(line => line.StartsWith("7,", StringComparison.Ordinal)).Should()
            .StartWith("7,0.7,,").And.EndWith("the frame is missing");
        lines.Skip(1).Select(line => line.Split(',')).Where(row => row[2].Length > 0).Select(row => (row[2], Number(row[3]) < 150))
            .Distinct().Should().HaveCount(2, "each track stays on its side");
        (await File.ReadAllTextAsync(page)).Should().Contain("Track 0").And.Contain("data:image/jpeg;base64,");
        Directory.GetFiles(marked, "*.jpg").Should().HaveCount(14);
        File.Exists(table + ".partial").Should().BeFalse();
    }

    [UnixFact]
    public async Task A_table_into_standard_output_is_that_of_a_file_and_a_part_of_it_is_refused()
    {
        using FrameFolder folder = new(4);
        string table = folder.PathOf("video.csv");
        string[] command = ["video", "--input", folder.Frames, "--model", run.Model, "--boxes", folder.Boxes, "--device", "cpu"];
        (await ConsoleProgram.RunAsync([.. command, "--out", table])).ExitCode.Should().Be(0);

        ChildProcess.Outcome outcome = await ConsoleProgram.RunAsync([.. command, "--out", "/dev/stdout"]);

        outcome.ExitCode.Should().Be(0, outcome.Everything);
        outcome.Output.Should().Be(await File.ReadAllTextAsync(table));
        (await ConsoleProgram.RefusalAsync([.. command, "--out", "/dev/stdout", "--shard", "1/2"])).Should()
            .ContainAll("/dev/stdout", "--shard", "Name a file");
        (await ConsoleProgram.RefusalAsync([.. command, "--out", "/dev/stdout", "--resume"])).Should()
            .ContainAll("/dev/stdout", "pipe or a device");
    }

    [UnixFact]
    public async Task Who_is_interrupted_is_told_of_resume_where_there_is_something_to_go_on_with()
    {
        using FrameFolder folder = new(6);
        File.Delete(folder.Frame(3));
        string[] command = ["video", "--input", folder.Frames, "--model", run.Model, "--boxes", folder.Boxes, "--device", "cpu"];
        await File.WriteAllLinesAsync(
            folder.Boxes, File.ReadAllLines(folder.Boxes).Where(line => !line.StartsWith("f0003", StringComparison.Ordinal)).ToArray());

        // The model is loaded after that line, and frames are read after the model.
        ChildProcess.Outcome file = await ConsoleProgram.InterruptAsync("--input:", [.. command, "--out", folder.PathOf("a.csv")]);
        ChildProcess.Outcome pipe = await ConsoleProgram.InterruptAsync("--input:", [.. command, "--out", "/dev/stdout"]);

        (file.ExitCode, pipe.ExitCode).Should().Be((130, 130), file.Everything + pipe.Everything);
        file.Error.Should().Contain("--resume goes on");
        pipe.Error.Should().Contain("Interrupted. Nothing is kept").And.NotContain("--resume");
    }

    [UnixFact]
    public async Task A_run_is_not_gone_on_with_where_a_link_to_the_model_leads_to_another()
    {
        using FrameFolder folder = new(4);
        string model = folder.PathOf("a.safetensors"), link = folder.PathOf("link.safetensors"), marked = folder.PathOf("marked");
        File.Copy(run.Model, model);
        File.CreateSymbolicLink(link, model);
        string[] command =
        [
            "video", "--input", folder.Frames, "--model", link, "--boxes", folder.Boxes, "--out", folder.PathOf("a.csv"),
            "--device", "cpu",
        ];

        // All is read, and the first drawing cannot take its place.
        Directory.CreateDirectory(Path.Combine(marked, "frame_000000.jpg"));
        (await ConsoleProgram.RunAsync([.. command, "--draw", marked])).ExitCode.Should().NotBe(0);
        File.SetLastWriteTimeUtc(model, DateTime.UtcNow.AddHours(1));

        (await ConsoleProgram.RefusalAsync([.. command, "--resume"])).Should().Contain("another video, model or other options");
    }

    [Fact]
    public async Task Boxes_that_are_given_take_the_detector_s_place_and_every_form_has_its_columns()
    {
        using FrameFolder folder = new(8);
        Dictionary<string, string> tables = new();
        foreach (string format in new[] { "plain", "openface", "fex", "parquet" })
        {
            string table = tables[format] = folder.PathOf($"video.{format}");
            JsonElement printed = await ConsoleProgram.JsonAsync(
                "video", "--input", folder.Frames, "--model", run.Model, "--out", table, "--boxes", folder.Boxes, "--format", format,
                "--device", "cpu");
            (printed.GetProperty("frames").GetInt32(), printed.GetProperty("tracks").GetInt32()).Should().Be((8, 2));
        }

        string[] plain = await File.ReadAllLinesAsync(tables["plain"]);
        plain[0].Should().StartWith(Plain);
        plain.Should().HaveCount(17);
        plain[1].Should().StartWith("0,0,0,20,50,100,100,1,");
        plain[16].Should().StartWith("7,0.233333,1,187,50,");
        (await File.ReadAllLinesAsync(tables["openface"]))[0].Should().StartWith("frame,face_id,timestamp,confidence,success,AU01_c,");
        (await File.ReadAllLinesAsync(tables["fex"]))[1].Should().StartWith("20,50,100,100,1,")
            .And.Contain($",{folder.Frames}/f0000.jpg,0,00:00,0");
        (await File.ReadAllBytesAsync(tables["parquet"]))[..4].Should().Equal("PAR1"u8.ToArray());

        // The table that was written says where faces are, as the given one did.
        string again = folder.PathOf("again.csv");
        await ConsoleProgram.JsonAsync(
            "video", "--input", folder.Frames, "--model", run.Model, "--out", again, "--boxes", tables["plain"], "--device", "cpu");
        (await File.ReadAllBytesAsync(again)).Should().Equal(await File.ReadAllBytesAsync(tables["plain"]));
    }

    /// <summary>Boxes beside the frame, and a model that gives no numbers.</summary>
    [Fact]
    public async Task Faces_without_a_reading_are_counted_and_said_and_all_of_them_are_an_error()
    {
        using FrameFolder folder = new(3);
        string some = folder.PathOf("some.csv"), none = folder.PathOf("none.csv"), table = folder.PathOf("video.csv");
        await File.WriteAllTextAsync(some, "frame,x,y,width,height\n0,20,50,100,100\n1,-500,50,100,100\n2,20,50,100,100\n");
        await File.WriteAllTextAsync(none, "frame,x,y,width,height\n0,-500,50,100,100\n1,-500,50,100,100\n");
        string[] Command(string boxes) =>
            ["video", "--input", folder.Frames, "--model", run.Model, "--out", table, "--boxes", boxes, "--device", "cpu"];

        ChildProcess.Outcome partly = await ConsoleProgram.RunAsync([.. Command(some), "--json"]);
        partly.ExitCode.Should().Be(0, partly.Everything);
        partly.Output.Should().Contain("\"failedFaces\": 1");
        partly.Error.Should().ContainAll("1 of 3 faces have no reading", "outside the face box");

        (await ConsoleProgram.RefusalAsync(Command(none))).Should().ContainAll("2 of 2 faces have no reading", "The table is written");
        (await File.ReadAllLinesAsync(table)).Should().HaveCount(4);
    }

    [Fact]
    public async Task Smoothing_to_both_sides_and_causal_differ_and_the_neutral_face_is_taken_off()
    {
        using FrameFolder folder = new(12);
        string[] plain = await RowsAsync(), smooth = await RowsAsync("--smooth", "0.1"),
            causal = await RowsAsync("--smooth", "0.1", "--causal"), neutral = await RowsAsync("--neutral", "0.1");

        double[] spread = [.. new[] { plain, smooth, causal }.Select(Jumps)];
        spread[1].Should().BeLessThan(spread[0]);
        spread[2].Should().BeLessThan(spread[0]);
        smooth.Should().NotEqual(causal);
        Valences(neutral)[..3].Average().Should().BeApproximately(0, 1e-4);

        double Jumps(string[] rows) => Valences(rows).Zip(Valences(rows)[1..], (one, next) => Math.Abs(next - one)).Sum();
        double[] Valences(string[] rows) =>
            [.. rows.Select(row => row.Split(',')).Where(row => row[2] == "0").Select(row => Number(row[17]))];

        async Task<string[]> RowsAsync(params string[] more)
        {
            string table = folder.PathOf("video.csv");
            await ConsoleProgram.JsonAsync(
            [
                "video", "--input", folder.Frames, "--model", run.Model, "--out", table, "--boxes", folder.Boxes, "--device", "cpu",
                .. more,
            ]);
            return (await File.ReadAllLinesAsync(table))[1..];
        }
    }

    [Fact]
    public async Task Killed_in_the_middle_and_resumed_it_gives_the_same_table()
    {
        using FrameFolder folder = new(900, 80, 40, 32);
        string[] Arguments(string table) =>
        [
            "video", "--input", folder.Frames, "--model", run.Model, "--out", folder.PathOf(table), "--boxes", folder.Boxes,
            "--smooth", "0.2", "--device", "cpu",
        ];
        await ConsoleProgram.JsonAsync(Arguments("whole.csv"));
        string partial = folder.PathOf("killed.csv.partial");

        // A process that is quicker than this one's look at it is not killed: another then.
        for (int tries = 0; tries < 20 && !await KilledAsync(Arguments("killed.csv"), partial); tries++)
        {
            File.Delete(folder.PathOf("killed.csv"));
        }

        File.Exists(folder.PathOf("killed.csv")).Should().BeFalse("it was killed before its end");
        int read = File.ReadLines(partial).Count();
        JsonElement resumed = await ConsoleProgram.JsonAsync([.. Arguments("killed.csv"), "--resume"]);

        read.Should().BeInRange(20, 890);
        resumed.GetProperty("frames").GetInt32().Should().Be(900);
        (await File.ReadAllBytesAsync(folder.PathOf("killed.csv"))).Should()
            .Equal(await File.ReadAllBytesAsync(folder.PathOf("whole.csv")));
    }

    // Starts the run and kills it when it has written something; false where it came to its end.
    private static async Task<bool> KilledAsync(string[] arguments, string partial)
    {
        ProcessStartInfo start = ConsoleProgram.StartInfo(arguments);
        start.RedirectStandardError = true;
        using Process process = Process.Start(start)!;
        while (!process.HasExited && !(File.Exists(partial) && new FileInfo(partial).Length > 30_000))
        {
            await Task.Delay(5);
        }

        process.Kill();
        await process.WaitForExitAsync();
        return process.ExitCode != 0;
    }

    [Fact]
    public async Task Arguments_that_cannot_be_used_are_named()
    {
        using FrameFolder folder = new(2);
        string[] start = ["video", "--input", folder.Frames, "--model", run.Model, "--out", folder.PathOf("a.csv")];
        string[] other = ["--model", run.Model, "--out", folder.PathOf("a.csv")];
        string bad = folder.PathOf("bad.csv"), empty = folder.PathOf("empty");
        Directory.CreateDirectory(empty);
        await File.WriteAllTextAsync(bad, "image,x,y,width,height\nother.jpg,1,1,20,20\n");

        (await ConsoleProgram.RefusalAsync([.. start, "--causal"])).Should().ContainAll("--causal", "--smooth");
        (await ConsoleProgram.RefusalAsync([.. start, "--boxes", folder.Boxes, "--min-score", "0.5"])).Should()
            .ContainAll("--boxes", "--min-score");
        (await ConsoleProgram.RefusalAsync([.. start, "--boxes", bad])).Should().ContainAll("--boxes", "line 2", "other.jpg");
        await File.WriteAllTextAsync(bad, "frame,x,y,width,height\n1,1,1,20,20\n2,1,1,20,20\n");
        (await ConsoleProgram.RefusalAsync([.. start, "--boxes", bad])).Should()
            .ContainAll("--boxes", "line 3 has the frame 2, and the last of --input is 1");
        (await ConsoleProgram.RefusalAsync([.. start, "--draw", Path.Combine(folder.Frames, "marked")])).Should().Contain("--draw");
        (await ConsoleProgram.RefusalAsync([.. start, "--smooth", "0"])).Should().Contain("--smooth '0'");
        (await ConsoleProgram.RefusalAsync(["video", "--input", empty, .. other])).Should().Contain("the folder has no JPEG");
        (await ConsoleProgram.RefusalAsync(["video", "--input", folder.PathOf("none.mp4"), .. other])).Should()
            .ContainAll("none.mp4", "there is no such file");
        (await ConsoleProgram.RefusalAsync(["video", "--input", folder.Frame(0), "--fps", "9", .. other])).Should().Contain("--fps");
        File.Exists(folder.PathOf("a.csv")).Should().BeFalse();
    }

    [Fact]
    public async Task Without_ffmpeg_one_line_says_what_to_install()
    {
        using FrameFolder folder = new(1);

        ChildProcess.Outcome outcome = await ChildProcess.RunAsync(
            ChildProcess.Dotnet,
            [ConsoleProgram.Path, "video", "--input", folder.Frame(0), "--model", run.Model, "--out", folder.PathOf("a.csv")],
            new Dictionary<string, string?> { ["PATH"] = "" });

        outcome.ExitCode.Should().Be(2, outcome.Everything);
        outcome.Error.TrimEnd().Should().NotContain("\n").And.ContainAll("ffprobe is not installed", "Install ffmpeg");
    }

    [RequiresTool("ffmpeg")]
    public async Task Video_files_are_read_and_bad_ones_said_in_one_line()
    {
        using FrameFolder folder = new(40, 160, 100, 64);
        string boxes = folder.PathOf("frames.csv"), table = folder.PathOf("a.csv");
        await File.WriteAllTextAsync(boxes, "frame,x,y,width,height\n" + string.Concat(
            Enumerable.Range(0, 40).Select(i => $"{i},{10 + (i % 20)},18,64,64\n")));
        string whole = folder.PathOf("whole.mp4"), cut = folder.PathOf("cut.mp4"), text = folder.PathOf("text.mp4");
        (await ChildProcess.RunAsync("ffmpeg",
        [
            "-v", "error", "-nostdin", "-framerate", "20", "-i", Path.Combine(folder.Frames, "f%04d.jpg"), "-c:v", "mpeg4", "-g", "5",
            "-pix_fmt", "yuv420p", "-movflags", "+faststart", whole,
        ])).ExitCode.Should().Be(0);
        await File.WriteAllBytesAsync(cut, (await File.ReadAllBytesAsync(whole))[..^12_000]);
        await File.WriteAllTextAsync(text, "no video\n");

        JsonElement printed = await ConsoleProgram.JsonAsync(Arguments(whole));
        string[] lines = await File.ReadAllLinesAsync(table);
        ChildProcess.Outcome early = await ConsoleProgram.RunAsync(Arguments(cut));
        string[] rest = await File.ReadAllLinesAsync(table);

        printed.GetProperty("frames").GetInt32().Should().Be(40);
        lines[^1].Should().StartWith("39,1.95,0,29,18,");
        early.ExitCode.Should().Be(2, early.Everything);
        early.Error.TrimEnd().Should().NotContain("\n").And.ContainAll("cut.mp4", "ends early", "40 frames");
        rest.Length.Should().BeInRange(5, 39);
        rest[1].Should().Be(lines[1]);
        (await ConsoleProgram.RefusalAsync(Arguments(text))).Should().ContainAll("text.mp4", "it is no video");

        string[] Arguments(string input) =>
            ["video", "--input", input, "--model", run.Model, "--out", table, "--boxes", boxes, "--device", "cpu"];
    }

    [RequiresTool("ffmpeg")]
    public async Task Rows_of_boxes_for_frames_that_a_video_file_does_not_have_are_counted()
    {
        using FrameFolder folder = new(8, 160, 100, 64);
        string boxes = folder.PathOf("frames.csv"), film = folder.PathOf("film.mp4");
        (await ChildProcess.RunAsync("ffmpeg",
        [
            "-v", "error", "-nostdin", "-framerate", "20", "-i", Path.Combine(folder.Frames, "f%04d.jpg"), "-c:v", "mpeg4",
            "-pix_fmt", "yuv420p", film,
        ])).ExitCode.Should().Be(0);
        foreach ((int last, string[] said) in new (int, string[])[]
        {
            (7, []), (10, ["3 of 11 rows of --boxes are for frames that --input does not have; it has 8."]),
        })
        {
            await File.WriteAllTextAsync(boxes, "frame,x,y,width,height\n" + string.Concat(
                Enumerable.Range(0, last + 1).Select(i => $"{i},{10 + i},18,64,64\n")));

            ChildProcess.Outcome outcome = await ConsoleProgram.RunAsync(
                "video", "--input", film, "--model", run.Model, "--out", folder.PathOf("a.csv"), "--boxes", boxes, "--device", "cpu");

            outcome.ExitCode.Should().Be(0, outcome.Everything);
            outcome.Error.Split('\n').Where(line => line.Contains("--boxes", StringComparison.Ordinal)).Should().Equal(said);
        }
    }

    private static double Number(string field) => double.Parse(field, CultureInfo.InvariantCulture);
}
