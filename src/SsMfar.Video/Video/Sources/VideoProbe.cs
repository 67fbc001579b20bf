using System.Globalization;
using System.Text.Json;

namespace SsMfar.Video;

/// <summary>What ffprobe says of a file's first video stream.</summary>
/// <remarks>
/// The shape of pixels is how wide to how high they are to be shown, as "4:3"; null where they are square, or the file does not say it.
/// </remarks>
internal sealed record VideoProbe(
    string Format, double? FramesPerSecond, bool IsVariable, long? Frames, bool IsCounted, double? Duration, int Rotation,
    string? PixelShape)
{
    // Average and nominal rate of a constant stream differ by the length of its last frame.
    private const double Tolerance = 0.02;

    // More than any camera's; such a number is no shape, and would make frames that fit no memory.
    private const double MostStretched = 8;

    /// <summary>Gets whether a file of the format may leave out frames that it counts.</summary>
    public bool HasEditLists => Format.Contains("mov", StringComparison.Ordinal);

    /// <summary>Reads ffprobe's JSON; null for a file without video.</summary>
    public static VideoProbe? Read(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        JsonElement root = document.RootElement;
        if (!root.TryGetProperty("streams", out JsonElement streams) || streams.GetArrayLength() == 0)
        {
            return null;
        }

        JsonElement stream = streams[0], format = root.TryGetProperty("format", out JsonElement known) ? known : default;
        double? nominal = Rate(stream, "r_frame_rate"), average = Rate(stream, "avg_frame_rate");
        double? ofStream = Number(stream, "duration"), ofFile = Number(format, "duration");
        long? counted = Number(stream, "nb_frames") is { } frames and > 0 ? (long)frames : null;
        double? rate = average ?? nominal;
        return new(
            Text(format, "format_name") ?? "",
            rate,
            (nominal is { } a && average is { } b && Math.Abs(a - b) > Tolerance * Math.Max(a, b)) || Varies(root),
            counted ?? ((ofStream ?? ofFile) is { } seconds && rate is { } pace ? (long)Math.Round(seconds * pace) : null),
            counted is not null,
            ofStream ?? ofFile,
            Rotated(stream),
            Stretched(stream));
    }

    // Of the packets that were looked at, in the order of their times: whether some are much farther apart than others. Files keep times to
    // a thousandth of a second, some of them.
    private static bool Varies(JsonElement root)
    {
        if (!root.TryGetProperty("packets", out JsonElement packets))
        {
            return false;
        }

        double[] times = [.. packets.EnumerateArray().Select(packet => Number(packet, "pts_time")).OfType<double>().Order()];

        // Packets come in another order than frames: those at the end are not all there.
        double[] steps = [.. times.Zip(times.Skip(1), (one, next) => next - one).SkipLast(times.Length > 50 ? 16 : 0)];
        return steps.Length > 1 && steps.Max() > (1.5 * steps.Min()) + 0.0025;
    }

    // Clockwise, 0 to 359; older versions have it as a tag, newer ones counterclockwise beside the stream.
    private static int Rotated(JsonElement stream)
    {
        double turned = 0;
        if (stream.TryGetProperty("side_data_list", out JsonElement data))
        {
            foreach (JsonElement one in data.EnumerateArray())
            {
                turned = Number(one, "rotation") is { } degrees ? -degrees : turned;
            }
        }

        if (turned == 0 && stream.TryGetProperty("tags", out JsonElement tags))
        {
            turned = Number(tags, "rotate") ?? 0;
        }

        return (((int)Math.Round(turned) % 360) + 360) % 360;
    }

    private static string? Stretched(JsonElement stream) =>
        Text(stream, "sample_aspect_ratio") is { } shape && Ratio(shape, ':') is { } ratio && ratio != 1
        && ratio is >= 1 / MostStretched and <= MostStretched ? shape : null;

    private static double? Rate(JsonElement element, string name) => Ratio(Text(element, name) ?? "", '/');

    private static double? Ratio(string text, char sign)
    {
        string[] parts = text.Split(sign);
        return parts.Length == 2 && double.TryParse(parts[0], CultureInfo.InvariantCulture, out double one)
            && double.TryParse(parts[1], CultureInfo.InvariantCulture, out double other) && one > 0 && other > 0
            ? one / other : null;
    }

    private static double? Number(JsonElement element, string name) =>
        double.TryParse(Text(element, name), CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) ? number : null;

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) ? value.ToString() : null;
}
