using System.Globalization;
using System.Text.RegularExpressions;
using System.Threading.Channels;

namespace SsMfar.Video;

/// <summary>
/// What ffmpeg says beside the pixels: size and time of each frame, by its filter showinfo, which speaks before the frame is written; and
/// errors.
/// </summary>
internal sealed partial class FfmpegLog
{
    private const int ErrorsKept = 4;

    private readonly Channel<FrameInfo> _frames = Channel.CreateUnbounded<FrameInfo>(new() { SingleReader = true, SingleWriter = true });
    private double _timeBase;

    /// <summary>A frame's size, and its time in the file where it has one.</summary>
    internal readonly record struct FrameInfo(int Width, int Height, double? Time);

    /// <summary>Gets the frames. There are never more of them than a pipe holds, since ffmpeg waits for whoever reads the pixels.</summary>
    public ChannelReader<FrameInfo> Frames => _frames.Reader;

    /// <summary>Gets the first of the errors, as ffmpeg words them.</summary>
    public List<string> Errors { get; } = [];

    /// <summary>Gets whether ffmpeg says that a signal asked it to end.</summary>
    public bool WasAskedToEnd { get; private set; }

    /// <summary>Gets whether an error is among the last words, after all frames.</summary>
    public bool EndsWithError { get; private set; }

    /// <summary>Reads to the end.</summary>
    public async Task ReadAsync(TextReader reader)
    {
        try
        {
            while (await reader.ReadLineAsync().ConfigureAwait(false) is { } line)
            {
                Read(line);
            }
        }
        finally
        {
            _frames.Writer.TryComplete();
        }
    }

    private void Read(string line)
    {
        if (Config().Match(line) is { Success: true } config)
        {
            _timeBase = Number(config, 1) / Math.Max(1, Number(config, 2));
        }

        // Threads may write into one another's lines.
        foreach (Match frame in Frame().Matches(line))
        {
            double? time = frame.Groups[1].Value == "NOPTS" ? null : Number(frame, 1) * _timeBase;
            _frames.Writer.TryWrite(new((int)Number(frame, 2), (int)Number(frame, 3), time));
            EndsWithError = false;
        }

        WasAskedToEnd |= Ending().IsMatch(line);
        if (Error().Match(line) is { Success: true } error)
        {
            EndsWithError = true;
            if (Errors.Count < ErrorsKept)
            {
                Errors.Add(error.Groups[1].Value.Trim());
            }
        }
    }

    private static double Number(Match match, int group) => double.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"config in time_base: (\d+)/(\d+)")]
    private static partial Regex Config();

    [GeneratedRegex(@"\bn:\s*\d+ pts:\s*(-?\d+|NOPTS) .*?\bs:(\d+)x(\d+)")]
    private static partial Regex Frame();

    // From the beginning: what a file says of itself is in other lines, after spaces.
    [GeneratedRegex(@"^\[info\] Exiting normally, received signal \d+")]
    private static partial Regex Ending();

    [GeneratedRegex(@"\[(?:error|fatal|panic)\]\s*(.+)$")]
    private static partial Regex Error();
}
