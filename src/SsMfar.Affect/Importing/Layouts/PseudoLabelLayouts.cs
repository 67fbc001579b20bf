using System.Globalization;
using System.Text.RegularExpressions;
using SsMfar.Data;

namespace SsMfar.Importing.Layouts;

/// <summary>
/// What OpenFace writes (Baltrusaitis et al., 2018): presences (<c>AU01_c</c>) and intensities (<c>AU01_r</c>) of frames that it tracked,
/// as pseudo-labels.
/// </summary>
internal sealed partial class OpenFaceLayout() : DatasetLayout("openface", "its tables (.csv) with columns AU01_c and AU01_r")
{
    private const int Digits = 5;

    public override void Read(DatasetFolder folder, DatasetRows rows)
    {
        Dictionary<string, double> confidenceOf = new(StringComparer.Ordinal);
        foreach (string path in folder.Require("*.csv"))
        {
            if (DatasetTable.OrNote(path, rows) is not { } table)
            {
                continue;
            }

            (string Column, int Unit, bool IsIntensity)[] units =
            [
                .. table.Header.Select(column => (column, UnitOf().Match(column))).Where(pair => pair.Item2.Success).Select(pair => (
                    pair.column, int.Parse(pair.Item2.Groups[1].Value),
                    pair.Item2.Groups[2].Value.Equals("r", StringComparison.OrdinalIgnoreCase))),
            ];
            if (units.Length == 0)
            {
                continue;
            }

            string stem = DatasetFolder.Join(folder.Relative(Path.GetDirectoryName(path)!), Path.GetFileNameWithoutExtension(path));
            bool isVideo = table.Has("frame"), hasFaces = table.Has("face_id"), hasSuccess = table.Has("success");
            table.ForEach((line, field) =>
            {
                if (hasSuccess && DatasetFolder.Code(field("success"), path, line) != 1)
                {
                    rows.Note("frames without a tracked face, left out");
                    return;
                }

                int face = hasFaces ? DatasetFolder.Code(field("face_id"), path, line) : 0;
                string? image = isVideo
                    ? Frame(folder, stem, face, DatasetFolder.Code(field("frame"), path, line))
                    : Photograph(folder, stem, table.Has("face") ? DatasetFolder.Code(field("face"), path, line) : 0);
                if (image is null)
                {
                    rows.Note("labels of frames that have no image, left out");
                    return;
                }

                double confidence = DatasetFolder.Number(field("confidence"), path, line);
                if (confidenceOf.TryGetValue(image, out double before))
                {
                    rows.Note("further faces of an image, left out");
                    if (before >= confidence)
                    {
                        return;
                    }
                }

                confidenceOf[image] = confidence;
                int row = rows.Row(image);
                foreach ((string column, int unit, bool isIntensity) in units)
                {
                    double value = DatasetFolder.Number(field(column), path, line);
                    if (isIntensity)
                    {
                        rows.SetIntensity(row, unit, value);
                    }
                    else
                    {
                        rows.SetUnit(row, unit, value >= 0.5);
                    }
                }
            });
        }

        if (rows.Count == 0)
        {
            throw folder.Missing("no table in it has columns of units and a tracked face");
        }
    }

    // Aligned faces lie in a folder beside the table; without it, frames in one of the video's name.
    private static string? Frame(DatasetFolder folder, string stem, int face, int frame)
    {
        if (!folder.Has($"{stem}_aligned"))
        {
            return folder.Frame(stem, frame, Digits);
        }

        string name = string.Create(CultureInfo.InvariantCulture, $"{stem}_aligned/frame_det_{face:D2}_{frame:D6}.bmp");
        return File.Exists(Path.Join(folder.Root, name)) ? name : null;
    }

    private static string Photograph(DatasetFolder folder, string stem, int face)
    {
        string aligned = string.Create(CultureInfo.InvariantCulture, $"{stem}_aligned/face_det_{face:D6}.bmp");
        return File.Exists(Path.Join(folder.Root, aligned)) ? aligned : folder.Image(stem, ".jpg");
    }

    [GeneratedRegex(@"^AU(\d{2})_([cr])$", RegexOptions.IgnoreCase)]
    private static partial Regex UnitOf();
}

/// <summary>
/// What Py-Feat writes (Cheong et al., 2023): a row a face with probabilities of expressions and units, as pseudo-labels: the likeliest
/// expression, and units from one half on.
/// </summary>
internal sealed partial class FexLayout() : DatasetLayout("fex", "its tables (.csv) with columns AU01, anger, ... and input")
{
    private const int Digits = 5;

    private static readonly string[] Classes = ["anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral"];

    public override void Read(DatasetFolder folder, DatasetRows rows)
    {
        Dictionary<string, double> scoreOf = new(StringComparer.Ordinal);
        Dictionary<string, string> inputOf = new(StringComparer.Ordinal);
        foreach (string path in folder.Require("*.csv"))
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
            if (!table.Has("input") || (units.Length == 0 && !Classes.All(table.Has)))
            {
                continue;
            }

            table.ForEach((line, field) =>
            {
                double score = table.Has("FaceScore") ? Known(field("FaceScore"), path, line) ?? 0 : 1;
                if (score == 0)
                {
                    rows.Note("images without a found face, left out");
                    return;
                }

                string input = field("input").Replace('\\', '/'), name = DatasetFolder.Name(NameOf(folder, input), path, line);
                if (!inputOf.TryAdd(name, input) && inputOf[name] != input)
                {
                    throw new AnnotationFormatException(
                        path, line, input,
                        $"'{LabelFileReader.Shorten(input)}' and '{LabelFileReader.Shorten(inputOf[name])}' are outside of the folder, " +
                            $"so that both would be '{LabelFileReader.Shorten(name)}'.",
                        "Give the folder that holds both, or write the column input relative to it.");
                }

                if (ImageOf(folder, name, table.Has("frame") ? Known(field("frame"), path, line) : null) is not { } image)
                {
                    rows.Note("labels of frames that have no image, left out");
                    return;
                }

                if (scoreOf.TryGetValue(image, out double before))
                {
                    rows.Note("further faces of an image, left out");
                    if (before >= score)
                    {
                        return;
                    }
                }

                scoreOf[image] = score;
                int row = rows.Row(image);
                rows.Clear(row);
                ReadRow(rows, row, path, line, field, table, units);
            });
        }

        if (rows.Count == 0)
        {
            throw folder.Missing("no table in it has columns of units or expressions and a found face");
        }
    }

    private static void ReadRow(
        DatasetRows rows, int row, string path, int line, Func<string, string> field, DatasetTable table, (string, int)[] units)
    {
        foreach ((string column, int unit) in units)
        {
            if (Known(field(column), path, line) is { } probability)
            {
                rows.SetUnit(row, unit, probability >= 0.5);
            }
        }

        if (Classes.All(table.Has))
        {
            double?[] probabilities = [.. Classes.Select(name => Known(field(name), path, line))];
            if (probabilities.All(probability => probability is not null))
            {
                rows.SetExpression(row, Classes[probabilities.IndexOf(probabilities.Max())]);
            }
        }

        if (table.Has("valence") && table.Has("arousal"))
        {
            rows.SetAffect(row, Within(field("valence")), Within(field("arousal")));
        }

        double? Within(string text) => Known(text, path, line) is { } value ? Math.Clamp(value, -1, 1) : null;
    }

    // The name of an input inside of the folder, also of one that is named from the working folder; of one that lies elsewhere its last
    // part.
    private static string NameOf(DatasetFolder folder, string input)
    {
        string root = folder.Root.Replace('\\', '/') + "/";
        if (input.StartsWith(root, StringComparison.Ordinal))
        {
            return input[root.Length..];
        }

        string[] places = input.Length == 0 || input.Contains('\0') ? [] : [Path.GetFullPath(input, folder.Root), Path.GetFullPath(input)];
        string? there = places.Select(place => place.Replace('\\', '/'))
            .FirstOrDefault(place => place.StartsWith(root, StringComparison.Ordinal) && File.Exists(place));
        return there is not null ? there[root.Length..]
            : Path.IsPathRooted(input) || input.Contains("..", StringComparison.Ordinal) || input.Contains(':') ? input.Split('/')[^1]
            : input;
    }

    // An input is an image, or a video whose frames, counted from 0, lie in a folder of its name, counted from 1.
    private static string? ImageOf(DatasetFolder folder, string name, double? frame) =>
        VideoEnd().IsMatch(name) && frame is { } number
            ? folder.Frame(name[..name.LastIndexOf('.')], (int)number + 1, Digits)
            : name;

    private static double? Known(string text, string path, int line) =>
        text.Length == 0 || text.Equals("nan", StringComparison.OrdinalIgnoreCase) ? null : DatasetFolder.Number(text, path, line);

    [GeneratedRegex(@"^AU(\d{2})$", RegexOptions.IgnoreCase)]
    private static partial Regex UnitOf();

    [GeneratedRegex(@"\.(mp4|avi|mov|mkv|webm|m4v|mpg|mpeg|wmv)$", RegexOptions.IgnoreCase)]
    private static partial Regex VideoEnd();
}
