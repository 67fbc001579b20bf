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
    private readonly ImmutableArray<TaskRows> _tasks;
    private readonly float[]? _weights; // null where every row counts as 1

    public LabelTable(AnnotationSet annotations, IEnumerable<KeyValuePair<string, ITaskLabels>> tasks)
    {
        Count = annotations.Count;
        _tasks = [.. tasks.Select(task => Read(annotations, task.Key, task.Value))];
        _weights = Weights(annotations);
        KnownTasks = [.. Enumerable.Range(0, Count).Select(row => _weights?[row] == 0 ? 0 : Known(row))];
    }

    public int Count { get; }

    /// <summary>Of each row, a bit for each task that it has any label of; none where its weight is 0, and no label counts.</summary>
    public ImmutableArray<ulong> KnownTasks { get; }

    /// <summary>
    /// Of each row, a number that it has in common with those that have labels of the same tasks and, of some tasks, the same ones of them.
    /// </summary>
    /// <param name="tasks">The tasks of which each label counts by itself.</param>
    public ImmutableArray<ulong> Alike(IEnumerable<string> tasks)
    {
        TaskRows[] apart = [.. tasks.Select(Find)];
        var numbers = new Dictionary<(ulong Tasks, string Labels), ulong>();
        var alike = ImmutableArray.CreateBuilder<ulong>(Count);
        char[] labels = new char[apart.Sum(task => task.Width)];
        for (int row = 0; row < Count; row++)
        {
            int place = 0;
            foreach (TaskRows task in apart)
            {
                foreach (bool isKnown in task.Known.AsSpan(row * task.Width, task.Width))
                {
                    // Of a row of weight 0 no label counts, whichever it has.
                    labels[place++] = isKnown && KnownTasks[row] != 0 ? '1' : '0';
                }
            }

            var key = (KnownTasks[row], new string(labels));
            if (!numbers.TryGetValue(key, out ulong number))
            {
                numbers.Add(key, number = (ulong)numbers.Count);
            }

            alike.Add(number);
        }

        return alike.MoveToImmutable();
    }

    /// <summary>Of each label value of a task, whether nothing is learned of it from guesses: the row has it, or no row has.</summary>
    public ReadOnlySpan<bool> Settled(string task, int row)
    {
        TaskRows labels = Find(task);
        return labels.Settled.AsSpan(row * labels.Width, labels.Width);
    }

    /// <summary>The first label of a task that is no class from 0 to below a number; null where all are.</summary>
    public (int Row, float Value)? FirstOutside(string task, int classes)
    {
        TaskRows labels = Find(task);
        for (int i = 0; i < labels.Values.Length; i++)
        {
            float value = labels.Values[i];
            if (labels.Known[i] && !(value >= 0 && value < classes && value == MathF.Floor(value)))
            {
                return (i / labels.Width, value);
            }
        }

        return null;
    }

    /// <summary>How many label entries of a task the rows have.</summary>
    public int ValidEntries(string task, ReadOnlySpan<int> rows)
    {
        TaskRows labels = Find(task);
        return Entries(labels.Known, labels.Width, rows, known: true);
    }

    /// <summary>How many label entries of a task the rows lack, of values that other rows have.</summary>
    public int UnknownEntries(string task, ReadOnlySpan<int> rows)
    {
        TaskRows labels = Find(task);
        return Entries(labels.Settled, labels.Width, rows, known: false);
    }

    /// <summary>The labels of some rows on a device, without waiting for it; the caller disposes the batch.</summary>
    public LabelBatch Batch(ReadOnlySpan<int> rows, torch.Device device)
    {
        var labels = ImmutableDictionary.CreateBuilder<string, TaskLabels>(StringComparer.Ordinal);
        foreach (TaskRows task in _tasks)
        {
            labels.Add(task.Name, new(Gather(task.Values, task.Width, rows, device), Gather(task.Mask, task.Width, rows, device))
            {
                Learnable = task.Learnable is { } learnable ? Transfers.ToDevice(learnable, [1, task.Width], device) : null,
            });
        }

        long[] ids = new long[rows.Length];
        for (int i = 0; i < ids.Length; i++)
        {
            ids[i] = rows[i];
        }

        return new(Transfers.ToDevice(ids, [ids.Length], device), labels.ToImmutable(),
            _weights is null ? null : Gather(_weights, 1, rows, device));
    }

    // An empty field counts as 1.
    private static float[]? Weights(AnnotationSet annotations)
    {
        int column = annotations.ExtraColumns.IndexOf(AnnotationSet.WeightColumn, 0, annotations.ExtraColumns.Length,
            StringComparer.OrdinalIgnoreCase);
        float[] weights = column < 0
            ? [] : [.. annotations.Select(row => float.IsNaN(row.Extra.Span[column]) ? 1 : row.Extra.Span[column])];
        return weights.AsSpan().ContainsAnyExcept(1f) ? weights : null;
    }

    private ulong Known(int row)
    {
        ulong known = 0;
        for (int task = 0; task < _tasks.Length; task++)
        {
            TaskRows labels = _tasks[task];
            if (labels.Known.AsSpan(row * labels.Width, labels.Width).Contains(true))
            {
                known |= 1UL << (task & 63);
            }
        }

        return known;
    }

    private static int Entries(bool[] entries, int width, ReadOnlySpan<int> rows, bool known)
    {
        int count = 0;
        foreach (int row in rows)
        {
            count += entries.AsSpan(row * width, width).Count(known);
        }

        return count;
    }

    private static TaskRows Read(AnnotationSet annotations, string task, ITaskLabels labels)
    {
        int width = labels.Width;
        var values = new float[annotations.Count * width];
        var mask = new float[values.Length];
        var known = new bool[values.Length];
        for (int row = 0; row < annotations.Count; row++)
        {
            labels.Read(annotations, row, values.AsSpan(row * width, width), known.AsSpan(row * width, width));
        }

        for (int i = 0; i < values.Length; i++)
        {
            mask[i] = known[i] ? 1 : 0;
            if (!known[i])
            {
                values[i] = 0;
            }
        }

        // A value that no row has is not to be learned from guesses about other rows.
        bool[] never = [.. Enumerable.Repeat(true, width)];
        for (int i = 0; i < known.Length; i++)
        {
            never[i % width] &= !known[i];
        }

        return never.Contains(true)
            ? new(task, width, values, mask, known)
            {
                Settled = [.. known.Select((isKnown, i) => isKnown || never[i % width])],
                Learnable = [.. never.Select(isNever => isNever ? 0f : 1)],
            }
            : new(task, width, values, mask, known);
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

    private TaskRows Find(string task)
    {
        foreach (TaskRows entry in _tasks)
        {
            if (entry.Name == task)
            {
                return entry;
            }
        }

        throw new KeyNotFoundException($"No labels of a task '{task}'; there are {string.Join(", ", _tasks.Select(t => t.Name))}.");
    }

    /// <summary>A task's labels of all rows, row after row.</summary>
    /// <param name="Name">The task.</param>
    /// <param name="Width">How many values a row has.</param>
    /// <param name="Values">The labels; 0 where unknown.</param>
    /// <param name="Mask">1 where a label is known, else 0.</param>
    /// <param name="Known">The same as truth.</param>
    private sealed record TaskRows(string Name, int Width, float[] Values, float[] Mask, bool[] Known)
    {
        /// <summary>As <see cref="Known"/>, and true of the values that no row has.</summary>
        public bool[] Settled { get; init; } = Known;

        /// <summary>0 of the values that no row has, else 1; null where every value is had.</summary>
        public float[]? Learnable { get; init; }
    }
}
