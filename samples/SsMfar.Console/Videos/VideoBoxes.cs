using System.Globalization;
using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Faces;
using SsMfar.Imaging;
using SsMfar.Video;

namespace SsMfar.ConsoleApp.Videos;

/// <summary>Where the faces of frames are: the table of <c>--boxes</c>, by images of a folder or by numbers of frames.</summary>
internal sealed class VideoBoxes
{
    private static readonly string[] Columns = ["x", "y", "width", "height"];

    private readonly Dictionary<long, List<FaceRectangle>> _boxes = [];

    private VideoBoxes()
    {
    }

    /// <summary>Reads the table: columns x, y, width and height, and image or frame; a row a face, other rows have empty fields.</summary>
    /// <exception cref="BadInputException">The table cannot be understood, or has an image that is no frame.</exception>
    public static VideoBoxes Read(string path, IFrameSource source)
    {
        VideoBoxes boxes = new();

        // A video file may have some frames more than it says.
        long? count = source is FolderFrames ? source.FrameCount : null;
        Dictionary<string, long>? frameOf = (source as FolderFrames)?.Images.ToDictionary(
            pair => pair.Value, pair => pair.Key, StringComparer.Ordinal);
        try
        {
            int[]? columns = null;
            int key = -1;
            foreach ((int line, string[] fields) in Csv.Read(Inputs.ReadText("--boxes", path)))
            {
                if (columns is null)
                {
                    columns = [.. Columns.Select(column => Array.IndexOf(fields, column))];
                    key = Key(fields, ref frameOf);
                    if (columns.Contains(-1))
                    {
                        throw new FormatException($"its first line has not all of the columns {string.Join(", ", Columns)}");
                    }
                }
                else if (fields.Length <= Math.Max(key, columns.Max()))
                {
                    throw new FormatException($"line {line} has {fields.Length} fields");
                }
                else if (fields[columns[0]].Length > 0)
                {
                    boxes.Add(Frame(fields[key], frameOf, count, line), Box(line, [.. columns.Select(column => fields[column])]));
                }
            }

            if (columns is null)
            {
                throw new FormatException("it is empty");
            }
        }
        catch (FormatException fault)
        {
            throw new BadInputException(
                $"--boxes '{path}': {fault.Message.TrimEnd('.')}. Give a table such as faces or video writes, of these frames.");
        }

        return boxes;
    }

    /// <summary>The faces of a frame.</summary>
    public IReadOnlyList<FaceRectangle> Of(VideoFrame frame) =>
        _boxes.TryGetValue(frame.Index, out List<FaceRectangle>? boxes) ? boxes : [];

    /// <summary>The number of faces in the frames from one on.</summary>
    public int CountFrom(long frame) => _boxes.Where(boxes => boxes.Key >= frame).Sum(boxes => boxes.Value.Count);

    // The column that names the frame; images have names in a folder alone.
    private static int Key(string[] header, ref Dictionary<string, long>? frameOf)
    {
        int image = frameOf is null ? -1 : Array.IndexOf(header, "image");
        if (image < 0)
        {
            frameOf = null;
            image = Array.IndexOf(header, "frame");
        }

        return image >= 0 ? image : throw new FormatException("its first line has no column image of a folder's images, nor frame");
    }

    private static long Frame(string field, Dictionary<string, long>? frameOf, long? count, int line)
    {
        if (frameOf is not null)
        {
            return frameOf.TryGetValue(ImageSource.NormalizeName(field), out long frame)
                ? frame : throw new FormatException($"line {line} has the image '{field}', which is none of --input");
        }

        if (!long.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out long number))
        {
            throw new FormatException($"line {line} has the frame '{field}', which is no number");
        }

        return number < (count ?? long.MaxValue) ? number
            : throw new FormatException($"line {line} has the frame {field}, and the last of --input is {count - 1}");
    }

    private static FaceRectangle Box(int line, string[] numbers)
    {
        float[] values = new float[numbers.Length];
        for (int i = 0; i < numbers.Length; i++)
        {
            if (!float.TryParse(numbers[i], NumberStyles.Float, CultureInfo.InvariantCulture, out values[i])
                || !(Math.Abs(values[i]) < 1e6f) || (i > 1 && values[i] <= 0))
            {
                throw new FormatException($"line {line} has the box {string.Join(", ", numbers)}, which is none");
            }
        }

        return new(values[0], values[1], values[2], values[3]);
    }

    private void Add(long frame, FaceRectangle box)
    {
        if (!_boxes.TryGetValue(frame, out List<FaceRectangle>? boxes))
        {
            _boxes.Add(frame, boxes = []);
        }

        boxes.Add(box);
    }
}
