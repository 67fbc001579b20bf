using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Importing.Layouts;

namespace SsMfar.Importing;

/// <summary>
/// Reads a public data set as it is handed out: its files, its codes and its rules. Names of images are relative to the folder that is
/// imported, so that it is the image root as well.
/// </summary>
public sealed class DatasetImporter
{
    private readonly DatasetLayout _layout;

    private DatasetImporter(DatasetLayout layout) => _layout = layout;

    /// <summary>Gets every importer.</summary>
    public static ImmutableArray<DatasetImporter> All { get; } =
    [
        new(new AffectNetLayout()), new(new RafDbLayout()), new(new RafAuLayout()), new(new FerPlusLayout()), new(new DisfaLayout()),
        new(new Bp4dLayout()), new(new EmotioNetLayout()), new(new AffWild2Layout()), new(new CkPlusLayout()), new(new OpenFaceLayout()),
        new(new FexLayout()),
    ];

    /// <summary>Gets the name, such as <c>raf-db</c>.</summary>
    public string Name => _layout.Name;

    /// <summary>Gets what the importer looks for.</summary>
    public string Description => _layout.Description;

    /// <summary>The importer of a name; case does not matter.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="FormatException">There is none of that name; the message lists them.</exception>
    public static DatasetImporter Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return All.FirstOrDefault(importer => string.Equals(importer.Name, name, StringComparison.OrdinalIgnoreCase))
            ?? throw new FormatException($"must be one of {string.Join(", ", All.Select(importer => importer.Name))}.");
    }

    /// <summary>Reads a data set.</summary>
    /// <param name="source">The folder that has it.</param>
    /// <param name="classes">
    /// The classes of the result; s-Aff-Wild2's eight when null. An expression of the data set that is none of them, such as contempt, is
    /// unknown, and counted in <see cref="DatasetImportResult.Notes"/>.
    /// </param>
    /// <exception cref="AnnotationFormatException">The folder has no such data set, or a file of it is not as published.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public DatasetImportResult Import(string source, ExpressionClassSet? classes = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(source);
        DatasetFolder folder = new(source, _layout);
        DatasetRows rows = new(_layout.Name, classes ?? ExpressionClassSet.AffWild2);
        _layout.Read(folder, rows);
        return rows.Count > 0
            ? new(rows.ToSet(), rows.Notes)
            : throw folder.Missing($"no image with a label was found{(rows.Notes.Length > 0 ? $": {string.Join("; ", rows.Notes)}" : "")}");
    }

    /// <summary>Returns the name.</summary>
    public override string ToString() => Name;
}

/// <summary>What a data set held.</summary>
/// <param name="Annotations">Its rows; the column <c>source</c> has the importer's name.</param>
/// <param name="Notes">What was left out and why, each with a count; empty when nothing was.</param>
public sealed record DatasetImportResult(AnnotationSet Annotations, ImmutableArray<string> Notes);
