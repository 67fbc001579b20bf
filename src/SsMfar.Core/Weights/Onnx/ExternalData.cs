using System.Globalization;

namespace SsMfar.Weights;

/// <summary>
/// Tensors whose numbers lie in files beside an ONNX model. Only files inside of the model's own folder are opened, whatever the model
/// says and wherever links lead.
/// </summary>
internal sealed class ExternalData(string modelPath)
{
    private const int MaximumLinks = 32;
    private const string Remedy = "Put the model and the files of its weights into one folder, or save the model as one file";

    // As a whole path, so that a change of the working directory changes nothing.
    private readonly string _folder = Path.GetDirectoryName(Path.GetFullPath(modelPath)) ?? Path.GetFullPath(modelPath);
    private readonly Dictionary<string, (string Path, long Length)> _known = new(StringComparer.Ordinal);

    /// <summary>Finds the numbers of a tensor.</summary>
    /// <param name="tensor">The tensor, without data.</param>
    /// <param name="says">What the model says of where they are.</param>
    /// <param name="bytes">How many bytes they have.</param>
    /// <exception cref="ModelFileException">They lie outside of the folder, or are not there.</exception>
    public OnnxTensor Place(OnnxTensor tensor, Dictionary<string, string> says, long bytes)
    {
        string location = says.GetValueOrDefault("location") is { Length: > 0 } given
            ? given : throw Fault(tensor, "it lies in another file, whose name is not said");
        if (!_known.TryGetValue(location, out (string Path, long Length) file))
        {
            string path = Resolve(tensor, location);
            file = (path, Length(tensor, path));
            _known.Add(location, file);
        }

        long offset = Number(tensor, says, "offset") ?? 0;
        long length = Number(tensor, says, "length") ?? Math.Max(0, file.Length - offset);
        if (offset > file.Length || length > file.Length - offset || bytes > length || (bytes < length && says.ContainsKey("length")))
        {
            throw Fault(
                tensor, $"its {bytes} bytes are said to be the {length} from byte {offset} of '{location}', which has {file.Length}");
        }

        return tensor with { Data = [new(offset, bytes)], IsVarints = false, ExternalPath = file.Path };
    }

    private long? Number(OnnxTensor tensor, Dictionary<string, string> says, string key) =>
        !says.TryGetValue(key, out string? text) ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value
        : throw Fault(tensor, $"the {key} of its external data is no number");

    // Names of Windows are refused everywhere: a file means the same wherever it is read.
    private string Resolve(OnnxTensor tensor, string location)
    {
        string[] parts = location.Split('/', '\\');
        if (Path.IsPathRooted(location) || parts.Contains("..") || parts[0].Contains(':', StringComparison.Ordinal)
            || parts[0].Length == 0 || location.Contains('\0', StringComparison.Ordinal))
        {
            throw Outside(tensor, location);
        }

        string path = Path.GetFullPath(Path.Combine([_folder, .. parts.Where(part => part is not ("" or "."))]));
        try
        {
            return Follow(tensor, location, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw Fault(tensor, $"its file '{location}' cannot be found: {e.Message.TrimEnd('.')}", e);
        }
    }

    // The folder itself may be reached by links; what lies in it may not lead out of it.
    private string Follow(OnnxTensor tensor, string location, string path)
    {
        for (int links = 0; links <= MaximumLinks; links++)
        {
            string? target = IsInside(path) ? FirstLink(path) : throw Outside(tensor, location);
            if (target is null)
            {
                return path;
            }

            path = target;
        }

        throw Fault(tensor, $"its file '{location}' is a link that leads nowhere");
    }

    private bool IsInside(string path) =>
        path.StartsWith(Path.EndsInDirectorySeparator(_folder) ? _folder : _folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    // Where the path leads once the first link on it below the folder is followed; null where there is none.
    private string? FirstLink(string path)
    {
        string[] parts = Path.GetRelativePath(_folder, path).Split(Path.DirectorySeparatorChar);
        string current = _folder;
        for (int i = 0; i < parts.Length; i++)
        {
            string parent = current;
            current = Path.Combine(current, parts[i]);
            if (new FileInfo(current).LinkTarget is { } target)
            {
                return Path.GetFullPath(Path.Combine([target, .. parts[(i + 1)..]]), parent);
            }
        }

        return null;
    }

    private long Length(OnnxTensor tensor, string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? file.Length : throw Fault(tensor, $"its file {path} is not there");
    }

    private ModelFileException Outside(OnnxTensor tensor, string location) =>
        Fault(tensor, $"it lies in '{location}', outside of the model's folder, where nothing is read");

    private ModelFileException Fault(OnnxTensor tensor, string problem, Exception? inner = null) =>
        new(modelPath, tensor.Name, problem, Remedy, inner);
}
