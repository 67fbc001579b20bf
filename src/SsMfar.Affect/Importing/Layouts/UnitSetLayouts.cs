using System.Text.RegularExpressions;
using SsMfar.Data;

namespace SsMfar.Importing.Layouts;

/// <summary>
/// RAF-AU (Yan et al., 2020): <c>RAFAU_label.txt</c> lists the units of an image, joined by '+'; one side's (L12, R12) count as the unit.
/// </summary>
internal sealed partial class RafAuLayout() : DatasetLayout("raf-au", "RAFAU_label.txt and aligned")
{
    public override void Read(DatasetFolder folder, DatasetRows rows)
    {
        string path = folder.Require("RAFAU_label.txt")[0];
        string home = folder.Relative(Path.GetDirectoryName(path)!);
        string aligned = DatasetFolder.Join(home, "aligned"), original = DatasetFolder.Join(home, "original");
        bool isAligned = folder.Has(aligned) || !folder.Has(original);
        (int Line, string Image, int[]? Units)[] labels = [.. DatasetFolder.Lines(path).Select(line => Parse(path, line.Line, line.Text))];

        // Coders had every unit before them: what they do not list is absent.
        int[] coded = [.. labels.SelectMany(label => label.Units ?? []).Concat(ActionUnits.All.Select(unit => (int)unit)).Distinct()];
        foreach ((_, string image, int[]? units) in labels)
        {
            int row = rows.Row(isAligned ? $"{aligned}/{Path.GetFileNameWithoutExtension(image)}_aligned.jpg" : $"{original}/{image}");
            if (units is null)
            {
                rows.Note("rows without a unit: null");
                continue;
            }

            foreach (int unit in coded)
            {
                rows.SetUnit(row, unit, units.Contains(unit));
            }
        }
    }

    private static (int Line, string Image, int[]? Units) Parse(string path, int line, string text)
    {
        string[] fields = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (fields is [var image, "null"])
        {
            return (line, image, null);
        }

        Match[] units = fields.Length == 2 ? [.. fields[1].Split('+').Select(unit => UnitOf().Match(unit))] : [];
        return units.Length > 0 && units.All(unit => unit.Success)
            ? (line, fields[0], [.. units.Select(unit => int.Parse(unit.Groups[1].Value)).Distinct()])
            : throw DatasetFolder.Fault(
                path, line, text, $"'{LabelFileReader.Shorten(text)}' is no image and its units, such as 0001.jpg 1+2+L12.");
    }

    [GeneratedRegex(@"^[LR]?(\d{1,2})$")]
    private static partial Regex UnitOf();
}

/// <summary>
/// DISFA (Mavadati et al., 2013): a file an unit and person of lines <c>frame,intensity</c>. Intensities are kept, and a unit is present
/// from 2 on, as in most papers.
/// </summary>
internal sealed partial class DisfaLayout() : DatasetLayout("disfa", "ActionUnit_Labels with SN001/SN001_au1.txt")
{
    private const int LeastPresent = 2, Digits = 5;

    public override void Read(DatasetFolder folder, DatasetRows rows)
    {
        foreach (string path in folder.Require("SN*_au*.txt"))
        {
            Match name = FileName().Match(Path.GetFileName(path));
            if (!name.Success)
            {
                continue;
            }

            string person = name.Groups[1].Value.ToUpperInvariant();
            int unit = int.Parse(name.Groups[2].Value);
            string images = folder.FolderOf($"Images/{person}", $"images/{person}", $"Frames/{person}", $"frames/{person}", person);
            foreach ((int line, string text) in DatasetFolder.Lines(path))
            {
                string[] fields = text.Split(',');
                int frame = DatasetFolder.Code(fields[0], path, line);
                int intensity = fields.Length == 2 ? DatasetFolder.Code(fields[1], path, line) : -1;
                if (intensity is < 0 or > 5)
                {
                    throw DatasetFolder.Fault(path, line, text, $"'{LabelFileReader.Shorten(text)}' is no frame and an intensity from 0 " +
                        "to 5.");
                }

                if (folder.Frame(images, frame, Digits) is not { } image)
                {
                    rows.Note("labels of frames that have no image, left out");
                    continue;
                }

                int row = rows.Row(image);
                rows.SetUnit(row, unit, intensity >= LeastPresent);
                rows.SetIntensity(row, unit, intensity);
                rows.SetPerson(row, person);
            }
        }
    }

    [GeneratedRegex(@"^(SN\d+)_au(\d+)\.txt$", RegexOptions.IgnoreCase)]
    private static partial Regex FileName();
}

/// <summary>
/// BP4D (Zhang et al., 2014): <c>AU_OCC/F001_T1.csv</c> with a column a unit, 9 where a unit could not be coded, and
/// <c>AU_INT/AU06/F001_T1_AU06.csv</c> with intensities.
/// </summary>
internal sealed partial class Bp4dLayout() : DatasetLayout("bp4d", "AU_OCC with F001_T1.csv")
{
    private const int Unknown = 9, Digits = 4;

    public override void Read(DatasetFolder folder, DatasetRows rows)
    {
        string[] files = [.. folder.Require("*_T*.csv").Where(file => Occurrence().IsMatch(Path.GetFileName(file)))];
        foreach (string path in files)
        {
            Match name = Occurrence().Match(Path.GetFileName(path));
            DatasetTable table = new(path);
            (string Column, int Unit)[] units =
            [
                .. table.Header.Skip(1).Select(column => (column, Unit: int.TryParse(column, out int unit) ? unit : 0))
                    .Where(pair => pair.Unit > 0),
            ];
            table.ForEach((line, field) =>
            {
                if (Row(folder, rows, name, DatasetFolder.Code(field(table.Header[0]), path, line)) is not { } row)
                {
                    return;
                }

                foreach ((string column, int unit) in units)
                {
                    int code = DatasetFolder.Code(field(column), path, line);
                    if (code is 0 or 1)
                    {
                        rows.SetUnit(row, unit, code == 1);
                    }
                    else if (code != Unknown)
                    {
                        throw DatasetFolder.Fault(path, line, $"{code}", $"AU{unit} is {code}, which is none of 0, 1 and {Unknown}.");
                    }
                }
            });
        }

        ReadIntensities(folder, rows);
        if (rows.Count == 0)
        {
            throw folder.Missing("there is no F001_T1.csv or the like in it");
        }
    }

    private static void ReadIntensities(DatasetFolder folder, DatasetRows rows)
    {
        foreach (string path in folder.Files("*_T*_AU*.csv"))
        {
            Match name = Intensity().Match(Path.GetFileName(path));
            foreach ((int line, string text) in name.Success ? DatasetFolder.Lines(path) : [])
            {
                string[] fields = text.Split(',');
                if (line == 1 && !int.TryParse(fields[0], out _))
                {
                    continue;
                }

                int intensity = fields.Length == 2 ? DatasetFolder.Code(fields[1], path, line) : -1;
                if (intensity is not ((>= 0 and <= 5) or Unknown))
                {
                    throw DatasetFolder.Fault(path, line, text, $"'{LabelFileReader.Shorten(text)}' is no frame and an intensity of 0 to " +
                        "5 or 9.");
                }

                if (intensity != Unknown && Row(folder, rows, name, DatasetFolder.Code(fields[0], path, line)) is { } row)
                {
                    rows.SetIntensity(row, int.Parse(name.Groups[3].Value), intensity);
                }
            }
        }
    }

    private static int? Row(DatasetFolder folder, DatasetRows rows, Match name, int frame)
    {
        string person = name.Groups[1].Value.ToUpperInvariant(), task = $"{person}/{name.Groups[2].Value.ToUpperInvariant()}";
        string images = folder.FolderOf($"2D+3D/{task}", $"Sequences/{task}", $"2D/{task}", $"Images/{task}", task);
        if (folder.Frame(images, frame, Digits) is not { } image)
        {
            rows.Note("labels of frames that have no image, left out");
            return null;
        }

        int row = rows.Row(image);
        rows.SetPerson(row, person);
        return row;
    }

    [GeneratedRegex(@"^([FM]\d{3})_(T\d+)\.csv$", RegexOptions.IgnoreCase)]
    private static partial Regex Occurrence();

    [GeneratedRegex(@"^([FM]\d{3})_(T\d+)_AU(\d+)\.csv$", RegexOptions.IgnoreCase)]
    private static partial Regex Intensity();
}

/// <summary>
/// EmotioNet (Benitez-Quiroz et al., 2016): tables of addresses and units, 999 where a unit was not coded. Images are files of the
/// addresses' last parts.
/// </summary>
internal sealed partial class EmotioNetLayout() : DatasetLayout("emotionet", "a table (.csv or .txt) with columns URL, AU 1, AU 2, ...")
{
    private const int Unknown = 999;

    public override void Read(DatasetFolder folder, DatasetRows rows)
    {
        foreach (string path in folder.Files("*.csv").Concat(folder.Files("*.txt")))
        {
            if (DatasetTable.OrNote(path, rows) is not { } table)
            {
                continue;
            }

            (string Column, int Unit)[] units =
            [
                .. table.Header.Select(column => (column, UnitOf().Match(column))).Where(pair => pair.Item2.Success)
                    .Select(pair => (pair.column, int.Parse(pair.Item2.Groups[1].Value))),
            ];
            if (units.Length == 0)
            {
                continue;
            }

            table.ForEach((line, field) => ReadRow(folder, rows, path, line, field, table.Header[0], units));
        }

        if (rows.Count == 0)
        {
            throw folder.Missing("no table in it has columns of units");
        }
    }

    private static void ReadRow(
        DatasetFolder folder, DatasetRows rows, string path, int line, Func<string, string> field, string address, (string, int)[] units)
    {
        string name = DatasetFolder.Name(field(address).Trim('\'', '"').Split('/', '\\')[^1].Split('?')[0], path, line);
        string image = folder.Has("images") ? $"images/{name}" : name;
        if (rows.Contains(image))
        {
            rows.Note("rows of an image that was there already, left out");
            return;
        }

        int row = rows.Row(image);
        foreach ((string column, int unit) in units)
        {
            int code = DatasetFolder.Code(field(column), path, line);
            if (code is 0 or 1)
            {
                rows.SetUnit(row, unit, code == 1);
            }
            else if (code != Unknown)
            {
                throw DatasetFolder.Fault(path, line, $"{code}", $"AU{unit} is {code}, which is none of 0, 1 and {Unknown}.");
            }
        }
    }

    [GeneratedRegex(@"^'?AU\s*0*(\d{1,2})'?$", RegexOptions.IgnoreCase)]
    private static partial Regex UnitOf();
}
