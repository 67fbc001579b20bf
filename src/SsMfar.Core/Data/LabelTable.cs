using System.Collections.Immutable;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Data;

/// <summary>
/// The labels of a data set for a model's tasks, as dense rows of values and masks read once, from which batches are cut without
/// looking at annotations again.
/// </summary>
internal sealed class LabelTable
{
    private readonly ImmutableArray<(string Task, int Width, float[] Values, float[] Mask)> _tasks;

    public LabelTable(AnnotationSet annotations, IEnumerable<KeyValuePair<string, ITaskLabels>> tasks)
    {
        Count = annotations.Count;
        ExpressionKnown = [.. annotations.Select(row => row.Expression.HasValue)];
        _tasks = [.. tasks.Select(task => Read(annotations, task.Key, task.Value))];
        KnownTasks = [.. Enumerable.Range(0, Count).Select(Known)];
    }

    public int Count { get; }

    /// <summary>Gets whether each row has an expression label: the rows without are what semi-supervision learns from.</summary>
    public ImmutableArray<bool> ExpressionKnown { get; }

    /// <summary>Of each row, a bit for each task that it has any label of.</summary>
    public ImmutableArray<ulong> KnownTasks { get; }

    /// <summary>How many label entries of a task the rows have.</summary>
    public int ValidEntries(string task, ReadOnlySpan<int> rows)
    {
        (_, int width, _, float[] mask) = Find(task);
        int count = 0;
        foreach (int row in rows)
        {
            foreach (float known in mask.AsSpan(row * width, width))
            {
                count += known > 0 ? 1 : 0;
            }
        }

        return count;
    }

    /// <summary>The labels of some rows on a device, without waiting for it; the caller disposes the batch.</summary>
    public LabelBatch Batch(ReadOnlySpan<int> rows, torch.Device device)
    {
        var labels = ImmutableDictionary.CreateBuilder<string, TaskLabels>(StringComparer.Ordinal);
        foreach ((string task, int width, float[] values, float[] mask) in _tasks)
        {
            labels.Add(task, new(Gather(values, width, rows, device), Gather(mask, width, rows, device)));
        }

        long[] ids = new long[rows.Length];
        for (int i = 0; i < ids.Length; i++)
        {
            ids[i] = rows[i];
        }

        return new(Transfers.ToDevice(ids, [ids.Length], device), labels.ToImmutable());
    }

    private ulong Known(int row)
    {
        ulong known = 0;
        for (int task = 0; task < _tasks.Length; task++)
        {
            (_, int width, _, float[] mask) = _tasks[task];
            if (mask.AsSpan(row * width, width).ContainsAnyExcept(0f))
            {
                known |= 1UL << (task & 63);
            }
        }

        return known;
    }

    private static (string Task, int Width, float[] Values, float[] Mask) Read(AnnotationSet annotations, string task, ITaskLabels labels)
    {
        int width = labels.Width;
        var values = new float[annotations.Count * width];
        var mask = new float[values.Length];
        Span<bool> known = new bool[width];
        for (int row = 0; row < annotations.Count; row++)
        {
            Span<float> target = values.AsSpan(row * width, width);
            labels.Read(annotations, row, target, known);
            for (int i = 0; i < width; i++)
            {
                mask[(row * width) + i] = known[i] ? 1 : 0;
                if (!known[i])
                {
                    target[i] = 0;
                }
            }
        }

        return (task, width, values, mask);
    }

    private static torch.Tensor Gather(float[] source, int width, ReadOnlySpan<int> rows, torch.Device device)
    {
        var gathered = new float[rows.Length * width];
        for (int i = 0; i < rows.Length; i++)
        {
            source.AsSpan(rows[i] * width, width).CopyTo(gathered.AsSpan(i * width, width));
        }

        return Transfers.ToDevice(gathered, [rows.Length, width], device);
    }

    private (string Task, int Width, float[] Values, float[] Mask) Find(string task)
    {
        foreach (var entry in _tasks)
        {
            if (entry.Task == task)
            {
                return entry;
            }
        }

        throw new KeyNotFoundException($"No labels of a task '{task}'; there are {string.Join(", ", _tasks.Select(t => t.Task))}.");
    }
}
