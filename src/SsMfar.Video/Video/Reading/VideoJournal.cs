using System.Buffers;
using System.Text.Json;
using SsMfar.Data;
using SsMfar.Faces;
using SsMfar.Predictions;

namespace SsMfar.Video;

/// <summary>
/// What was read so far, a line of JSON a frame, every number whole: what an interrupted run goes on from, and what tables are made of.
/// A line that was cut off by the end of the process is none.
/// </summary>
internal sealed class VideoJournal : IDisposable
{
    private const string Format = "ssmfar-video-frames";
    private const int Version = 1;

    private readonly FileStream _file;
    private readonly ArrayBufferWriter<byte> _line = new();
    private ReadingShape? _shape;

    private VideoJournal(FileStream file, ReadingShape? shape) => (_file, _shape) = (file, shape);

    /// <summary>Begins anew.</summary>
    public static VideoJournal Create(string path, string stamp)
    {
        VideoJournal journal = new(new(path, FileMode.Create, FileAccess.Write, FileShare.Read), null);
        journal.Write(writer =>
        {
            writer.WriteString("format", Format);
            writer.WriteNumber("version", Version);
            writer.WriteString("stamp", stamp);
        });
        return journal;
    }

    /// <summary>Goes on with what is there, less a line that was cut off.</summary>
    /// <param name="path">The journal.</param>
    /// <param name="stamp">What it must have been made of.</param>
    /// <param name="seen">Given each frame that is there.</param>
    /// <returns>The journal; null where there is none, or one that is cut off before its first frame.</returns>
    /// <exception cref="InvalidOperationException">It was made of something else.</exception>
    public static VideoJournal? Resume(string path, string stamp, Action<FrameResult> seen)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        Reader reader = new();
        long end = 0;
        foreach ((byte[] line, long after) in Lines(path))
        {
            if (!reader.TryRead(line, out FrameResult? frame))
            {
                break;
            }

            if (end == 0 && reader.Stamp != stamp)
            {
                throw new InvalidOperationException("The unfinished table was made of another video, model or other options.");
            }

            end = after;
            if (frame is not null)
            {
                seen(frame);
            }
        }

        if (end == 0)
        {
            return null;
        }

        FileStream file = new(path, FileMode.Open, FileAccess.Write, FileShare.Read);
        file.SetLength(end);
        file.Seek(0, SeekOrigin.End);
        return new(file, reader.Shape);
    }

    /// <summary>The frames of a journal, one at a time.</summary>
    public static IEnumerable<FrameResult> Read(string path)
    {
        Reader reader = new();
        foreach ((byte[] line, _) in Lines(path))
        {
            if (!reader.TryRead(line, out FrameResult? frame))
            {
                yield break;
            }

            if (frame is not null)
            {
                yield return frame;
            }
        }
    }

    /// <summary>Adds a frame; it is the system's to keep when this returns, also where the process is killed.</summary>
    public void Add(FrameResult frame)
    {
        foreach (TrackedFace face in frame.Faces)
        {
            if (face.Prediction is { } prediction && ReadingShape.Of(prediction) is var shape && !shape.Equals(_shape))
            {
                Write(writer => WriteShape(writer, shape));
                _shape = shape;
            }
        }

        Write(writer => WriteFrame(writer, frame));
        _file.Flush();
    }

    public void Dispose() => _file.Dispose();

    private static void WriteShape(Utf8JsonWriter writer, ReadingShape shape)
    {
        writer.WriteBoolean("affect", shape.HasAffect);
        WriteAll(writer, "classes", shape.Classes?.Names ?? [], writer.WriteStringValue);
        WriteAll(writer, "weights", shape.Decision.Weights, writer.WriteNumberValue);
        writer.WriteNumber("temperature", shape.Decision.Temperature);
        WriteAll(writer, "thresholds", shape.Thresholds, writer.WriteNumberValue);

        // The challenge's twelve go without saying.
        if (!shape.Units.Equals(ActionUnitSet.AffWild2))
        {
            WriteAll(writer, "units", shape.Units.Names, writer.WriteStringValue);
        }

        if (shape.IntensityUnits is { } intensities)
        {
            WriteAll(writer, "intensities", intensities.Names, writer.WriteStringValue);
        }
    }

    private static void WriteFrame(Utf8JsonWriter writer, FrameResult frame)
    {
        writer.WriteNumber("i", frame.Index);
        writer.WriteNumber("t", frame.Time);
        if (frame.Reason is { } reason)
        {
            writer.WriteString("reason", reason);
            writer.WriteBoolean("failed", frame.Failed);
            return;
        }

        writer.WriteStartArray("faces");
        foreach (TrackedFace face in frame.Faces)
        {
            writer.WriteStartObject();
            writer.WriteNumber("track", face.Track);
            WriteAll(writer, "box", [face.Box.X, face.Box.Y, face.Box.Width, face.Box.Height, face.Score], writer.WriteNumberValue);
            if (face.Error is { } error)
            {
                writer.WriteString("error", error);
            }

            if (face.Prediction is { } prediction)
            {
                WriteAll(writer, "read", ReadingShape.Numbers(prediction), writer.WriteNumberValue);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteAll<T>(Utf8JsonWriter writer, string name, IEnumerable<T> values, Action<T> write)
    {
        writer.WriteStartArray(name);
        foreach (T value in values)
        {
            write(value);
        }

        writer.WriteEndArray();
    }

    private void Write(Action<Utf8JsonWriter> content)
    {
        _line.ResetWrittenCount();
        using (Utf8JsonWriter writer = new(_line))
        {
            writer.WriteStartObject();
            content(writer);
            writer.WriteEndObject();
        }

        _line.Write("\n"u8);
        _file.Write(_line.WrittenSpan);
    }

    // Each line without its end, and where the next begins. What has no end is no line.
    private static IEnumerable<(byte[] Line, long After)> Lines(string path)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1 << 16);
        ArrayBufferWriter<byte> line = new();
        byte[] block = new byte[1 << 16];
        long at = 0;
        int read;
        while ((read = file.Read(block)) > 0)
        {
            int start = 0;
            for (int i = 0; i < read; i++)
            {
                if (block[i] == '\n')
                {
                    line.Write(block.AsSpan(start, i - start));
                    yield return (line.WrittenSpan.ToArray(), at + i + 1);
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
                else
                {
                    frame = Frame(root);
                }

                return true;
            }
            catch (Exception damaged) when (damaged is JsonException or KeyNotFoundException or InvalidOperationException
                or FormatException or ArgumentException)
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
            double time = root.GetProperty("t").GetDouble();
            return root.TryGetProperty("reason", out JsonElement reason)
                ? new(index, time, reason.GetString()!, root.GetProperty("failed").GetBoolean())
                : new(index, time, [.. root.GetProperty("faces").EnumerateArray().Select(Face)]);
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
            [.. element.GetProperty(name).EnumerateArray().Select(number => number.GetSingle())];
    }
}
