using System.Buffers.Binary;
using System.Text;

namespace SsMfar.Weights;

/// <summary>What the calls that a pickle writes down mean. Each makes plain data of plain data; nothing is called.</summary>
internal sealed class PickleCalls(PickleInput input, PickleBudget budget)
{
    /// <summary>A call's value.</summary>
    /// <param name="global">What is called.</param>
    /// <param name="arguments">With what.</param>
    /// <param name="creates">Whether the call makes an object of a class without calling its constructor.</param>
    public object? Call(PickleGlobal global, PickleTuple arguments, bool creates)
    {
        object?[] items = arguments.Items;
        budget.Take(PickleBudget.Container);
        return (global.Kind, items) switch
        {
            (PickleGlobalKind.OrderedDictionary, []) => new PickleDictionary(),
            (PickleGlobalKind.OrderedDictionary, [PickleList pairs]) when !creates => Dictionary(pairs),
            (PickleGlobalKind.Inert, _) => new PickleOpaque(global.Name),
            (PickleGlobalKind.Tensor, [PickleStorage storage, long offset, PickleTuple shape, PickleTuple strides, ..]) when !creates =>
                new PickleTensor(storage, offset, Numbers(shape), Numbers(strides)),
            (PickleGlobalKind.Parameter, [PickleTensor tensor, ..]) when !creates => tensor,
            (PickleGlobalKind.Size, [PickleTuple size]) => size,
            (PickleGlobalKind.Encode, [string text, ..]) when !creates => Latin1(text),
            (PickleGlobalKind.NumpyType, [string name, ..]) when !creates => new PickleOpaque(global.Name, name),
            (PickleGlobalKind.NumpyScalar, [PickleOpaque { Value: string type }, PickleBytes bytes]) when !creates =>
                new PickleOpaque($"numpy {type}", Scalar(type, bytes.Content)),
            (PickleGlobalKind.NumpyScalar, [PickleOpaque { Value: string type }, string bytes]) when !creates =>
                new PickleOpaque($"numpy {type}", Scalar(type, Utf8(bytes))),
            _ => throw input.Fault($"the call of '{global.Name}' has other arguments than torch.save writes"),
        };
    }

    private PickleDictionary Dictionary(PickleList pairs)
    {
        var dictionary = new PickleDictionary();
        budget.Take((long)pairs.Items.Count * PickleBudget.Pair);
        foreach (object? pair in pairs.Items)
        {
            dictionary.Items.Add(pair switch
            {
                PickleTuple { Items: [var key, var value] } => new(key, value),
                PickleList { Items: [var key, var value] } => new(key, value),
                _ => throw input.Fault("an ordered dictionary is made of something else than pairs"),
            });
        }

        return dictionary;
    }

    private long[] Numbers(PickleTuple tuple)
    {
        budget.Take(PickleBudget.Number + (tuple.Items.Length * sizeof(long)));
        return Array.ConvertAll(
            tuple.Items, item => item is long number ?
                number :
                throw input.Fault("a tensor's shape or strides hold something else than whole numbers"));
    }

    private PickleBytes Latin1(string text)
    {
        budget.Take(text.Length);
        return new PickleBytes(Encoding.Latin1.GetBytes(text));
    }

    // The bytes of Python 2 that happened to be text.
    private byte[] Utf8(string text)
    {
        budget.Take(2 * text.Length);
        return Encoding.UTF8.GetBytes(text);
    }

    private static object? Scalar(string type, ReadOnlySpan<byte> bytes) => (type, bytes.Length) switch
    {
        ("f8", 8) => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        ("f4", 4) => (double)BinaryPrimitives.ReadSingleLittleEndian(bytes),
        ("i8", 8) => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        ("i4", 4) => (long)BinaryPrimitives.ReadInt32LittleEndian(bytes),
        ("b1", 1) => bytes[0] != 0,
        _ => null,
    };
}
