using System.Globalization;
using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Sharding;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Imaging;
using SsMfar.Metadata;
using SsMfar.Shared;

namespace SsMfar.ConsoleApp.Photographs;

/// <summary>Parts of an aligned data set, each a folder of its own pictures and rows.</summary>
internal static class AlignParts
{
    /// <summary>The kind of an aligned data set's folder.</summary>
    public const string Kind = "aligned";

    // Where the rows of a part stand among all, a number a line: rows of one picture need not follow each other.
    private const string RowsFile = "rows.txt";

    /// <summary>The files beside the pictures, of parts and of the whole.</summary>
    public static readonly string[] Tables =
        [AlignCommand.UnalignedFile, AlignCommand.AnnotationsFile, RowsFile, FaceTemplate.FileName];

    /// <summary>The file of a picture, relative to the folder.</summary>
    public static string FileOf(string name) => name.Replace('\\', '/');

    /// <summary>Marks the folder and says how its faces lie, before the first of them: whatever comes between, all lie so.</summary>
    /// <exception cref="BadInputException">Another template aligned what is there.</exception>
    public static void Begin(string output, FaceTemplate template)
    {
        if (WrittenFolder.IsMarked(output, Kind))
        {
            using FolderImageSource earlier = new(output);
            if (AlignmentFile.Read(earlier) is { } other && other != template && earlier.GetImageNames().Any())
            {
                // Which of the pictures are its crops, nothing says for sure: none is removed.
                throw new BadInputException(
                    $"--out '{output}' has pictures that were aligned by {other}, and now {template} is wanted: faces would lie in two " +
                        "ways. Choose another folder, or remove that one.");
            }
        }

        WrittenFolder.Mark(output, Kind);
        AtomicFile.WriteText(Path.Combine(output, FaceTemplate.FileName), writer => writer.WriteLine(template.ToJson()));
    }

    /// <summary>
    /// Takes back what an earlier run says of the pictures, of which some are about to be replaced: whoever is interrupted leaves crops
    /// that nothing calls whole.
    /// </summary>
    public static void RemoveTables(string output)
    {
        foreach (string name in Tables.Where(name => name != FaceTemplate.FileName))
        {
            File.Delete(Path.Combine(output, name));
        }
    }

    /// <summary>Says that a part is whole.</summary>
    /// <param name="folder">The part's folder, with everything in it.</param>
    /// <param name="head">Which part it is.</param>
    /// <param name="aligned">The pictures that are in it.</param>
    /// <param name="rows">Where its rows stand in the annotations; null without these.</param>
    public static void Save(string folder, PartHead head, IEnumerable<string> aligned, int[]? rows)
    {
        if (rows is not null)
        {
            AtomicFile.WriteText(Path.Combine(folder, RowsFile), writer =>
            {
                foreach (int row in rows)
                {
                    writer.WriteLine(row.ToString(CultureInfo.InvariantCulture));
                }
            });
        }

        FolderPart.Save(
            folder, head, [.. aligned.Select(FileOf).Distinct(StringComparer.Ordinal), .. Tables.Where(rows is not null ? _ => true
                : name => name is AlignCommand.UnalignedFile or FaceTemplate.FileName)]);
    }

    /// <summary>Puts the parts together.</summary>
    /// <param name="session">Where it is said.</param>
    /// <param name="parts">All, in order.</param>
    /// <param name="output">The folder.</param>
    /// <param name="cancellationToken">Stops between two pictures.</param>
    public static void Gather(
        ConsoleSession session, IReadOnlyList<PartFile> parts, string output, CancellationToken cancellationToken)
    {
        Outputs.RequireOwn("--out", output, Kind, pictures: false, Tables);
        string[][] pictures = [.. parts.Select(part => FolderPart.Files(part).Keys.Except(Tables).ToArray())];
        foreach ((PartFile part, string[] names) in parts.Zip(pictures))
        {
            FolderPart.RequireKept(part, names, "picture", output);
        }

        string unaligned = TableParts.Join([.. parts.Select(part => (part.Path, FolderPart.Text(part, AlignCommand.UnalignedFile)))]);
        string[] left = [.. Csv.Read(unaligned).Skip(1).Select(row => row.Fields[0])];
        Outputs.RequireOwn("--out", output, Kind, pictures: false, left.Select(FileOf));

        var template = FaceTemplate.FromJson(FolderPart.Text(parts[0], FaceTemplate.FileName));
        // Whatever is damaged is found before anything is changed, but for crops, of which none that is there becomes another.
        string? annotations = FolderPart.Files(parts[0]).ContainsKey(RowsFile) ? Annotations(parts) : null;
        Begin(output, template);
        foreach ((PartFile part, string[] names) in parts.Zip(pictures))
        {
            FolderPart.Copy(part, names, output, cancellationToken);
        }

        if (annotations is null)
        {
            File.Delete(Path.Combine(output, AlignCommand.AnnotationsFile));
        }
        else
        {
            Write(AlignCommand.AnnotationsFile, annotations);
        }

        Write(AlignCommand.UnalignedFile, unaligned);
        AlignCommand.RemoveEarlier(output, left, pictures.SelectMany(names => names));
        AlignCommand.Report(session, output, template, pictures.Sum(names => names.Length), left.Length);

        void Write(string name, string text) => AtomicFile.WriteText(Path.Combine(output, name), writer => writer.Write(text));
    }

    private static string Annotations(IReadOnlyList<PartFile> parts)
    {
        string joined = TableParts.Join([.. parts.Select(part => (part.Path, FolderPart.Text(part, AlignCommand.AnnotationsFile)))]);
        string header = TableParts.HeaderOf(joined);
        int[] places =
        [
            .. parts.SelectMany(part => FolderPart.Text(part, RowsFile).Split('\n', StringSplitOptions.RemoveEmptyEntries))
                .Select(line => int.Parse(line, CultureInfo.InvariantCulture)),
        ];
        string[] rows = joined[header.Length..].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Array.Sort(places, rows);
        return header + string.Concat(rows.Select(row => row + '\n'));
    }
}
