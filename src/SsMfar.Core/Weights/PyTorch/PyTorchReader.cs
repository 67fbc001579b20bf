using System.Collections.Immutable;
using SsMfar.Models;
using TorchSharp;

namespace SsMfar.Weights;

/// <summary>
/// A file written by <c>torch.save</c>, opened for reading. Opening reads the pickle and checks every tensor against the file.
/// </summary>
internal sealed class PyTorchReader : WeightFile
{
    private const int MaximumRank = 64;

    private readonly FileBytes _file;
    private readonly Dictionary<string, WeightEntry> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Place> _places = new(StringComparer.Ordinal);

    private PyTorchReader(
        FileBytes file, WeightFileFormat format, Func<PickleBudget, object?> readObject, Func<PickleStorage, string, long> locate)
        : base(file.Path, format)
    {
        _file = file;
        var budget = new PickleBudget(file.Path, file.Length);
        var tree = TensorTree.Of(readObject(budget), file.Path, budget);
        Metadata = tree.Metadata;
        foreach (var (name, tensor) in tree.Tensors)
        {
            var place = Check(name, tensor, locate);
            _entries.Add(name, new WeightEntry(name, tensor.Storage.Type, [.. tensor.Shape]));
            _places.Add(name, place);
        }
    }

    public override IReadOnlyDictionary<string, WeightEntry> Entries => _entries;

    public override ImmutableSortedDictionary<string, string> Metadata { get; }

    public static PyTorchReader OpenZip(FileBytes file)
    {
        var archive = new ZipArchiveFile(file);
        return new PyTorchReader(file, WeightFileFormat.PyTorchZip, archive.ReadObject, archive.Locate);
    }

    public static PyTorchReader OpenLegacy(FileBytes file)
    {
        var legacy = new LegacyFile(file);
        return new PyTorchReader(file, WeightFileFormat.PyTorchLegacy, legacy.ReadObject, legacy.Locate);
    }

    private protected override void Fill(WeightEntry entry, torch.Tensor tensor)
    {
        var place = _places[entry.Name];
        if (place.Strides is null)
        {
            _file.ReadInto(tensor, place.Start, entry.Name);
            return;
        }

        // The stretch of the storage that the tensor lies in, then the elements that are its own.
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var stretch = torch.empty([place.Elements], entry.DataType, torch.CPU);
        _file.ReadInto(stretch, place.Start, entry.Name);
        tensor.detach().copy_(stretch.as_strided([.. entry.Shape], place.Strides));
    }

    private protected override void Dispose(bool disposing) => _file.Dispose();

    private Place Check(string name, PickleTensor tensor, Func<PickleStorage, string, long> locate)
    {
        var (shape, strides, storage) = (tensor.Shape, tensor.Strides, tensor.Storage);
        if (shape.Length != strides.Length || shape.Length > MaximumRank || tensor.Offset < 0 || shape.Any(n => n < 0) ||
            strides.Any(n => n < 0))
        {
            throw Fault(
                name,
                $"its shape {WeightEntry.Text(shape)}, strides {WeightEntry.Text(strides)} or offset {tensor.Offset} cannot be");
        }

        int size = SafetensorsHeader.Describe(storage.Type)!.Value.Size;
        Int128 elements = 1;
        Int128 last = tensor.Offset;
        bool contiguous = true;
        for (int i = shape.Length - 1; i >= 0; i--)
        {
            contiguous &= shape[i] == 1 || strides[i] == elements;
            last += (Int128)Math.Max(shape[i] - 1, 0) * strides[i];
            elements *= Math.Max(shape[i], 1);
            if (elements > _file.Length || last > _file.Length)
            {
                throw Fault(name, $"its shape {WeightEntry.Text(shape)} and strides {WeightEntry.Text(strides)} reach outside its " +
                    "storage, or have more elements than the file has bytes");
            }
        }

        bool empty = shape.Contains(0);
        if (empty ? tensor.Offset > storage.Elements : last >= storage.Elements)
        {
            throw Fault(name, $"its elements reach to number {last}, but its storage has {storage.Elements}");
        }

        long start = locate(storage, name) + ((storage.Start + tensor.Offset) * size);
        return empty || contiguous
            ? new Place(start, empty ? 0 : (long)elements, null)
            : new Place(start, (long)last - tensor.Offset + 1, strides);
    }

    private ModelFileException Fault(string name, string problem) => new(Path, name, problem, PickleMachine.Remedy);

    /// <param name="Start">Where in the file the tensor's first element is.</param>
    /// <param name="Elements">How many elements lie between its first and its last, both included.</param>
    /// <param name="Strides">Its strides, or null where its elements lie in order.</param>
    private sealed record Place(long Start, long Elements, long[]? Strides);
}
