using System.Text.RegularExpressions;
using SsMfar.Data;

namespace SsMfar.Importing.Layouts;

/// <summary>
/// Aff-Wild2 (Kollias and Zafeiriou, 2019): a text a video and task; its header says which task, and line n below it is frame n, from 1.
/// -5 is an unknown valence or arousal, -1 an unknown expression or unit.
/// </summary>
internal sealed class AffWild2Layout() : DatasetLayout("aff-wild2", "texts such as VA_Estimation_Challenge/Train_Set/1-30-1280x720.txt")
{
    private const int Digits = 5;
    private const double UnknownAffect = -5;
    private const int Unknown = -1;

    public override void Read(DatasetFolder folder, DatasetRows rows)
    {
        foreach (string path in folder.Require("*.txt"))
        {
            (int Line, string Text)[] lines = [.. DatasetFolder.Lines(path)];
            string[] header = lines.Length > 0 ? [.. lines[0].Text.Split(',').Select(name => name.Trim())] : [];
            Action<int, int, string[]>? read = ReaderOf(header, rows, path);
            if (read is null)
            {
                continue;
            }

            string video = Path.GetFileNameWithoutExtension(path), set = Path.GetFileName(Path.GetDirectoryName(path)!);
            string images = folder.FolderOf($"cropped_aligned/{video}", $"cropped_aligned_images/{video}", video);
            foreach ((int line, string text) in lines.AsSpan(1))
            {
                string[] fields = text.Split(',');
                if (fields.Length != header.Length && !(fields.Length == 1 && IsExpression(header)))
                {
                    throw DatasetFolder.Fault(path, line, text, $"the line has {fields.Length} fields, and the header {header.Length}.");
                }

                if (folder.Frame(images, line - lines[0].Line, Digits) is not { } image)
                {
                    rows.Note("labels of frames that have no image, left out");
                    continue;
                }

                int row = rows.Row(image);
                rows.SetPart(row, set.Split('_')[0].ToLowerInvariant());
                read(row, line, fields);
            }
        }
    }

    private static bool IsExpression(string[] header) => header.Contains("Neutral", StringComparer.OrdinalIgnoreCase) && header.Length > 1;

    private static Action<int, int, string[]>? ReaderOf(string[] header, DatasetRows rows, string path)
    {
        if (header is [var valence, var arousal] && Same(valence, "valence") && Same(arousal, "arousal"))
        {
            return (row, line, fields) => rows.SetAffect(row, Affect(fields[0], path, line), Affect(fields[1], path, line));
        }

        if (IsExpression(header))
        {
            return (row, line, fields) =>
            {
                int code = DatasetFolder.Code(fields[0], path, line);
                if (code < Unknown || code >= header.Length)
                {
                    throw DatasetFolder.Fault(path, line, fields[0], $"the expression {code} is none of {string.Join(", ", header)}.");
                }

                if (code != Unknown)
                {
                    rows.SetExpression(row, header[code]);
                }
            };
        }

        int[] units = [.. header.Select(name => ColumnNames.Unit(name) is (int unit, false) ? unit : 0)];
        return units.Length == 0 || units.Contains(0) ? null : (row, line, fields) =>
        {
            for (int i = 0; i < units.Length; i++)
            {
                int code = DatasetFolder.Code(fields[i], path, line);
                if (code is 0 or 1)
                {
                    rows.SetUnit(row, units[i], code == 1);
                }
                else if (code != Unknown)
                {
                    throw DatasetFolder.Fault(path, line, fields[i], $"AU{units[i]} is {code}, which is none of 0, 1 and -1.");
                }
            }
        };
    }

    private static double? Affect(string field, string path, int line) => DatasetFolder.Number(field, path, line) switch
    {
        UnknownAffect => null,
        >= -1 and <= 1 and var value => value,
        var value => throw DatasetFolder.Fault(path, line, field, FormattableString.Invariant($"{value} is outside [-1, 1] and not -5.")),
    };

    private static bool Same(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}

/// <summary>
/// The Extended Cohn-Kanade set (Lucey et al., 2010): an expression and coded units of the last image of a sequence, its peak.
/// </summary>
internal sealed partial class CkPlusLayout() : DatasetLayout(
    "ck-plus", "Emotion with S005/001/S005_001_00000011_emotion.txt, or FACS with S005_001_00000011_facs.txt")
{
    private const int HighestIntensity = 5;

    private static readonly string[] Classes = ["Neutral", "Anger", "Contempt", "Disgust", "Fear", "Happiness", "Sadness", "Surprise"];

    public override void Read(DatasetFolder folder, DatasetRows rows)
    {
        foreach (string path in folder.Files("*_emotion.txt"))
        {
            (int line, string text) = DatasetFolder.Lines(path).FirstOrDefault();
            int code = DatasetFolder.Code(text ?? "", path, line);
            if ((uint)code >= (uint)Classes.Length)
            {
                throw DatasetFolder.Fault(path, line, text!, $"the expression {code} is none of 0 to 7.");
            }

            rows.SetExpression(Row(folder, rows, path), Classes[code]);
        }

        (string Path, (int Unit, int Intensity)[] Units)[] codings = [.. folder.Files("*_facs.txt").Select(path => (path, Units(path)))];
        int[] coded =
            [.. codings.SelectMany(c => c.Units.Select(u => u.Unit)).Concat(ActionUnits.All.Select(unit => (int)unit)).Distinct()];
        int[] graded = [.. codings.SelectMany(c => c.Units.Where(u => u.Intensity > 0).Select(u => u.Unit)).Distinct()];
        foreach ((string path, (int Unit, int Intensity)[] units) in codings)
        {
            int row = Row(folder, rows, path);
            foreach (int unit in coded)
            {
                rows.SetUnit(row, unit, units.Any(found => found.Unit == unit));
            }

            // 0 is a unit that is there, of an intensity that was not coded.
            foreach ((int unit, int intensity) in units.Where(found => found.Intensity > 0))
            {
                rows.SetIntensity(row, unit, intensity);
            }

            // A unit that is not listed is absent.
            foreach (int unit in graded.Where(unit => units.All(found => found.Unit != unit)))
            {
                rows.SetIntensity(row, unit, 0);
            }
        }
    }

    private static (int Unit, int Intensity)[] Units(string path) =>
    [
        .. DatasetFolder.Lines(path).Select(line =>
        {
            string[] fields = line.Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            (int unit, int intensity) = fields.Length == 2
                ? (DatasetFolder.Code(fields[0], path, line.Line), DatasetFolder.Code(fields[1], path, line.Line))
                : (0, 0);
            return unit is >= 1 and <= 99 && intensity is >= 0 and <= HighestIntensity
                ? (unit, intensity)
                : throw DatasetFolder.Fault(path, line.Line, line.Text, $"'{LabelFileReader.Shorten(line.Text)}' is no unit and an " +
                    "intensity.");
        }),
    ];

    private static int Row(DatasetFolder folder, DatasetRows rows, string path)
    {
        Match name = FileName().Match(Path.GetFileName(path));
        if (!name.Success)
        {
            throw DatasetFolder.Fault(path, 0, Path.GetFileName(path), "the file is not named S005_001_00000011_emotion.txt or the like.");
        }

        string stem = name.Groups[1].Value, person = name.Groups[2].Value;
        string images = folder.FolderOf("extended-cohn-kanade-images/cohn-kanade-images", "cohn-kanade-images");
        int row = rows.Row(folder.Image($"{images}/{person}/{name.Groups[3].Value}/{stem}", ".png"));
        rows.SetPerson(row, person);
        return row;
    }

    [GeneratedRegex(@"^((S\d+)_(\d+)_\d+)_(?:emotion|facs)\.txt$", RegexOptions.IgnoreCase)]
    private static partial Regex FileName();
}
