using System.Globalization;
using System.Numerics;

namespace SsMfar.Weights;

/// <content>The stack, its marks and the memo.</content>
internal sealed partial class PickleMachine
{
    private void PushNumber(long value)
    {
        if (value is >= 0 and < 256)
        {
            Push(SmallNumbers[value]);
            return;
        }

        _budget.Take(PickleBudget.Number);
        Push(value);
    }

    private void PushLong(int length)
    {
        if (length is < 0 or > MaximumLongBytes)
        {
            throw _input.Fault(
                $"a whole number of {length.ToString(CultureInfo.InvariantCulture)} bytes is claimed; {MaximumLongBytes} are allowed");
        }

        Span<byte> bytes = stackalloc byte[length];
        _input.Read(bytes);
        var value = new BigInteger(bytes);
        if (value >= long.MinValue && value <= long.MaxValue)
        {
            PushNumber((long)value);
            return;
        }

        _budget.Take(PickleBudget.Container + length);
        Push(value);
    }

    private PickleGlobal Global(string module, string name) =>
        PickleGlobal.Find(module, name)
        ?? throw _input.Fault(
            $"the global '{module} {name}' is not on the list of those that are understood, and nothing in a file is ever run",
            StateRemedy);

    private PickleGlobal PopGlobal() =>
        Pop() as PickleGlobal ?? throw _input.Fault("something that is no global is called");

    private PickleTuple PopTuple(string what) => Pop() as PickleTuple ?? throw _input.Fault($"{what} are no tuple");

    private void Push(object? value)
    {
        _stack.Add(value);
        if (_stack.Count > _deepest)
        {
            _deepest = _stack.Count;
            _budget.Take(PickleBudget.Reference);
        }
    }

    private object? Pop()
    {
        object? value = Peek();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private object? Peek(int depth = 0)
    {
        int at = _stack.Count - 1 - depth;
        return at >= (_marks is [.., var mark] ? mark : 0) ? _stack[at] : throw _input.Fault("a value is taken that is not there");
    }

    private object?[] PopToMark()
    {
        if (_marks is not [.., var mark])
        {
            throw _input.Fault("a mark is taken that is not there");
        }

        _marks.RemoveAt(_marks.Count - 1);
        int count = _stack.Count - mark;
        _budget.Take(count * (PickleBudget.Reference / 2));
        object?[] items = count == 0 ? [] : new object?[count];
        _stack.CopyTo(mark, items, 0, count);
        _stack.RemoveRange(mark, count);
        return items;
    }

    // Picklers number what they remember in order, so that the memo needs no more room than it has entries. Python 2's cPickle begins at 1.
    private void Remember(uint index)
    {
        object? value = Peek();
        if (index == 1 && _memo.Count == 0)
        {
            _budget.Take(PickleBudget.Reference);
            _memo.Add(null);
        }

        if (index < _memo.Count)
        {
            _memo[(int)index] = value;
        }
        else if (index == _memo.Count)
        {
            _budget.Take(PickleBudget.Reference);
            _memo.Add(value);
        }
        else
        {
            throw _input.Fault($"the memo's entry {index} follows entry {_memo.Count - 1}");
        }
    }

    private object? Recall(uint index) =>
        index < _memo.Count ? _memo[(int)index] : throw _input.Fault($"the memo has no entry {index}");
}
