using System.Buffers;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using SsMfar.Data;
using SsMfar.Shared;

namespace SsMfar.Video;

/// <summary>
/// What was read so far, a line of JSON a frame, every number whole: what an interrupted run goes on from, and what tables are made of.
/// A line that was cut off by the end of the process is none.
/// </summary>
internal sealed partial class VideoJournal : IDisposable
{
    private const string Format = "ssmfar-video-frames";
    private const int Version = 1;
    private const string TracksOf = "tracking";

    private readonly SafeFileHandle _handle;
    private readonly FileStream _file;
    private readonly ArrayBufferWriter<byte> _line = new();
    private ReadingShape? _shape;

    private VideoJournal(SafeFileHandle handle, ReadingShape? shape) =>
        (_handle, _file, _shape) = (handle, new(handle, FileAccess.ReadWrite), shape);

    /// <summary>Begins anew.</summary>
    /// <param name="path">The journal.</param>
    /// <param name="stamp">What it is made of.</param>
    /// <param name="part">What part it is; null for all frames with their tracks.</param>
    /// <exception cref="VideoRunException">Another run writes it.</exception>
    public static VideoJournal Create(string path, string stamp, VideoPartHead? part = null)
    {
        VideoJournal journal = new(OpenAlone(path, FileMode.OpenOrCreate), null);
        journal._file.SetLength(0);
        journal.Write(writer =>
        {
            writer.WriteString("format", Format);
            writer.WriteNumber("version", Version);
            writer.WriteString("stamp", stamp);
            if (part is not null)
            {
                writer.WriteString("work", part.Work);
                writer.WriteString("source", part.Source);
                writer.WriteString("model", part.Model?.ToJson());
                WriteAll(
                    writer, TracksOf, [part.Tracking.MinimumOverlap, part.Tracking.MaximumMove, part.Tracking.MaximumLoss],
                    writer.WriteNumberValue);
            }
        });
        return journal;
    }

    /// <summary>Goes on with what is there, less a line that was cut off.</summary>
    /// <param name="path">The journal.</param>
    /// <param name="stamp">What it must have been made of.</param>
    /// <param name="seen">Given each frame that is there.</param>
    /// <returns>The journal; null where there is none, or one that is cut off before its first frame.</returns>
    /// <exception cref="InvalidOperationException">It was made of something else.</exception>
    /// <exception cref="VideoRunException">Another run writes it.</exception>
    public static VideoJournal? Resume(string path, string stamp, Action<FrameResult> seen)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        SafeFileHandle handle = OpenAlone(path, FileMode.Open);
        VideoJournal? journal = null;
        try
        {
            return journal = Resume(handle, stamp, seen);
        }
        finally
        {
            if (journal is null)
            {
                handle.Dispose();
            }
        }
    }

    private static VideoJournal? Resume(SafeFileHandle handle, string stamp, Action<FrameResult> seen)
    {
        Reader reader = new();
        long end = 0;
        foreach ((byte[] line, long after) in Lines(handle))
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

        VideoJournal journal = new(handle, reader.Shape) { Ending = reader.End };
        journal._file.SetLength(end);
        journal._file.Seek(0, SeekOrigin.End);
        return journal;
    }

    /// <summary>What it said at its end when it was gone on with; null where it is not whole.</summary>
    public VideoPartEnd? Ending { get; private init; }

    /// <summary>The frames so far, one at a time; those of the file that is open, whatever has its name by then.</summary>
    public IEnumerable<FrameResult> Read() => Frames(Lines(_handle));

    /// <summary>The frames of a journal, one at a time.</summary>
    public static IEnumerable<FrameResult> Read(string path) => Frames(Lines(path));

    private static IEnumerable<FrameResult> Frames(IEnumerable<(byte[] Line, long After)> lines)
    {
        Reader reader = new();
        foreach ((byte[] line, _) in lines)
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

    /// <summary>Says that a part is whole.</summary>
    public void End(VideoPartEnd end)
    {
        Write(writer =>
        {
            writer.WriteBoolean("last", end.IsLast);
            writer.WriteString("problem", end.Problem);
        });
        DiskFlush.Flush(_file);
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
        if (frame.FileName is { } file)
        {
            writer.WriteString("file", file);
        }

        if (frame.Number is { } number)
        {
            writer.WriteNumber("number", number);
        }

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
}
