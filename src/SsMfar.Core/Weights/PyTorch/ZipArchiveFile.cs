using System.Text;
using SsMfar.Models;

namespace SsMfar.Weights;

/// <summary>
/// The zip format: <c>ROOT/data.pkl</c>, a pickle in which storages are persistent ids, <c>ROOT/data/KEY</c>, each storage's bytes, and
/// <c>ROOT/byteorder</c> in files of newer versions.
/// </summary>
internal sealed class ZipArchiveFile
{
    private const string PickleName = "data.pkl";
    private const int MaximumByteOrderBytes = 16;

    private readonly FileBytes _file;
    private readonly ZipDirectory _directory;
    private readonly string _root;

    public ZipArchiveFile(FileBytes file)
    {
        _file = file;
        _directory = ZipDirectory.Read(file);
        _root = FindRoot();
        _directory.Locate();
        CheckByteOrder();
    }

    /// <summary>What was saved.</summary>
    public object? ReadObject(PickleBudget budget)
    {
        var entry = _directory.Entries[_root + PickleName];
        var input = new PickleInput(_file, entry.Start, entry.Start + entry.Size, entry.Name);
        return new PickleMachine(input, budget, id => Storage(id, input, budget)).Run();
    }

    /// <summary>Where a storage's bytes start in the file.</summary>
    /// <exception cref="ModelFileException">There is no such storage, or it has another size than the pickle says.</exception>
    public long Locate(PickleStorage storage, string tensor)
    {
        string name = $"{_root}data/{storage.Key}";
        if (!_directory.Entries.TryGetValue(name, out var entry))
        {
            throw new ModelFileException(_file.Path, tensor, $"the archive lacks its storage {name}", PickleMachine.Remedy);
        }

        Int128 bytes = (Int128)storage.StorageElements * SafetensorsHeader.Describe(storage.Type)!.Value.Size;
        return bytes == entry.Size
            ? entry.Start
            : throw new ModelFileException(
                _file.Path, tensor, $"its storage {name} is said to have {storage.StorageElements} elements of {storage.Type}, which " +
                    $"are {bytes} bytes, but has {entry.Size}",
                PickleMachine.Remedy);
    }

    private static PickleStorage Storage(object? id, PickleInput input, PickleBudget budget)
    {
        budget.Take(PickleBudget.Container);
        return id is PickleTuple
            { Items: ["storage", PickleGlobal { Kind: PickleGlobalKind.Storage } type, string key, string, long elements and >= 0] }
            ? new PickleStorage(type.Type, key, elements, 0, elements)
            : throw input.Fault("a persistent id is no storage as torch.save writes it");
    }

    private string FindRoot()
    {
        string? root = null;
        foreach (string name in _directory.Entries.Keys)
        {
            int slash = name.IndexOf('/', StringComparison.Ordinal);
            if (!name.AsSpan(slash + 1).SequenceEqual(PickleName))
            {
                continue;
            }

            if (root is not null)
            {
                throw new ModelFileException(
                    _file.Path,
                    name,
                    $"the archive has a second {PickleName}, beside {root}{PickleName}",
                    PickleMachine.Remedy);
            }

            root = name[..(slash + 1)];
        }

        return OtherArchive.Recognize(_directory.Entries.Keys, root) is var (entry, problem, remedy)
            ? throw new ModelFileException(_file.Path, entry, problem, remedy)
            : root ?? throw new ModelFileException(
                _file.Path, PickleName, "the zip archive lacks it, so torch.save did not write it", "Give the file that torch.save " +
                    "wrote, as it is");
    }

    private void CheckByteOrder()
    {
        if (!_directory.Entries.TryGetValue(_root + "byteorder", out var entry))
        {
            return;
        }

        byte[] bytes = new byte[Math.Min(entry.Size, MaximumByteOrderBytes)];
        _file.Read(bytes, entry.Start, entry.Name);
        if (!bytes.AsSpan().SequenceEqual("little"u8))
        {
            throw new ModelFileException(
                _file.Path, entry.Name, $"its byte order is '{Encoding.Latin1.GetString(bytes)}'; only little is read", LegacyFile
                    .ByteOrderRemedy);
        }
    }
}
