using SsMfar.ConsoleApp.Shell;
using SsMfar.Shared;

namespace SsMfar.ConsoleApp.Commands;

/// <summary>Files that commands write: proved to be writable before the work, and kept elsewhere where they are not after it.</summary>
internal static class Outputs
{
    /// <summary>Refuses files that cannot be written, before the work whose results they are to hold. Leaves nothing behind.</summary>
    /// <param name="files">Options and the paths given to them; null where not given.</param>
    /// <exception cref="BadInputException">
    /// A folder is missing or may not be written, or the path is a folder, or a picture that is there.
    /// </exception>
    public static void RequireWritable(params ReadOnlySpan<(string Option, string? Path)> files)
    {
        foreach ((string option, string? path) in files)
        {
            if (path is not null)
            {
                RequireWritable(option, path);
            }
        }
    }

    /// <summary>Refuses a folder that can be neither written nor made. Leaves nothing behind.</summary>
    /// <exception cref="BadInputException">It cannot.</exception>
    public static void RequireFolder(string option, string path)
    {
        string full = Path.GetFullPath(path);
        string existing = full;
        while (!Path.Exists(existing) && Path.GetDirectoryName(existing) is { } parent)
        {
            existing = parent;
        }

        if (!Directory.Exists(existing))
        {
            throw new BadInputException($"{option} '{path}': '{existing}' is a file, not a folder. Choose another folder.");
        }

        Probe(
            existing,
            reason => $"{option} '{path}': files cannot be made in '{existing}' ({reason}). Choose a folder that may be written.");
    }

    /// <summary>
    /// Refuses a folder for decoded images that is none and cannot be made. One that is there need not be written where they are in it.
    /// </summary>
    /// <exception cref="BadInputException">It is a file, or cannot be made.</exception>
    public static void RequireCache(string? folder)
    {
        if (folder is not null && !Directory.Exists(folder))
        {
            RequireFolder("--cache", folder);
        }
    }

    /// <summary>Refuses a folder for several files where one could be lost that no earlier run wrote.</summary>
    /// <param name="option">The option that names the folder.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="kind">The kind of what is written.</param>
    /// <param name="pictures">Whether pictures are written, of any names.</param>
    /// <param name="names">Other files that are written.</param>
    /// <exception cref="BadInputException">One could be.</exception>
    public static void RequireOwn(string option, string folder, string kind, bool pictures, params IEnumerable<string> names)
    {
        if (WrittenFolder.Foreign(folder, kind, pictures, names) is { } there)
        {
            throw new BadInputException(
                $"{option} '{folder}': '{there}' is there, and no earlier run wrote it: it could be lost. Choose another folder.");
        }
    }

    /// <summary>Refuses a folder that has files of those that work writes, and no record of such work.</summary>
    /// <param name="option">The option that names the folder.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="work">What it is, such as "run".</param>
    /// <param name="record">The record that the folder lacks.</param>
    /// <param name="names">The files.</param>
    /// <exception cref="BadInputException">One is there.</exception>
    public static void RequireNone(string option, string folder, string work, string record, params IEnumerable<string> names)
    {
        if (names.FirstOrDefault(name => Path.Exists(Path.Combine(folder, name))) is { } there)
        {
            throw new BadInputException(
                $"{option} '{folder}' has '{there}' and no {record}: there is no {work} to go on with, and it would be lost. Choose " +
                    "another folder.");
        }
    }

    /// <summary>Whether a folder is not there, or has nothing in it but what a process that was killed left aside.</summary>
    public static bool IsEmpty(string folder) =>
        !Directory.Exists(folder) || Directory.EnumerateFileSystemEntries(folder).All(AtomicFile.IsUnfinished);

    /// <summary>The size of a file that was written, wherever links lead; null of a pipe or a device.</summary>
    public static long? Size(string path)
    {
        string full = Path.GetFullPath(path);
        return AtomicFile.IsDevice(full) ? null : new FileInfo(AtomicFile.Behind(full)).Length;
    }

    /// <summary>Writes results; where that fails, keeps them in the folder for temporary files, so that the work is not lost.</summary>
    /// <param name="option">The option that names the file.</param>
    /// <param name="path">The file.</param>
    /// <param name="what">What is written, for the message: "The predictions".</param>
    /// <param name="save">Writes to a path.</param>
    /// <exception cref="BadInputException">The file could not be written; the message says where the results are.</exception>
    public static void Write(string option, string path, string what, Action<string> save)
    {
        try
        {
            save(path);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException(
                $"{option} '{path}' cannot be written: {failed.Message.TrimEnd().TrimEnd('.')}. {what} are kept in " +
                    $"'{Keep(Path.GetFileName(path), save)}': copy them from there.");
        }
    }

    /// <summary>Writes several results: one that cannot be written takes none of the others with it.</summary>
    /// <param name="writes">Writes one each; null where there is nothing to write.</param>
    /// <exception cref="BadInputException">One or more could not be written; the message has what each says.</exception>
    public static void WriteEach(params IEnumerable<Action?> writes)
    {
        List<string> faults = [];
        foreach (Action write in writes.OfType<Action>())
        {
            try
            {
                write();
            }
            catch (BadInputException fault)
            {
                faults.Add(fault.Message);
            }
        }

        if (faults.Count > 0)
        {
            throw new BadInputException(string.Join(' ', faults));
        }
    }

    /// <summary>Writes results to a new file in the folder for temporary files.</summary>
    /// <returns>Its path.</returns>
    public static string Keep(string name, Action<string> save)
    {
        string kept = Path.Combine(Directory.CreateTempSubdirectory("ssmfar-kept-").FullName, name);
        save(kept);
        return kept;
    }

    private static void RequireWritable(string option, string path)
    {
        string full = Path.GetFullPath(path);
        if (Directory.Exists(full))
        {
            throw new BadInputException($"{option} '{path}' is a folder. Name a file in it.");
        }

        // Pipes and devices, such as /dev/stdout, are written in place: their folder does not matter.
        if (AtomicFile.IsDevice(full))
        {
            return;
        }

        string behind = AtomicFile.Behind(full);
        // No command writes a picture to a file that an option names: one that is there is someone's photograph.
        if (File.Exists(behind) && PictureName.IsPicture(behind))
        {
            throw new BadInputException($"{option} '{path}' is a picture that is there, and would be lost. Name another file.");
        }

        string folder = Path.GetDirectoryName(behind) ?? behind;
        if (!Directory.Exists(folder))
        {
            throw new BadInputException($"{option} '{path}': there is no folder '{folder}'. Make it, or choose another.");
        }

        Probe(
            folder,
            reason => $"{option} '{path}': files cannot be made in '{folder}' ({reason}). Choose a folder that may be written.");
    }

    private static void Probe(string folder, Func<string, string> message)
    {
        try
        {
            AtomicFile.Probe(folder);
        }
        catch (Exception denied) when (denied is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException(message(denied.Message.TrimEnd('.')));
        }
    }
}
