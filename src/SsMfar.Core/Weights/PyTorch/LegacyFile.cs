using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using SsMfar.Models;

namespace SsMfar.Weights;

/// <summary>
/// The format before PyTorch 1.6: five pickles (magic number, version, what the machine was, the object, the storages' keys), then for each
/// key eight bytes with the number of elements and the elements.
/// </summary>
internal sealed class LegacyFile
{
    public const string ByteOrderRemedy = "Load it with PyTorch on a little-endian machine, which most are, and save it again";

    private const long ProtocolVersion = 1001;
    private static readonly BigInteger Magic = BigInteger.Parse(
        "01950a86a20f9469cfc6c",
        NumberStyles.AllowHexSpecifier,
        CultureInfo.InvariantCulture);

    private readonly FileBytes _file;
    private readonly PickleInput _input;
    private readonly Dictionary<string, PickleStorage> _known = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _starts = new(StringComparer.Ordinal);

    public LegacyFile(FileBytes file)
    {
        _file = file;
        _input = new PickleInput(file, 0, file.Length, null);
    }

    /// <summary>What was saved.</summary>
    public object? ReadObject(PickleBudget budget)
    {
        if (Run(budget) is not BigInteger magic || magic != Magic)
        {
            throw _input.Fault("it is not PyTorch's magic number");
        }

        if (Run(budget) is not ProtocolVersion)
        {
            throw _input.Fault($"the version of the format is not {ProtocolVersion.ToString(CultureInfo.InvariantCulture)}");
        }

        if (Run(budget) is not PickleDictionary machine || machine.Find("little_endian") is not bool littleEndian)
        {
            throw _input.Fault("it does not say what the machine was");
        }

        if (!littleEndian)
        {
            throw new ModelFileException(_file.Path, null, "it was written by a big-endian machine; only little is read", ByteOrderRemedy);
        }

        object? root = new PickleMachine(_input, budget, id => Storage(id, budget)).Run();
        FindStorages(Run(budget) as PickleList ?? throw _input.Fault("the storages' keys are no list"));
        return root;
    }

    /// <summary>Where a storage's bytes start in the file.</summary>
    /// <exception cref="ModelFileException">There is no such storage.</exception>
    public long Locate(PickleStorage storage, string tensor) =>
        _starts.TryGetValue(storage.Key, out long start)
            ? start
            : throw new ModelFileException(_file.Path, tensor, $"the file lacks its storage {storage.Key}", PickleMachine.Remedy);

    private object? Run(PickleBudget budget) => new PickleMachine(_input, budget).Run();

    private PickleStorage Storage(object? id, PickleBudget budget)
    {
        budget.Take(2 * PickleBudget.Container);
        if (id is not PickleTuple
            {
                Items: ["storage", PickleGlobal { Kind: PickleGlobalKind.Storage } type,
                    string key, string, long elements and >= 0, var view],
            })
        {
            throw _input.Fault("a persistent id is no storage as torch.save writes it");
        }

        var whole = new PickleStorage(type.Type, key, elements, 0, elements);
        if (!_known.TryAdd(key, whole) && _known[key] != whole)
        {
            throw _input.Fault($"storage '{key}' is said to be of two types or sizes");
        }

        return view switch
        {
            null => whole,
            PickleTuple { Items: [string, long start and >= 0, long part and >= 0] } when start <= elements && part <= elements - start =>
                whole with { Start = start, Elements = part },
            _ => throw _input.Fault($"the view of storage '{key}' reaches outside it"),
        };
    }

    private void FindStorages(PickleList keys)
    {
        long position = _input.Position;
        Span<byte> count = stackalloc byte[sizeof(long)];
        foreach (object? item in keys.Items)
        {
            if (item is not string key || !_known.TryGetValue(key, out var storage) || _starts.ContainsKey(key))
            {
                throw _input.Fault("a key in the list of storages occurs twice, or no tensor has it");
            }

            if (position > _file.Length - count.Length)
            {
                throw Fault(key, "the file ends before it");
            }

            _file.Read(count, position, key);
            long elements = BinaryPrimitives.ReadInt64LittleEndian(count);
            position += count.Length;
            Int128 bytes = (Int128)storage.StorageElements * SafetensorsHeader.Describe(storage.Type)!.Value.Size;
            if (elements != storage.StorageElements || bytes > _file.Length - position)
            {
                throw Fault(
                    key, $"the pickle says that it has {storage.StorageElements} elements of {storage.Type}, the storage says " +
                        $"{elements}, and {_file.Length - position} bytes are left");
            }

            _starts[key] = position;
            position += (long)bytes;
        }
    }

    private ModelFileException Fault(string key, string problem) => new(_file.Path, $"storage {key}", problem, PickleMachine.Remedy);
}
