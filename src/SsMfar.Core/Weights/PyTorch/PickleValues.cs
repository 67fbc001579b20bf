using TorchSharp;

namespace SsMfar.Weights;

// What a pickle's machine computes with, beside null, bool, long, BigInteger, double and string. Plain data: none of it does anything.

/// <summary>A Python tuple.</summary>
internal sealed class PickleTuple(object?[] items)
{
    public static readonly PickleTuple Empty = new([]);

    public object?[] Items => items;
}

/// <summary>A Python list.</summary>
internal sealed class PickleList
{
    public List<object?> Items { get; } = [];
}

/// <summary>A Python dictionary, ordered or not, with its pairs as written: a key may occur twice.</summary>
internal sealed class PickleDictionary
{
    public List<KeyValuePair<object?, object?>> Items { get; } = [];

    public object? Find(string key) => Items.FindLast(item => item.Key is string text && text == key).Value;
}

/// <summary>Python bytes.</summary>
internal sealed class PickleBytes(byte[] content)
{
    public byte[] Content => content;
}

/// <summary>An object that is understood only so far as to be passed over, or a NumPy number.</summary>
internal sealed class PickleOpaque(string kind, object? value = null)
{
    public string Kind => kind;

    /// <summary>The number, or for a NumPy type its name; else null.</summary>
    public object? Value => value;
}

/// <summary>A part of a storage: elements of one type, which tensors are views of.</summary>
/// <param name="Type">The elements' type.</param>
/// <param name="Key">The storage's name in the file.</param>
/// <param name="StorageElements">How many elements the whole storage has.</param>
/// <param name="Start">The part's first element.</param>
/// <param name="Elements">How many elements the part has.</param>
internal sealed record PickleStorage(torch.ScalarType Type, string Key, long StorageElements, long Start, long Elements);

/// <summary>A tensor as the pickle describes it; nothing is checked yet.</summary>
internal sealed class PickleTensor(PickleStorage storage, long offset, long[] shape, long[] strides)
{
    public PickleStorage Storage => storage;

    public long Offset => offset;

    public long[] Shape => shape;

    public long[] Strides => strides;
}
