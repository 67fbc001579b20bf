using System.Collections.Immutable;
using System.Globalization;
using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Faces;
using SsMfar.Imaging;

namespace SsMfar.ConsoleApp.Photographs;

/// <summary>Where the faces of pictures are: of <c>--box</c>, or of the table of <c>--boxes</c>.</summary>
internal static class FaceBoxes
{
    private static readonly string[] Columns = ["image", "x", "y", "width", "height"];

    /// <summary>A box as a shell has it: four numbers.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static FaceBox Parse(string text)
    {
        string[] numbers = text.Split(',', StringSplitOptions.TrimEntries);
        return numbers.Length == 4 ? Box(numbers) : throw new FormatException("must be X,Y,WIDTH,HEIGHT in pixels of the upright picture.");
    }

    /// <summary>
    /// The boxes of a table with the columns image, x, y, width and height, such as <c>faces</c> writes: for each picture the first, which
    /// is the largest there.
    /// </summary>
    /// <param name="path">The table.</param>
    /// <param name="names">The pictures.</param>
    /// <returns>A box for each picture.</returns>
    /// <exception cref="BadInputException">The table cannot be understood, or a picture has no box.</exception>
    public static ImmutableArray<(string Name, FaceBox? Box)> Read(string path, ImmutableArray<string> names)
    {
        Dictionary<string, FaceBox> boxes = new(StringComparer.Ordinal);
        try
        {
            int[]? columns = null;
            foreach ((int line, string[] fields) in Csv.Read(Inputs.ReadText("--boxes", path)))
            {
                if (columns is null)
                {
                    columns = [.. Columns.Select(column => Array.IndexOf(fields, column))];
                    if (columns.Contains(-1))
                    {
                        throw new FormatException($"its first line has not all of the columns {string.Join(", ", Columns)}");
                    }
                }
                else if (fields.Length <= columns.Max())
                {
                    throw new FormatException($"line {line} has {fields.Length} fields");
                }
                else if (fields[columns[1]].Length > 0)
                {
                    boxes.TryAdd(
                        ImageSource.NormalizeName(fields[columns[0]]), At(line, [.. columns[1..].Select(column => fields[column])]));
                }
            }
        }
        catch (FormatException fault)
        {
            throw new BadInputException($"--boxes '{path}': {fault.Message.TrimEnd('.')}. Give a table such as faces writes.");
        }

        string[] without = [.. names.Where(name => !boxes.ContainsKey(ImageSource.NormalizeName(name)))];
        return without.Length == 0
            ? [.. names.Select(name => (name, (FaceBox?)boxes[ImageSource.NormalizeName(name)]))]
            : throw new BadInputException(
                $"--boxes '{path}' has no box of {without.Length} of {names.Length} images: '{without[0]}'" +
                    $"{(without.Length > 1 ? ", ..." : "")}. Leave them out, or add their rows.");
    }

    private static FaceBox At(int line, string[] numbers)
    {
        try
        {
            return Box(numbers);
        }
        catch (FormatException)
        {
            throw new FormatException($"line {line} has the box {string.Join(", ", numbers)}, which is none");
        }
    }

    private static FaceBox Box(string[] numbers)
    {
        float[] values = [.. numbers.Select(number =>
            float.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out float value)
            && Math.Abs(value) < 1e6f ? value : throw new FormatException($"'{number}' is no number of pixels."))];
        return values[2] > 0 && values[3] > 0
            ? new FaceRectangle(values[0], values[1], values[2], values[3]).ToFaceBox()
            : throw new FormatException("width and height must be above 0.");
    }
}
