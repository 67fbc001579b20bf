using System.Text;
using System.Text.Json;
using SsMfar.Campaigns.Shell;
using SsMfar.Video;

namespace SsMfar.Campaigns.Fuzzing.Readers;

/// <summary>What is read back of videos: the journal of a run or a part, and what ffprobe says.</summary>
internal static class VideoReaders
{
    public static string[] Names { get; } = ["video-journal", "video-parts"];

    public static FuzzReader? Of(string name, TemporaryFolder folder) => name switch
    {
        "video-journal" => Text(name, [typeof(InvalidOperationException)], bytes =>
        {
            File.WriteAllBytes(folder["file"], bytes);
            _ = VideoJournal.Read(folder["file"]).Count();
            _ = VideoJournal.EndOf(folder["file"]);
            VideoJournal.Resume(folder["file"], "parts", _ => { })?.Dispose();
        }),
        "video-parts" => Text(name, [typeof(VideoRunException)], bytes =>
        {
            File.WriteAllBytes(folder["file"], bytes);
            VideoParts.GatherAsync([folder["file"]], new() { Table = folder["table.csv"] }).GetAwaiter().GetResult();
        }),
        _ => null,
    };

    private static FuzzReader Text(string name, Type[] refusals, Action<byte[]> read) => new()
    {
        Name = name,
        Refusals = refusals,
        Read = read,
        IsText = true,
        Cost = name == "video-parts" ? 4 : 1,
        MemoryLimit = bytes => (128L * bytes.Length) + (16 << 20),
    };
}
