using System.Globalization;
using SsMfar.Data;
using SsMfar.Imaging;

namespace SsMfar.Importing.Layouts;

/// <summary>The folder of a data set: finds files in it, and names images relative to it.</summary>
internal sealed class DatasetFolder
{
    private static readonly string[] ImageEnds = [".jpg", ".png", ".jpeg", ".bmp", ".webp"];

    private readonly DatasetLayout _layout;
    private readonly Dictionary<string, Dictionary<int, string>> _frames = new(StringComparer.Ordinal);

    /// <summary>Opens the folder.</summary>
    /// <exception cref="DirectoryNotFoundException">There is none.</exception>
    public DatasetFolder(string path, DatasetLayout layout)
    {
        Root = Path.GetFullPath(path);
        _layout = layout;
        if (!Directory.Exists(Root))
        {
            throw new DirectoryNotFoundException($"There is no folder '{Root}'.");
        }
    }

    public string Root { get; }

    /// <summary>Files of a pattern in the folder and those inside of it, in ordinal order of their places.</summary>
    public string[] Files(string pattern) =>
    [
        .. Directory.EnumerateFiles(
            Root, pattern,
            new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, MatchCasing = MatchCasing.CaseInsensitive })
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>As <see cref="Files"/>, and at least one.</summary>
    public string[] Require(string pattern) => Files(pattern) is { Length: > 0 } files
        ? files
        : throw Missing($"there is no {pattern} in it");

    /// <summary>A folder relative to the root, with '/' between its parts.</summary>
    public string Relative(string path) =>
        Path.GetRelativePath(Root, path).Replace('\\', '/') is var relative && relative == "." ? "" : relative;

    /// <summary>The first of some folders, relative to the root, that is there; else the last.</summary>
    public string FolderOf(params ReadOnlySpan<string> candidates)
    {
        foreach (string candidate in candidates)
        {
            if (Directory.Exists(Path.Join(Root, candidate)))
            {
                return candidate;
            }
        }

        return candidates[^1];
    }

    public bool Has(string folder) => Directory.Exists(Path.Join(Root, folder));

    /// <summary>
    /// The image of a frame: the file of a folder whose name ends in the frame's number, however many zeros are before it; null where the
    /// folder is there and has none. Of a folder that is not there, the name with as many digits as given.
    /// </summary>
    public string? Frame(string folder, int frame, int digits)
    {
        if (!_frames.TryGetValue(folder, out Dictionary<int, string>? names))
        {
            names = Numbered(folder);
            _frames.Add(folder, names);
        }

        return names.TryGetValue(frame, out string? name) ? Join(folder, name)
            : names.Count > 0 ? null
            : Join(folder, frame.ToString($"D{digits}", CultureInfo.InvariantCulture) + ImageEnds[0]);
    }

    /// <summary>The image of a name without an ending: the file that is there, else the one that ends as given.</summary>
    public string Image(string nameWithoutEnd, string end)
    {
        foreach (string candidate in ImageEnds)
        {
            if (File.Exists(Path.Join(Root, nameWithoutEnd + candidate)))
            {
                return nameWithoutEnd + candidate;
            }
        }

        // Cameras write .JPG.
        return ImageEnds.Select(candidate => nameWithoutEnd + candidate.ToUpperInvariant())
            .FirstOrDefault(name => File.Exists(Path.Join(Root, name))) ?? nameWithoutEnd + end;
    }

    public static string Join(string folder, string name) => folder.Length == 0 ? name : $"{folder}/{name}";

    /// <summary>The lines of a file that are not blank, with their numbers.</summary>
    public static IEnumerable<(int Line, string Text)> Lines(string path) =>
        File.ReadLines(path).Select((text, i) => (i + 1, text.Trim().Trim('\uFEFF'))).Where(line => line.Item2.Length > 0);

    /// <summary>The name of an image, or the fault that names its place.</summary>
    public static string Name(string text, string path, int line) =>
        text.TrimEnd() is [.., '/' or '\\']
            ? throw Fault(path, line, text, $"the image name '{LabelFileReader.Shorten(text)}' is that of a folder.")
        : ImageName.Fault(ImageName.Normalize(text.Trim())) is { } fault
            ? throw Fault(path, line, text, fault[..(fault.IndexOf(". ", StringComparison.Ordinal) + 1)])
        : text.Trim();

    /// <summary>A number, or the fault that names its place.</summary>
    public static double Number(string text, string path, int line) =>
        double.TryParse(text.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
            ? number
            : throw Fault(path, line, text, $"'{LabelFileReader.Shorten(text)}' is no number.");

    /// <summary>A whole number, however it is written.</summary>
    public static int Code(string text, string path, int line) =>
        Number(text, path, line) is var number && number == (int)number
            ? (int)number
            : throw Fault(path, line, text, $"'{LabelFileReader.Shorten(text)}' is no whole number.");

    public static AnnotationFormatException Fault(string path, int line, string value, string problem) =>
        new(path, line, value, problem, "Give the data set as it is handed out, or import a table of your own by its columns.");

    /// <summary>The fault of a folder that has no such data set.</summary>
    public AnnotationFormatException Missing(string problem) => new(
        Root, 0, null, $"this is no folder of {_layout.Name}: {problem}.", $"Give the one that has {_layout.Description}.");

    private Dictionary<int, string> Numbered(string folder)
    {
        Dictionary<int, string> names = [];
        string path = Path.Join(Root, folder);
        if (!Directory.Exists(path))
        {
            return names;
        }

        foreach (string name in Directory.EnumerateFiles(path).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal))
        {
            string stem = Path.GetFileNameWithoutExtension(name);
            int start = stem.Length;
            while (start > 0 && char.IsAsciiDigit(stem[start - 1]))
            {
                start--;
            }

            // What macOS keeps beside a file, on disks that have no place for it.
            bool isOther = name.StartsWith("._", StringComparison.Ordinal);
            if (!isOther && ImageEnds.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase)
                && int.TryParse(stem.AsSpan(start), NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            {
                names.TryAdd(number, name);
            }
        }

        return names;
    }
}
