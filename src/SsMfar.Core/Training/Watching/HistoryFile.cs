using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using SsMfar.Shared;

namespace SsMfar.Training;

/// <summary>A line of JSON for each epoch.</summary>
internal sealed class HistoryFile(string path) : RunWatcher
{
    private static readonly JsonWriterOptions Format = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private FileStream? _file;

    public override string Path => path;

    // Written anew, since a run that was killed may have left half a line, or an epoch that no checkpoint has; and aside, so that the lines
    // are never gone.
    public override void Begin(ImmutableArray<EpochResult> history)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!);
        AtomicFile.Write(path, stream =>
        {
            foreach (EpochResult epoch in history)
            {
                stream.Write(Line(epoch));
            }
        });
        _file = new(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
    }

    public override void Report(TrainingProgress progress)
    {
        if (progress is EpochProgress epoch && _file is not null)
        {
            _file.Write(Line(epoch.Result));
            _file.Flush();
        }
    }

    public override void Dispose() => _file?.Dispose();

    private static byte[] Line(EpochResult epoch)
    {
        using MemoryStream line = new();
        using (Utf8JsonWriter json = new(line, Format))
        {
            json.WriteStartObject();
            json.WriteNumber("epoch", epoch.Epoch);
            json.WriteStartObject("losses");
            foreach ((string name, double loss) in epoch.Losses)
            {
                Write(json, name, loss);
            }

            json.WriteEndObject();
            Write(json, "score", epoch.Evaluation?.Score);
            WriteTasks(json, epoch.Evaluation);
            json.WriteStartObject("policy");
            foreach ((string name, ImmutableArray<double> values) in epoch.Policy)
            {
                json.WriteStartArray(name);
                foreach (double value in values)
                {
                    Write(json, null, value);
                }

                json.WriteEndArray();
            }

            json.WriteEndObject();
            Write(json, "seconds", epoch.Seconds);
            Write(json, "imagesPerSecond", epoch.ImagesPerSecond);
            json.WriteEndObject();
        }

        line.WriteByte((byte)'\n');
        return line.ToArray();
    }

    private static void WriteTasks(Utf8JsonWriter json, EvaluationResult? evaluation)
    {
        if (evaluation is null)
        {
            json.WriteNull("tasks");
            return;
        }

        json.WriteStartObject("tasks");
        foreach ((string task, Metrics.TaskScore score) in evaluation.Tasks)
        {
            json.WriteStartObject(task);
            foreach ((string name, double? value) in score.Values)
            {
                Write(json, name, value);
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    // JSON has no number that is not finite.
    private static void Write(Utf8JsonWriter json, string? name, double? value)
    {
        if (name is not null)
        {
            json.WritePropertyName(name);
        }

        if (value is { } number && double.IsFinite(number))
        {
            json.WriteNumberValue(number);
        }
        else
        {
            json.WriteNullValue();
        }
    }
}
