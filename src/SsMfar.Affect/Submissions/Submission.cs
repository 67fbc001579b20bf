using System.Collections;
using System.Text;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Shared;

namespace SsMfar.Submissions;

/// <summary>
/// Predictions in the challenge's submission format: the header <c>image,valence,arousal,expression,aus</c>, then image, valence and
/// arousal in [-1, 1], the class index and twelve units as 0 or 1. A task that was not predicted has the numbers of an unknown label in
/// every row: -5 for valence and arousal, -1 for the class and for each unit. Immutable.
/// </summary>
public sealed partial class Submission : IReadOnlyList<SubmissionRow>
{
    private const double UnknownAffect = -5;
    private const int UnknownIndex = -1;

    private const string Remedy =
        "A submission predicts valence, arousal, a class and twelve units of 0 or 1; a task that was not predicted is -5, -5, or -1, or " +
            "twelve times -1, in every row.";

    private readonly SubmissionRow[] _rows;

    /// <summary>Makes a submission.</summary>
    /// <param name="rows">The predictions; copied, with valence and arousal clamped to [-1, 1].</param>
    /// <param name="expressionClasses">The classes; s-Aff-Wild2's eight when null.</param>
    /// <exception cref="ArgumentException">
    /// A row has an empty name or one with '..', valence or arousal that is not finite, a class outside the set, or some units undecided;
    /// or not all rows have predictions of the same tasks, or they have none.
    /// </exception>
    public Submission(IEnumerable<SubmissionRow> rows, ExpressionClassSet? expressionClasses = null)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ExpressionClasses = expressionClasses ?? ExpressionClassSet.AffWild2;
        _rows = [.. rows];
        for (int i = 0; i < _rows.Length; i++)
        {
            _rows[i] = _rows[i] with { Image = ImageName.Normalize(_rows[i].Image ?? "") };
            Check(_rows[i], i);
            _rows[i] = _rows[i] with { Valence = Clamped(_rows[i].Valence), Arousal = Clamped(_rows[i].Arousal) };
        }

        HasExpression = _rows.Length == 0 || _rows[0].Expression is not null;
        HasValenceArousal = _rows.Length == 0 || _rows[0].Valence is not null;
        HasActionUnits = _rows.Length == 0 || _rows[0].ActionUnits.AnyKnown;
    }

    /// <summary>Gets the classes that expression indices refer to.</summary>
    public ExpressionClassSet ExpressionClasses { get; }

    /// <summary>Gets whether expressions were predicted.</summary>
    internal bool HasExpression { get; }

    /// <summary>Gets whether valence and arousal were predicted.</summary>
    internal bool HasValenceArousal { get; }

    /// <summary>Gets whether action units were predicted.</summary>
    internal bool HasActionUnits { get; }

    /// <summary>Gets the number of predictions.</summary>
    public int Count => _rows.Length;

    /// <summary>A prediction, in file order.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    public SubmissionRow this[int index] => _rows[index];

    /// <summary>
    /// Reads a submission; the full header is accepted too. Repeated images are found when it is matched with annotations.
    /// </summary>
    /// <param name="path">The file; UTF-8, or UTF-16 with or without a byte order mark.</param>
    /// <param name="expressionClasses">The classes; s-Aff-Wild2's eight when null.</param>
    /// <exception cref="AnnotationFormatException">The file breaks the format; file, line and value are named.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static Submission Load(string path, ExpressionClassSet? expressionClasses = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Parse(File.ReadAllBytes(path), path, expressionClasses ?? ExpressionClassSet.AffWild2);
    }

    /// <summary>Reads a submission from text; see <see cref="Load"/>.</summary>
    /// <param name="reader">The text, read to its end; stays open.</param>
    /// <param name="sourceName">What error messages call the text.</param>
    /// <param name="expressionClasses">The classes; s-Aff-Wild2's eight when null.</param>
    /// <exception cref="AnnotationFormatException">The text breaks the format; name, line and value are given.</exception>
    public static Submission Read(TextReader reader, string sourceName = "submission", ExpressionClassSet? expressionClasses = null)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(sourceName);
        return Parse(Encoding.UTF8.GetBytes(reader.ReadToEnd()), sourceName, expressionClasses ?? ExpressionClassSet.AffWild2);
    }

    /// <summary>Writes the submission: written aside, flushed and renamed, so that a failure leaves an older file as it was.</summary>
    /// <param name="path">The file to make or replace.</param>
    /// <exception cref="AnnotationFormatException">An image name cannot be written: it has a line break or a NUL character.</exception>
    /// <exception cref="IOException">The file cannot be written, as on a full disk.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.WriteText(path, writer => Write(writer, path));
    }

    /// <summary>Writes the submission as text, in the invariant culture, lines ended by \n.</summary>
    /// <param name="writer">Where to; stays open and is not flushed.</param>
    /// <exception cref="AnnotationFormatException">An image name cannot be written: it has a line break or a NUL character.</exception>
    public void Write(TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        Write(writer, "submission");
    }

    /// <summary>The prediction of each annotated image, found by name.</summary>
    /// <param name="annotations">The annotated images; an image annotated twice is given its prediction twice.</param>
    /// <returns>For each row of <paramref name="annotations"/>, the index of its prediction here.</returns>
    /// <exception cref="SubmissionMismatchException">An image is missing, not annotated, or predicted more than once.</exception>
    public int[] MatchTo(AnnotationSet annotations)
    {
        ArgumentNullException.ThrowIfNull(annotations);
        return Match([.. _rows.Select(row => row.Image)], annotations);
    }

    /// <summary>The place of each annotated image among names.</summary>
    /// <exception cref="SubmissionMismatchException">A name is missing, not annotated, or given more than once.</exception>
    internal static int[] Match(IReadOnlyList<string> images, AnnotationSet annotations)
    {
        Dictionary<string, int> rowOf = new(images.Count, StringComparer.Ordinal);
        HashSet<string> repeated = new(StringComparer.Ordinal);
        for (int i = 0; i < images.Count; i++)
        {
            if (!rowOf.TryAdd(images[i], i))
            {
                repeated.Add(images[i]);
            }
        }

        bool[] wanted = new bool[images.Count];
        List<string> missing = [];
        int[] found = new int[annotations.Count];
        for (int i = 0; i < found.Length; i++)
        {
            string image = annotations.Columns.Images[i];
            if (rowOf.TryGetValue(image, out found[i]))
            {
                wanted[found[i]] = true;
            }
            else
            {
                missing.Add(image);
            }
        }

        string[] extra = [.. rowOf.Where(pair => !wanted[pair.Value]).Select(pair => pair.Key)];
        return missing.Count + extra.Length + repeated.Count == 0 ? found : throw new SubmissionMismatchException(missing, extra, repeated);
    }

    /// <inheritdoc/>
    public IEnumerator<SubmissionRow> GetEnumerator() => _rows.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private void Write(TextWriter writer, string source)
    {
        writer.Write(LabelHeader.Short);
        writer.Write('\n');
        Span<char> buffer = stackalloc char[32];
        for (int i = 0; i < _rows.Length; i++)
        {
            ref readonly SubmissionRow row = ref _rows[i];
            LabelText.WriteName(writer, row.Image, source, i + 2);
            foreach (double value in (ReadOnlySpan<double>)[row.Valence ?? UnknownAffect, row.Arousal ?? UnknownAffect,
                row.Expression ?? UnknownIndex])
            {
                writer.Write(',');
                LabelText.Write(writer, value, buffer);
            }

            for (int unit = 0; unit < ActionUnits.Count; unit++)
            {
                writer.Write(row.ActionUnits[unit] switch { null => ",-1", true => ",1", false => ",0" });
            }

            writer.Write('\n');
        }
    }

    private void Check(in SubmissionRow row, int index)
    {
        if (ImageName.Fault(row.Image) is { } fault)
        {
            throw new ArgumentException($"Row {index}: {fault}");
        }

        if (row.Valence.HasValue != row.Arousal.HasValue || !double.IsFinite(row.Valence ?? 0) || !double.IsFinite(row.Arousal ?? 0))
        {
            throw new ArgumentException(
                FormattableString.Invariant($"Row {index} ({row.Image}): valence {row.Valence} or arousal {row.Arousal} is not finite."));
        }

        if (row.Expression is { } expression && (uint)expression >= (uint)ExpressionClasses.Count)
        {
            throw new ArgumentException(
                $"Row {index} ({row.Image}): expression {row.Expression} is not one of the {ExpressionClasses.Count} classes " +
                    $"{ExpressionClasses}.");
        }

        if (row.ActionUnits.AnyKnown && row.ActionUnits.KnownMask != ActionUnitSet.AffWild2.Mask)
        {
            throw new ArgumentException(
                $"Row {index} ({row.Image}) decides {row.ActionUnits.KnownCount} action units, expected the challenge's " +
                    $"{ActionUnits.Count} or none.");
        }

        if (!row.HasTasksOf(_rows[0]))
        {
            throw new ArgumentException(
                $"Row {index} ({row.Image}) has predictions of other tasks than the first. A task is predicted in all rows or in none.");
        }

        if (row is { Valence: null, Expression: null, ActionUnits.AnyKnown: false })
        {
            throw new ArgumentException(
                $"Row {index} ({row.Image}) predicts nothing. One of expression, valence and arousal, and action units is needed.");
        }
    }

    private static double? Clamped(double? value) => value is { } number ? Math.Clamp(number, -1, 1) : null;
}
