using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using SsMfar.Imaging;

namespace SsMfar.Data;

public sealed partial class AnnotationSet
{
    /// <summary>
    /// The same rows with where they come from in the column <see cref="SourceColumn"/>. Rows that say it already keep what they say.
    /// </summary>
    /// <param name="source">The name of the source.</param>
    public AnnotationSet WithSource(string source)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(source);
        int place = TextColumns.IndexOf(SourceColumn, 0, TextColumns.Length, StringComparer.OrdinalIgnoreCase);
        return place < 0
            ? With(
                this.Select(row => row with { Text = (string?[])[.. row.Text.Span, source] }), ExtraColumns, TextColumns.Add(SourceColumn))
            : With(
                this.Select(row =>
                {
                    string?[] text = row.Text.ToArray();
                    text[place] ??= source;
                    return row with { Text = text };
                }),
                ExtraColumns,
                TextColumns);
    }

    /// <summary>The same rows with weights in the column <see cref="WeightColumn"/>.</summary>
    /// <param name="weight">The weight of a row, 0 or more; null keeps the one that it has.</param>
    /// <exception cref="ArgumentException">A weight is negative or not finite.</exception>
    public AnnotationSet WithWeights(Func<AnnotationRow, float?> weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        int place = ExtraColumns.IndexOf(WeightColumn, 0, ExtraColumns.Length, StringComparer.OrdinalIgnoreCase);
        return place < 0
            ? With(
                this.Select(row => row with { Extra = (float[])[.. row.Extra.Span, weight(row) ?? float.NaN] }),
                ExtraColumns.Add(WeightColumn),
                TextColumns)
            : With(
                this.Select(row =>
                {
                    float[] extra = row.Extra.ToArray();
                    extra[place] = weight(row) ?? extra[place];
                    return row with { Extra = extra };
                }),
                ExtraColumns,
                TextColumns);
    }

    // A row has valence and arousal in single precision, the set as its file says them.
    private AnnotationSet With(IEnumerable<AnnotationRow> rows, ImmutableArray<string> extraColumns, ImmutableArray<string> textColumns)
    {
        AnnotationSet set = new(rows, ExpressionClasses, extraColumns, textColumns, Units);
        _columns.ValenceArousal.CopyTo(set._columns.ValenceArousal, 0);
        return set;
    }

    /// <summary>The same rows with other classes; only for rows of which none has an expression, whose classes thus mean nothing.</summary>
    /// <param name="classes">The classes.</param>
    /// <exception cref="InvalidOperationException">A row has an expression.</exception>
    public AnnotationSet WithExpressionClasses(ExpressionClassSet classes)
    {
        ArgumentNullException.ThrowIfNull(classes);
        return classes.Equals(ExpressionClasses) ? this
            : Statistics.InvalidExpression == Count ? new(_columns, classes, ExtraColumns, TextColumns, Units)
            : throw new InvalidOperationException("Rows have expressions, whose classes cannot be changed.");
    }

    /// <summary>
    /// Parts the rows in two as <see cref="Split"/> does, and such that each class, each unit present and absent, each unit's intensity
    /// below 1 and from 1 on, and rows with valence or arousal have about the same share in both: groups are taken, those with rare labels
    /// first, where that brings the shares closer (after Sechidis et al., 2011), and the share of rows is met as <see cref="Split"/> meets
    /// it. A label that one group alone has stays in training.
    /// </summary>
    /// <param name="validationFraction">The share of rows, and of each label, to aim at, above 0 and below 1.</param>
    /// <param name="seed">Chooses among groups that are alike; the result depends on nothing else but the rows, in any order.</param>
    /// <param name="groupBy">The group of a row; each row by itself when null. Rows of a group never part.</param>
    /// <returns>The two parts, each in the order of this set.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="validationFraction"/> is not between 0 and 1.</exception>
    /// <exception cref="InvalidOperationException">
    /// There are fewer than two groups, or <paramref name="groupBy"/> gave a row none (null).
    /// </exception>
    public (AnnotationSet Training, AnnotationSet Validation) SplitStratified(
        double validationFraction, long seed, Func<AnnotationRow, string>? groupBy = null)
    {
        if (!(validationFraction is > 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(validationFraction), validationFraction, "The share must leave rows on both sides.");
        }

        string[] groups = groupBy is null ? _columns.Images : [.. this.Select(row => GroupSplit.Named(groupBy(row), row.Image))];
        bool[] drawn = StratifiedSplit.Choose(this, groups, validationFraction, seed);
        return (
            Select(Enumerable.Range(0, Count).Where(i => !drawn[i])),
            Select(Enumerable.Range(0, Count).Where(i => drawn[i])));
    }

    /// <summary>Finds images of two sets that show the same pixels, whatever their names and formats.</summary>
    /// <param name="other">The other set, such as the validation set of this training set.</param>
    /// <param name="images">The images of both, decoded on several threads; none is kept.</param>
    /// <param name="progress">Told how many images were decoded, from several threads; may be null.</param>
    /// <param name="cancellationToken">Stops between images.</param>
    /// <returns>
    /// A pair for each image of <paramref name="other"/> that has one here, in its order; the first one where several here are the same.
    /// </returns>
    /// <exception cref="ImageDecodeException">An image cannot be read.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public IReadOnlyList<(string Image, string Other)> FindSharedPixels(
        AnnotationSet other, IImageSource images, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(other);
        ArgumentNullException.ThrowIfNull(images);
        ConcurrentDictionary<string, int> own = new(StringComparer.Ordinal);
        ConcurrentBag<(int Row, int Own)> shared = [];
        int decoded = 0;
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken };
        try
        {
            Parallel.For(0, Count, parallel, i => own.AddOrUpdate(Hash(_columns.Images[i]), i, (_, same) => Math.Min(same, i)));
            Parallel.For(0, other.Count, parallel, i =>
            {
                if (own.TryGetValue(Hash(other._columns.Images[i]), out int same))
                {
                    shared.Add((i, same));
                }
            });
        }
        catch (AggregateException failed)
        {
            ExceptionDispatchInfo.Throw(failed.InnerExceptions[0]);
        }

        return [.. shared.OrderBy(pair => pair.Row).Select(pair => (_columns.Images[pair.Own], other._columns.Images[pair.Row]))];

        string Hash(string name)
        {
            RgbImage image = ImageDecoder.Default.Decode(images, name);
            using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            hash.AppendData(BitConverter.GetBytes(image.Width));
            hash.AppendData(image.Pixels);
            progress?.Report(Interlocked.Increment(ref decoded));
            return Convert.ToHexString(hash.GetHashAndReset());
        }
    }
}
