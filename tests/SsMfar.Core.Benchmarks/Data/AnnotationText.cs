using System.Globalization;

namespace SsMfar.Benchmarks.Data;

/// <summary>
/// An annotation file as s-Aff-Wild2's: videos of some hundred frames, names as they are there, labels missing at its rates.
/// </summary>
internal static class AnnotationText
{
    private const string Header = "image,valence,arousal,expression,AU1,AU2,AU4,AU6,AU7,AU10,AU12,AU15,AU23,AU24,AU25,AU26";
    private const int Units = 12;
    private const int FramesPerVideo = 400;

    public static void Write(string path, int rows)
    {
        var random = new Random(1);
        using StreamWriter writer = new(path) { NewLine = "\n" };
        writer.WriteLine(Header);
        for (int row = 0; row < rows; row++)
        {
            writer.WriteLine(Line(row, random));
        }
    }

    private static string Line(int row, Random random)
    {
        int video = row / FramesPerVideo;
        string folder = (video % 3) switch
        {
            0 => string.Create(CultureInfo.InvariantCulture, $"video{video}"),
            1 => string.Create(CultureInfo.InvariantCulture, $"{video}-30-1920x1080"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{video}-24-1280x720_left"),
        };
        string affect = random.NextDouble() < 0.27 ?
            "-5,-5" :
            string.Create(CultureInfo.InvariantCulture, $"{Affect(random)},{Affect(random)}");
        int expression = random.NextDouble() < 0.363 ? -1 : random.Next(8);
        bool unknown = random.NextDouble() < 0.274;
        string units = string.Join(',', Enumerable.Range(0, Units).Select(_ => unknown ? "-1" : random.Next(4) == 0 ? "1" : "0"));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{folder}/{1 + (5 * (row % FramesPerVideo)):00000}.jpg,{affect},{expression},{units}");
    }

    private static double Affect(Random random) => Math.Round((2 * random.NextDouble()) - 1, 6);
}
