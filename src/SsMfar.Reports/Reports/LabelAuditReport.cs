using System.Globalization;
using System.Text;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Metrics;
using SsMfar.Reports.Pages;
using SsMfar.Shared;

namespace SsMfar.Reports;

/// <summary>Doubtful labels as a page with faces, as a table to mend them by, and as annotations without those that are suspect.</summary>
/// <param name="audit">The doubtful labels.</param>
/// <param name="images">The images, for the faces of the page; they stay the caller's. Null: the page names them alone.</param>
public sealed class LabelAuditReport(LabelAudit audit, IImageSource? images = null)
{
    private const string PageName = "audit.html";
    private const string TableName = "doubtful.csv";
    private const string AnnotationsName = "without-suspects.txt";
    private const int MostFaces = 1000;

    /// <summary>Gets or sets the page's heading.</summary>
    public string Title { get; set; } = "Doubtful labels";

    /// <summary>Gets or sets what was audited, such as the annotation file; for the page. Null says nothing.</summary>
    public string? Source { get; set; }

    /// <summary>Gets or sets how many faces of each task the page shows, 0 to 1000. The default is 60.</summary>
    public int Faces { get; set; } = 60;

    /// <summary>
    /// Gets or sets all annotations, where the audit is of some of their rows, such as of those whose image could be read: the others stay
    /// as they are in what <see cref="Save"/> writes. Null: the audited rows are all.
    /// </summary>
    public AnnotationSet? All { get; set; }

    internal LabelAudit Audit => audit;

    internal IImageSource? Images => images;

    /// <summary>The page, as HTML.</summary>
    /// <exception cref="InvalidOperationException"><see cref="Faces"/> is out of range.</exception>
    public string ToHtml() => Faces is >= 0 and <= MostFaces
        ? PageTemplate.Own.Render("audit", new LabelAuditView(this))
        : throw new InvalidOperationException($"{nameof(Faces)} is {Faces}; it is 0 to {MostFaces}.");

    /// <summary>
    /// The doubtful labels as comma-separated values (RFC 4180, lines end in a line feed): <c>task</c>, <c>unit</c>, <c>rank</c> (from 1,
    /// in the task), <c>image</c>, <c>label</c>, <c>suggested</c>, <c>doubt</c> and <c>suspect</c> (1 or 0).
    /// </summary>
    public string ToCsv()
    {
        StringBuilder text = new("task,unit,rank,image,label,suggested,doubt,suspect\n");
        foreach (ScoredTask task in Enum.GetValues<ScoredTask>())
        {
            foreach ((int rank, DoubtfulLabel label) in audit.Doubtful(task).Index())
            {
                string[] fields =
                [
                    Word(task), label.Unit is { } unit ? ActionUnits.NameOf(unit) : "", (rank + 1).ToString(CultureInfo.InvariantCulture),
                    label.Image, label.Label, label.Suggested, label.Doubt.ToString("0.######", CultureInfo.InvariantCulture),
                    label.IsSuspect ? "1" : "0",
                ];
                text.AppendJoin(',', fields.Select(Quote)).Append('\n');
            }
        }

        return text.ToString();
    }

    /// <summary>
    /// Writes <c>audit.html</c>, <c>doubtful.csv</c>, and <c>without-suspects.txt</c>: the annotations in which suspect labels are unknown.
    /// </summary>
    /// <param name="folder">Where to; made if it is not there.</param>
    /// <exception cref="ArgumentException"><see cref="All"/> lacks an audited row, or has another order.</exception>
    /// <exception cref="InvalidOperationException"><see cref="Faces"/> is out of range.</exception>
    /// <exception cref="IOException">A file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be written.</exception>
    public void Save(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string page = ToHtml();
        Directory.CreateDirectory(folder);
        AtomicFile.WriteText(Path.Combine(folder, TableName), writer => writer.Write(ToCsv()));
        audit.WithoutSuspects(All ?? audit.Annotations).Save(Path.Combine(folder, AnnotationsName));
        AtomicFile.WriteText(Path.Combine(folder, PageName), writer => writer.Write(page));
    }

    private static string Word(ScoredTask task) => task switch
    {
        ScoredTask.Expression => "expression",
        ScoredTask.ActionUnits => "action_units",
        _ => "valence_arousal",
    };

    private static string Quote(string field) =>
        field.AsSpan().ContainsAny(",\"\r\n") ? $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : field;
}
