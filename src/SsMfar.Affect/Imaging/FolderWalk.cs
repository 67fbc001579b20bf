using SsMfar.Shared;

namespace SsMfar.Imaging;

/// <summary>
/// Lists the images below a folder, each real file once: what is there itself comes before what symbolic links lead to, and no real
/// folder is walked twice, so that links in a circle end.
/// </summary>
internal sealed class FolderWalk
{
    private static readonly string[] SystemFolders = ["__MACOSX", ".ipynb_checkpoints", "@eaDir", ".thumbnails", "$RECYCLE.BIN"];

    private static readonly StringComparer Paths = OperatingSystem.IsWindows() ?
        StringComparer.OrdinalIgnoreCase :
        StringComparer.Ordinal;

    private readonly string _root;
    private readonly bool _areLinksImages;
    private readonly List<string> _names = [];
    private readonly List<string> _unusable = [];
    private readonly HashSet<string> _files = new(Paths);
    private readonly HashSet<string> _folders = new(Paths);
    private readonly SortedSet<string> _links = new(StringComparer.Ordinal);
    private int _others;
    private int _system;
    private int _repeated;

    private FolderWalk(string root, bool areLinksImages) => (_root, _areLinksImages) = (root, areLinksImages);

    /// <summary>Walks a folder.</summary>
    /// <param name="root">The folder.</param>
    /// <param name="areLinksImages">
    /// Whether a link to a file that is in the list is an image too, as where images are frames of which two may be one picture.
    /// </param>
    /// <exception cref="InvalidDataException">A file's name has a backslash, which image names have between folders.</exception>
    public static FolderListing List(string root, bool areLinksImages = false)
    {
        FolderWalk walk = new(root, areLinksImages);
        walk.Enter(root, RealPath.Of(root), isSystem: false);
        while (walk._links.Min is { } link)
        {
            walk._links.Remove(link);
            walk.Follow(link);
        }

        if (walk._unusable.Count > 0)
        {
            bool one = walk._unusable.Count == 1;
            IEnumerable<string> shown = walk._unusable.Order(StringComparer.Ordinal).Take(3).Select(ImageName.Printable);
            throw new InvalidDataException(
                $"'{root}': {walk._unusable.Count} image {(one ? "file has a name" : "files have names")} with a backslash, which " +
                    "stands between " +
                $"folders in image names: '{string.Join("', '", shown)}'. Rename {(one ? "it" : "them")}, or unpack the images with a " +
                "program that makes folders of backslashes.");
        }

        return new([.. walk._names.Order(StringComparer.Ordinal)], walk._others, walk._system, walk._repeated);
    }

    private void Enter(string folder, string real, bool isSystem)
    {
        Stack<(string Folder, string Real, bool IsSystem)> waiting = new([(folder, real, isSystem)]);
        while (waiting.TryPop(out var next))
        {
            if (!_folders.Add(next.Real))
            {
                continue;
            }

            foreach (FileSystemInfo entry in new DirectoryInfo(next.Folder).EnumerateFileSystemInfos())
            {
                bool system = next.IsSystem || IsSystem(entry);
                if (entry.LinkTarget is not null)
                {
                    if (system)
                    {
                        Count(entry.Name, system);
                    }
                    else
                    {
                        _links.Add(entry.FullName);
                    }
                }
                else if (entry is DirectoryInfo)
                {
                    waiting.Push((entry.FullName, Path.Join(next.Real, entry.Name), system));
                }
                else if (Count(entry.Name, system))
                {
                    _files.Add(Path.Join(next.Real, entry.Name));
                    Add(entry.FullName);
                }
            }
        }
    }

    private void Follow(string link)
    {
        string? real = TryRealPath(link);
        if (real is not null && Directory.Exists(real))
        {
            if (_folders.Contains(real))
            {
                _repeated++;
            }
            else
            {
                Enter(link, real, isSystem: false);
            }
        }
        else if (Count(Path.GetFileName(link), isSystem: false))
        {
            // A link to nothing stays in the list: whoever reads it is told its name.
            if (real is null || _files.Add(real) || _areLinksImages)
            {
                Add(link);
            }
            else
            {
                _repeated++;
            }
        }
    }

    /// <summary>Whether a file is an image for the list; counted when it is not.</summary>
    private bool Count(string name, bool isSystem)
    {
        if (!PictureName.IsRead(name))
        {
            _others += isSystem ? 0 : 1;
            return false;
        }

        _system += isSystem ? 1 : 0;
        return !isSystem;
    }

    private void Add(string path)
    {
        string name = Path.GetRelativePath(_root, path);
        if (Path.DirectorySeparatorChar == '\\')
        {
            name = name.Replace('\\', '/');
        }

        (name.Contains('\\') ? _unusable : _names).Add(name);
    }

    private static bool IsSystem(FileSystemInfo entry) => entry is DirectoryInfo
        ? SystemFolders.Contains(entry.Name, StringComparer.OrdinalIgnoreCase) ||
            entry.Name.StartsWith(".Trash", StringComparison.Ordinal)
        : entry.Name.StartsWith("._", StringComparison.Ordinal);

    private static string? TryRealPath(string path)
    {
        try
        {
            string real = RealPath.Of(path);
            return Path.Exists(real) ? real : null;
        }
        catch (IOException)
        {
            return null; // a link that leads to itself
        }
    }
}
