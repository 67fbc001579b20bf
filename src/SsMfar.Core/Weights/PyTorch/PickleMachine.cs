
namespace SsMfar.Weights;

/// <summary>
/// Reads one pickle, protocols 2 to 5, without executing anything: the opcodes that <c>torch.save</c> writes, the globals of
/// <see cref="PickleGlobal"/>, and plain data as the result. There is no recursion, and all memory is taken from a budget. Any other opcode
/// or global is a <see cref="ModelFileException"/> that names it.
/// </summary>
internal sealed partial class PickleMachine
{
    public const string Remedy = "The file is damaged, or not what torch.save writes; write or download it again";

    private const string StateRemedy = "Save the weights alone with PyTorch: torch.save(model.state_dict(), ...)";
    private const int MaximumLongBytes = 255;

    // One byte of a pickle makes a small number: these are made once.
    private static readonly object[] SmallNumbers = [.. Enumerable.Range(0, 256).Select(value => (object)(long)value)];
    private static readonly object True = true;
    private static readonly object False = false;

    private readonly PickleInput _input;
    private readonly PickleBudget _budget;
    private readonly PickleCalls _calls;
    private readonly Func<object?, object?>? _persistent;
    private readonly List<object?> _stack = [];
    private readonly List<int> _marks = [];
    private readonly List<object?> _memo = [];
    private int _deepest;

    /// <param name="input">The pickle.</param>
    /// <param name="budget">What memory is taken from.</param>
    /// <param name="persistent">Makes a value of a persistent id; null where none are allowed.</param>
    public PickleMachine(PickleInput input, PickleBudget budget, Func<object?, object?>? persistent = null)
    {
        _input = input;
        _budget = budget;
        _calls = new PickleCalls(input, budget);
        _persistent = persistent;
    }

    /// <summary>Reads up to the pickle's end.</summary>
    /// <returns>Its value.</returns>
    public object? Run()
    {
        if (_input.ReadByte() != (byte)PickleOpcode.Proto || _input.ReadByte() is not (>= 2 and <= 5))
        {
            throw _input.Fault("it does not start as one of protocol 2 to 5");
        }

        while (true)
        {
            byte code = _input.ReadByte();
            if (code == (byte)PickleOpcode.Stop)
            {
                return _stack.Count == 1 && _marks.Count == 0
                    ? _stack[0]
                    : throw _input.Fault($"it ends with {_stack.Count} values where one is needed");
            }

            Execute((PickleOpcode)code);
        }
    }

    private void Execute(PickleOpcode code)
    {
        switch (code)
        {
            case PickleOpcode.Frame:
                // A frame groups bytes for reading ahead; its length means nothing else.
                _input.ReadLength();
                break;
            case PickleOpcode.Mark:
                _budget.Take(sizeof(int) * 2);
                _marks.Add(_stack.Count);
                break;
            case PickleOpcode.Pop when _marks is [.., var mark] && mark == _stack.Count:
            case PickleOpcode.PopMark:
                PopToMark();
                break;
            case PickleOpcode.Pop:
                Pop();
                break;
            case PickleOpcode.Dup:
                Push(Peek());
                break;
            case PickleOpcode.BinPut:
                Remember(_input.ReadByte());
                break;
            case PickleOpcode.LongBinPut:
                Remember(_input.ReadUInt32());
                break;
            case PickleOpcode.Memoize:
                Remember((uint)_memo.Count);
                break;
            case PickleOpcode.BinGet:
                Push(Recall(_input.ReadByte()));
                break;
            case PickleOpcode.LongBinGet:
                Push(Recall(_input.ReadUInt32()));
                break;
            case PickleOpcode.Global:
                Push(Global(_input.ReadLine(), _input.ReadLine()));
                break;
            case PickleOpcode.StackGlobal:
                Push(
                    Pop() is string name && Pop() is string module ? Global(module, name) : throw _input.Fault("a global's name is no " +
                        "text"));
                break;
            case PickleOpcode.Reduce or PickleOpcode.NewObj:
                var arguments = PopTuple("the arguments of a call");
                Push(_calls.Call(PopGlobal(), arguments, creates: code == PickleOpcode.NewObj));
                break;
            case PickleOpcode.NewObjEx:
                Pop();
                var positional = PopTuple("the arguments of a call");
                Push(_calls.Call(PopGlobal(), positional, creates: true));
                break;
            case PickleOpcode.Build:
                // The state of an ordered dictionary (PyTorch keeps versions there) or of an object passed over.
                Pop();
                if (Peek() is not (PickleDictionary or PickleOpaque))
                {
                    throw _input.Fault("a state is given to something that has none");
                }

                break;
            case PickleOpcode.BinPersId:
                Push(_persistent is null ? throw _input.Fault("a persistent id stands where none can be") : _persistent(Pop()));
                break;
            default:
                if (!PushPlain(code) && !Collect(code))
                {
                    throw _input.Fault(
                        $"the opcode 0x{(byte)code:x2} ({(Enum.IsDefined(code) ? code.ToString() : "no opcode of pickle")}) is not " +
                            "understood", Remedy);
                }

                break;
        }
    }

    private bool PushPlain(PickleOpcode code)
    {
        switch (code)
        {
            case PickleOpcode.None:
                Push(null);
                return true;
            case PickleOpcode.NewTrue:
                Push(True);
                return true;
            case PickleOpcode.NewFalse:
                Push(False);
                return true;
            case PickleOpcode.BinInt:
                PushNumber(_input.ReadInt32());
                return true;
            case PickleOpcode.BinInt1:
                PushNumber(_input.ReadByte());
                return true;
            case PickleOpcode.BinInt2:
                PushNumber(_input.ReadUInt16());
                return true;
            case PickleOpcode.Long1:
                PushLong(_input.ReadByte());
                return true;
            case PickleOpcode.Long4:
                PushLong(_input.ReadInt32());
                return true;
            case PickleOpcode.BinFloat:
                _budget.Take(PickleBudget.Number);
                Push(_input.ReadDouble());
                return true;
            case PickleOpcode.ShortBinString:
                Push(_input.ReadString(_input.ReadByte(), _budget));
                return true;
            case PickleOpcode.BinString:
                Push(_input.ReadString(_input.ReadUInt32(), _budget));
                return true;
            case PickleOpcode.ShortBinUnicode:
                Push(_input.ReadText(_input.ReadByte(), _budget));
                return true;
            case PickleOpcode.BinUnicode:
                Push(_input.ReadText(_input.ReadUInt32(), _budget));
                return true;
            case PickleOpcode.BinUnicode8:
                Push(_input.ReadText(_input.ReadLength(), _budget));
                return true;
            case PickleOpcode.ShortBinBytes:
                Push(new PickleBytes(_input.ReadBytes(_input.ReadByte(), _budget)));
                return true;
            case PickleOpcode.BinBytes:
                Push(new PickleBytes(_input.ReadBytes(_input.ReadUInt32(), _budget)));
                return true;
            case PickleOpcode.BinBytes8 or PickleOpcode.ByteArray8:
                Push(new PickleBytes(_input.ReadBytes(_input.ReadLength(), _budget)));
                return true;
            default:
                return false;
        }
    }

    private bool Collect(PickleOpcode code)
    {
        switch (code)
        {
            case PickleOpcode.EmptyTuple:
                Push(PickleTuple.Empty);
                return true;
            case PickleOpcode.Tuple:
                Push(Tuple(PopToMark()));
                return true;
            case PickleOpcode.Tuple1 or PickleOpcode.Tuple2 or PickleOpcode.Tuple3:
                object?[] items = new object?[code - PickleOpcode.Tuple1 + 1];
                for (int i = items.Length - 1; i >= 0; i--)
                {
                    items[i] = Pop();
                }

                Push(Tuple(items));
                return true;
            case PickleOpcode.EmptyList or PickleOpcode.List:
                _budget.Take(PickleBudget.Container);
                var list = new PickleList();
                AddTo(list, code == PickleOpcode.List ? PopToMark() : []);
                Push(list);
                return true;
            case PickleOpcode.EmptyDict or PickleOpcode.Dict:
                _budget.Take(PickleBudget.Container);
                var dictionary = new PickleDictionary();
                AddTo(dictionary, code == PickleOpcode.Dict ? PopToMark() : []);
                Push(dictionary);
                return true;
            case PickleOpcode.EmptySet:
                _budget.Take(PickleBudget.Container);
                Push(new PickleOpaque("set"));
                return true;
            case PickleOpcode.FrozenSet:
                PopToMark();
                _budget.Take(PickleBudget.Container);
                Push(new PickleOpaque("frozenset"));
                return true;
            case PickleOpcode.Append:
                AddTo(Peek(1), [Pop()]);
                return true;
            case PickleOpcode.SetItem:
                object? value = Pop();
                AddTo(Peek(1), [Pop(), value]);
                return true;
            case PickleOpcode.Appends or PickleOpcode.SetItems or PickleOpcode.AddItems:
                object?[] added = PopToMark();
                AddTo(Peek(), added);
                return true;
            default:
                return false;
        }
    }

    private void AddTo(object? container, object?[] items)
    {
        switch (container)
        {
            case PickleList list:
                _budget.Take(items.Length * PickleBudget.Reference);
                list.Items.AddRange(items);
                break;
            case PickleDictionary dictionary when items.Length % 2 == 0:
                _budget.Take(items.Length / 2 * PickleBudget.Pair);
                for (int i = 0; i < items.Length; i += 2)
                {
                    dictionary.Items.Add(new(items[i], items[i + 1]));
                }

                break;
            case PickleOpaque:
                break;
            default:
                throw _input.Fault("values are added to something that is no list or dictionary, or a key has no value");
        }
    }

    private PickleTuple Tuple(object?[] items)
    {
        _budget.Take(PickleBudget.Number);
        return items.Length == 0 ? PickleTuple.Empty : new PickleTuple(items);
    }
}
