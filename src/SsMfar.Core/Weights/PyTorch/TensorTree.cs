using System.Collections.Immutable;
using System.Globalization;

namespace SsMfar.Weights;

/// <summary>
/// Names the tensors in nested dictionaries, lists and tuples: the keys and indices that lead to each, joined by dots. No recursion; an
/// object that is reached in more than one way is named in each, as long as the budget lasts.
/// </summary>
internal sealed class TensorTree
{
    private const int MaximumDepth = 32;
    private const int MaximumNameLength = 1024;
    private const int MaximumTextLength = 200;

    /// <summary>The name of a tensor that was saved by itself.</summary>
    private const string SingleTensor = "tensor";

    private readonly string _path;
    private readonly PickleBudget _budget;
    private readonly Stack<Level> _open = new();
    private readonly Dictionary<string, PickleTensor> _tensors = new(StringComparer.Ordinal);
    private readonly ImmutableSortedDictionary<string, string>.Builder _metadata =
        ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);

    private TensorTree(string path, PickleBudget budget)
    {
        _path = path;
        _budget = budget;
    }

    /// <summary>Gets the tensors by name, in order.</summary>
    public IReadOnlyDictionary<string, PickleTensor> Tensors => _tensors;

    /// <summary>Texts, numbers and truth values of the outermost dictionary.</summary>
    public ImmutableSortedDictionary<string, string> Metadata => _metadata.ToImmutable();

    public static TensorTree Of(object? root, string path, PickleBudget budget)
    {
        var tree = new TensorTree(path, budget);
        tree.Visit("", root, nameless: null);
        while (tree._open.TryPeek(out var level))
        {
            if (level.Items.MoveNext())
            {
                tree.VisitItem(level, level.Items.Current);
            }
            else
            {
                tree._open.Pop();
            }
        }

        return tree;
    }

    private static IEnumerator<KeyValuePair<object?, object?>>? Open(object? value) => value switch
    {
        PickleDictionary dictionary => dictionary.Items.GetEnumerator(),
        PickleList list => Indexed(list.Items),
        PickleTuple tuple => Indexed(tuple.Items),
        _ => null,
    };

    private static IEnumerator<KeyValuePair<object?, object?>> Indexed(IList<object?> items)
    {
        for (int i = 0; i < items.Count; i++)
        {
            yield return new((long)i, items[i]);
        }
    }

    private void VisitItem(Level level, KeyValuePair<object?, object?> item)
    {
        string prefix = level.Prefix;
        _budget.Take(1);
        if (item.Value is PickleTensor or PickleDictionary or PickleList or PickleTuple)
        {
            string? key = item.Key switch
            {
                string text => text,
                long number => number.ToString(CultureInfo.InvariantCulture),
                _ => null,
            };
            _budget.Take(PickleBudget.Container + (2 * (prefix.Length + (key?.Length ?? 0))));
            Visit(prefix + key, item.Value, level.Nameless ?? (key is null ? prefix : null));
        }
        else if (_open.Count == 1 && item.Key is string name && Text(item.Value) is { } text)
        {
            _budget.Take(PickleBudget.Container + (2 * text.Length));
            _metadata[name] = text;
        }
    }

    // Nameless: where the keys stopped being names, if they did. It matters to tensors alone.
    private void Visit(string name, object? value, string? nameless)
    {
        if (name.Length > MaximumNameLength)
        {
            throw Fault(name[..60] + "...", $"a tensor's name is longer than {MaximumNameLength} characters");
        }

        if (value is PickleTensor tensor)
        {
            if (nameless is not null)
            {
                throw Fault(nameless, "a dictionary that leads to tensors has a key that is neither text nor a whole number");
            }

            _budget.Take(PickleBudget.Container);
            if (!_tensors.TryAdd(_open.Count == 0 ? SingleTensor : name, tensor))
            {
                throw Fault(name, "it occurs twice");
            }
        }
        else if (Open(value) is { } items)
        {
            if (_open.Count == MaximumDepth)
            {
                throw Fault(name, $"its dictionaries and lists are nested deeper than {MaximumDepth}");
            }

            _open.Push(new(_open.Count == 0 ? "" : name + ".", nameless, items));
        }
    }

    private static string? Text(object? value) => value switch
    {
        string text => text.Length <= MaximumTextLength ? text : null,
        bool flag => flag ? "true" : "false",
        long number => number.ToString(CultureInfo.InvariantCulture),
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        PickleOpaque { Kind: not "numpy.dtype", Value: { } number } => Text(number),
        _ => null,
    };

    private ModelFileException Fault(string name, string problem) => new(
        _path, name, problem, "Save the weights alone with PyTorch: torch.save(model.state_dict(), ...)");

    private readonly record struct Level(string Prefix, string? Nameless, IEnumerator<KeyValuePair<object?, object?>> Items);
}
