using System.Buffers;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using SsMfar.Data;
using SsMfar.Faces;
using SsMfar.Metadata;
using SsMfar.Predictions;

namespace SsMfar.Video;

internal sealed partial class VideoJournal
{
    /// <summary>What a part's journal says at its beginning; null for a file that is none.</summary>
    public static VideoPartHead? PartHeadOf(string path)
    {
        try
        {
            byte[]? line = Lines(path).Select(line => line.Line).FirstOrDefault();
            using JsonDocument? document = line is null ? null : JsonDocument.Parse(line);
            return document?.RootElement is { } root && root.GetProperty("format").GetString() == Format
                && root.GetProperty("version").GetInt32() == Version && root.TryGetProperty("work", out JsonElement work)
                && root.GetProperty(TracksOf).EnumerateArray().Select(number => number.GetDouble()).ToArray()
                    is [var overlap, var move, var loss]
                ? new(
                    Text(work),
                    Text(root.GetProperty("source")),
                    ModelOf(root.GetProperty("model").GetString()),
                    Possible(new() { MinimumOverlap = overlap, MaximumMove = move, MaximumLoss = loss }))
                : null;
        }
        catch (Exception damaged) when (IsDamage(damaged))
        {
            return null;
        }
    }

    // Whatever reading a line can run into that is not as this library writes it.
    private static bool IsDamage(Exception fault) => fault is JsonException or KeyNotFoundException or InvalidOperationException
        or FormatException or ArgumentException or IndexOutOfRangeException;

    private static string Text(JsonElement element) => element.GetString() ?? throw new FormatException("A text is null.");

    private static ModelMetadata? ModelOf(string? json)
    {
        ModelMetadata? model = json is null ? null : ModelMetadata.FromJson(json);
        model?.Validate();
        return model;
    }

    private static FaceTrackerOptions Possible(FaceTrackerOptions options)
    {
        _ = new FaceTracker(options);
        return options;
    }

    /// <summary>What a part's journal says at its end; null for one that is not whole.</summary>
    public static VideoPartEnd? EndOf(string path)
    {
        Reader reader = new();
        foreach ((byte[] line, _) in Lines(path))
        {
            if (reader.End is not null || !reader.TryRead(line, out _))
            {
                return null;
            }
        }

        return reader.End;
    }

    private static IEnumerable<(byte[] Line, long After)> Lines(string path)
    {
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        foreach ((byte[] Line, long After) line in Lines(file))
        {
            yield return line;
        }
    }

    // Each line without its end, and where the next begins. What has no end is no line; what begins with # is another's.
    private static IEnumerable<(byte[] Line, long After)> Lines(SafeFileHandle file)
    {
        ArrayBufferWriter<byte> line = new();
        byte[] block = new byte[1 << 16];
        long at = 0;
        int read;
        while ((read = RandomAccess.Read(file, block, at)) > 0)
        {
            int start = 0;
            for (int i = 0; i < read; i++)
            {
                if (block[i] == '\n')
                {
                    line.Write(block.AsSpan(start, i - start));
                    if (line.WrittenCount == 0 || line.WrittenSpan[0] != '#')
                    {
                        yield return (line.WrittenSpan.ToArray(), at + i + 1);
                    }

                    line.ResetWrittenCount();
                    start = i + 1;
                }
            }

            line.Write(block.AsSpan(start, read - start));
            at += read;
        }
    }

    /// <summary>Reads lines one after another.</summary>
    private sealed class Reader
    {
        public string? Stamp { get; private set; }

        public ReadingShape? Shape { get; private set; }

        public VideoPartEnd? End { get; private set; }

        /// <summary>Reads a line; false for one that is damaged. A line that is no frame's gives none.</summary>
        public bool TryRead(byte[] line, out FrameResult? frame)
        {
            frame = null;
            try
            {
                using JsonDocument document = JsonDocument.Parse(line);
                JsonElement root = document.RootElement;
                if (Stamp is null)
                {
                    Stamp = root.GetProperty("format").GetString() == Format && root.GetProperty("version").GetInt32() == Version
                        ? root.GetProperty("stamp").GetString() : "";
                }
                else if (root.TryGetProperty("classes", out JsonElement classes))
                {
                    Shape = new(
                        root.GetProperty("affect").GetBoolean(),
                        classes.GetArrayLength() == 0 ? null
                            : new ExpressionClassSet(classes.EnumerateArray().Select(name => name.GetString()!)),
                        new ExpressionDecision(Numbers(root, "weights"), root.GetProperty("temperature").GetDouble()),
                        [.. Numbers(root, "thresholds")],
                        Units(root, "units") ?? ActionUnitSet.AffWild2,
                        Units(root, "intensities"));
                }
                else if (root.TryGetProperty("last", out JsonElement last))
                {
                    End = new(root.GetProperty("problem").GetString(), last.GetBoolean());
                }
                else
                {
                    frame = Frame(root);
                }

                return true;
            }
            catch (Exception damaged) when (IsDamage(damaged))
            {
                return false;
            }
        }

        private static ActionUnitSet? Units(JsonElement root, string member) => root.TryGetProperty(member, out JsonElement names)
            ? ActionUnitSet.Parse(names.EnumerateArray().Select(name => name.GetString()!))
            : null;

        private FrameResult Frame(JsonElement root)
        {
            long index = root.GetProperty("i").GetInt64();
            double time = Finite(root.GetProperty("t").GetDouble());
            string? file = root.TryGetProperty("file", out JsonElement name) ? Text(name) : null;
            int? number = root.TryGetProperty("number", out JsonElement digits) ? digits.GetInt32() : null;
            return root.TryGetProperty("reason", out JsonElement reason)
                ? new(index, time, Text(reason), root.GetProperty("failed").GetBoolean()) { FileName = file, Number = number }
                : new(index, time, [.. root.GetProperty("faces").EnumerateArray().Select(Face)]) { FileName = file, Number = number };
        }

        private TrackedFace Face(JsonElement face)
        {
            float[] box = Numbers(face, "box");
            AffectPrediction? prediction = face.TryGetProperty("read", out _)
                ? (Shape ?? throw new FormatException("A reading comes before its shape.")).Read(Numbers(face, "read")) : null;
            return new(
                face.GetProperty("track").GetInt32(), new FaceRectangle(box[0], box[1], box[2], box[3]), box[4], prediction,
                face.TryGetProperty("error", out JsonElement error) ? error.GetString() : null);
        }

        private static float[] Numbers(JsonElement element, string name) =>
            [.. element.GetProperty(name).EnumerateArray().Select(number => (float)Finite(number.GetSingle()))];

        private static double Finite(double number) =>
            double.IsFinite(number) ? number : throw new FormatException("A number is too large.");
    }
}
