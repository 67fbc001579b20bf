namespace SsMfar.Tests.Video;

/// <summary>Video files made by ffmpeg, of frames whose colours say their numbers.</summary>
internal static class VideoFiles
{
    public const int Width = 64;
    public const int Height = 48;

    /// <summary>Frame i is grey of 4 i, but for a white upper left corner.</summary>
    public static Task MakeAsync(string path, int frames, params string[] encoding) => FfmpegAsync(
    [
        "-f", "lavfi", "-i",
        $"color=black:s={Width}x{Height}:r=10,format=gray,geq=lum='if(lt(X,16)*lt(Y,16),255,4*N)'",
        "-frames:v", $"{frames}", .. encoding, path,
    ]);

    /// <summary>All frames are of one colour.</summary>
    public static Task MakeOfColorAsync(string path, string color, int width, int height, int frames) => FfmpegAsync(
        "-f", "lavfi", "-i", $"color={color}:s={width}x{height}:r=10", "-frames:v", $"{frames}", "-c:v", "mjpeg", "-q:v", "2", path);

    /// <summary>Files of one folder one after the other, not encoded anew.</summary>
    public static async Task JoinAsync(string path, params string[] names)
    {
        string list = $"{path}.txt";
        await File.WriteAllLinesAsync(list, names.Select(name => $"file '{name}'"));
        await FfmpegAsync("-f", "concat", "-i", list, "-c", "copy", path);
    }

    public static async Task FfmpegAsync(params IEnumerable<string> arguments)
    {
        ChildProcess.Outcome outcome = await ChildProcess.RunAsync("ffmpeg", ["-v", "error", "-nostdin", "-y", .. arguments]);
        outcome.ExitCode.Should().Be(0, outcome.Everything);
    }

    /// <summary>Of a file the first part alone.</summary>
    public static void Cut(string path, string to, double share)
    {
        byte[] bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(to, bytes[..(int)(share * bytes.Length)]);
    }
}
