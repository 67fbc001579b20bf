using System.Collections.Frozen;
using TorchSharp;

namespace SsMfar.Weights;

/// <summary>What a global on the allow-list means.</summary>
internal enum PickleGlobalKind
{
    /// <summary><c>collections.OrderedDict</c>.</summary>
    OrderedDictionary,

    /// <summary><c>torch._utils._rebuild_tensor(storage, offset, shape, strides)</c>; <c>_v2</c> has more, which is not needed.</summary>
    Tensor,

    /// <summary><c>torch._utils._rebuild_parameter(tensor, requires_grad, hooks)</c>, with a state or without.</summary>
    Parameter,

    /// <summary>A storage class, such as <c>torch.FloatStorage</c>.</summary>
    Storage,

    /// <summary><c>torch.Size(tuple)</c>.</summary>
    Size,

    /// <summary><c>_codecs.encode(text, 'latin1')</c>, which is how protocol 2 writes bytes.</summary>
    Encode,

    /// <summary><c>numpy.dtype(name, ...)</c>.</summary>
    NumpyType,

    /// <summary><c>numpy.core.multiarray.scalar(dtype, bytes)</c>.</summary>
    NumpyScalar,

    /// <summary>Known, harmless, and passed over: no tensor is in it.</summary>
    Inert,
}

/// <summary>A global that a pickle may name. It is a name: nothing is looked up, imported or called.</summary>
/// <param name="Name">Module and name.</param>
/// <param name="Kind">What it means.</param>
/// <param name="Type">A storage's element type.</param>
internal sealed record PickleGlobal(string Name, PickleGlobalKind Kind, torch.ScalarType Type = default)
{
    private static readonly FrozenDictionary<string, PickleGlobal> Known = List().ToFrozenDictionary(
        global => global.Name,
        StringComparer.Ordinal);

    /// <summary>The global of a module and name, or null.</summary>
    public static PickleGlobal? Find(string module, string name) => Known.GetValueOrDefault($"{module}.{name}");

    private static IEnumerable<PickleGlobal> List()
    {
        yield return new("collections.OrderedDict", PickleGlobalKind.OrderedDictionary);
        yield return new("torch._utils._rebuild_tensor", PickleGlobalKind.Tensor);
        yield return new("torch._utils._rebuild_tensor_v2", PickleGlobalKind.Tensor);
        yield return new("torch._utils._rebuild_parameter", PickleGlobalKind.Parameter);
        yield return new("torch._utils._rebuild_parameter_with_state", PickleGlobalKind.Parameter);
        yield return new("torch.Size", PickleGlobalKind.Size);
        yield return new("_codecs.encode", PickleGlobalKind.Encode);
        yield return new("numpy.dtype", PickleGlobalKind.NumpyType);
        yield return new("numpy.core.multiarray.scalar", PickleGlobalKind.NumpyScalar);
        yield return new("numpy._core.multiarray.scalar", PickleGlobalKind.NumpyScalar);

        (string Name, torch.ScalarType Type)[] storages =
        [
            ("DoubleStorage", torch.ScalarType.Float64), ("FloatStorage", torch.ScalarType.Float32),
            ("HalfStorage", torch.ScalarType.Float16),
            ("BFloat16Storage", torch.ScalarType.BFloat16), ("LongStorage", torch.ScalarType.Int64), ("IntStorage", torch.ScalarType.Int32),
            ("ShortStorage", torch.ScalarType.Int16), ("CharStorage", torch.ScalarType.Int8), ("ByteStorage", torch.ScalarType.Byte),
            ("BoolStorage", torch.ScalarType.Bool),
        ];
        foreach (var (name, type) in storages)
        {
            yield return new($"torch.{name}", PickleGlobalKind.Storage, type);
            yield return new($"torch.cuda.{name}", PickleGlobalKind.Storage, type);
        }

        // What training scripts leave in a checkpoint beside the weights: arguments, schedules, counters, arrays of scores.
        string[] inert =
        [
            "argparse.Namespace", "collections.Counter", "builtins.set", "builtins.frozenset", "__builtin__.set", "__builtin__.frozenset",
            "numpy.ndarray", "numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct",
            "pathlib.PosixPath", "pathlib.WindowsPath", "pathlib.PurePosixPath", "pathlib.PureWindowsPath",
            "pathlib._local.PosixPath", "pathlib._local.WindowsPath", "pathlib._local.PurePosixPath", "pathlib._local.PureWindowsPath",
            "torch.device", "torch.float64", "torch.float32", "torch.float16", "torch.bfloat16", "torch.int64", "torch.int32",
            "torch.int16", "torch.int8", "torch.uint8", "torch.bool",
        ];
        foreach (string name in inert)
        {
            yield return new(name, PickleGlobalKind.Inert);
        }
    }
}
